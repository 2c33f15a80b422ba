"""Verification in one pass: this project beside ffmpeg's checks one by one, and beside decoding.

    python -m benchmarks.verification [--minutes 3] [--size 1920x1080] [--film FILE] [--rounds 5]

The film, where none is given, is something moving before a still room with the noise of a camera,
25 frames a second, of about the bit rate of a released episode, with pink noise. All sides decode
with the same ffmpeg and its own number of threads:

- one by one: black, freeze, silence, EBU R128 with true peak, clipping (astats), order of fields
  and levels, each a command of its own with the usual filters, decoding what it looks at
- decoding once: `ffmpeg -i FILM -map 0 -f null -`
- the project: `measure`, with all it starts (ffprobe, and what Python does)

Decoding and measuring take turns; each ratio is the median of those of the rounds. One by one is
done once: it is far off. Bars: at least 3 times faster than one by one, at most 1.1 times decoding
once. Exits with 1 where one of these is missed. Wall times mean something on a quiet machine only;
the load is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.burn_in import costed
from pipeline.media.ffmpeg import ffmpeg_path
from pipeline.media.measurements import measure
from pipeline.settings import Verification, load

_PART_S = 20
_LEAST_TIMES = 3.0
_MOST_SHARE = 1.1


def make_film(path: Path, minutes: float, size: str) -> Path:
    """Write the film: twenty seconds are encoded, then repeated without encoding."""
    quiet = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y"]
    room, head, part = (path.with_name(name) for name in ("room.png", "head.png", "part.mp4"))
    # Gradients are slow to draw: one picture is enough.
    for still, shown in ((room, f"s={size}:n=6:seed=3"), (head, "s=420x560:n=4:seed=9")):
        drawn = ["-f", "lavfi", "-i", f"gradients={shown}:d=1", "-frames:v", "1", str(still)]
        subprocess.run([*quiet, *drawn], check=True)
    inputs = []
    for still in (room, head):
        inputs += ["-loop", "1", "-framerate", "25", "-t", str(_PART_S), "-i", str(still)]
    inputs += ["-f", "lavfi", "-i", f"anoisesrc=c=pink:r=48000:a=0.3:d={_PART_S}"]
    moved = "[0][1]overlay=x='W*0.4+20*sin(t*1.3)':y='H*0.25+12*sin(t*2.1)'"
    graph = ["-filter_complex", f"{moved},noise=alls=6:allf=t,format=yuv420p[v]", "-map", "[v]"]
    coded = ["-map", "2", "-c:v", "libx264", "-preset", "veryfast"]
    coded += ["-b:v", "5M", "-maxrate", "7M", "-bufsize", "10M"]
    coded += ["-c:a", "aac", "-b:a", "160k", "-ac", "2", "-t", str(_PART_S)]
    subprocess.run([*quiet, *inputs, *graph, *coded, str(part)], check=True)
    again = ["-stream_loop", str(round(minutes * 60 / _PART_S) - 1), "-i", str(part)]
    subprocess.run([*quiet, *again, "-c", "copy", str(path)], check=True)
    return path


def one_by_one(film: Path, limits: Verification) -> None:
    """Run each check as a command of its own."""
    freeze = f"freezedetect=n={limits.freeze_noise_db}dB:d={limits.freeze_min_ms / 1000}"
    checks = (
        ("-an", "-vf", f"blackdetect=d={limits.black_min_ms / 1000}"),
        ("-an", "-vf", freeze),
        ("-an", "-vf", "idet"),
        ("-an", "-vf", "signalstats=stat=brng,metadata=print:file=-"),
        ("-vn", "-af", f"silencedetect=n={limits.silence_dbfs}dB:d={limits.silence_min_ms / 1000}"),
        ("-vn", "-af", "ebur128=peak=true:framelog=verbose"),
        ("-vn", "-af", "astats"),
    )
    for options in checks:
        _decode(film, *options)


def decode_once(film: Path) -> None:
    """Decode picture and sound to nowhere."""
    _decode(film, "-map", "0")


def _decode(film: Path, *options: str) -> None:
    command = [str(ffmpeg_path()), "-nostdin", "-v", "info", "-i", str(film), *options]
    subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True)


def main() -> int:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--film", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        film = options.film or make_film(Path(folder) / "film.mp4", options.minutes, options.size)
        return _compare(film, options.rounds)


def _compare(film: Path, rounds: int) -> int:
    limits = load().verification
    measure(film, limits)  # imports and the page cache are nobody's cost
    singly = costed("checks one by one", lambda: one_by_one(film, limits))
    turns = [
        (
            costed("decoding once", lambda: decode_once(film)),
            costed("one pass", lambda: measure(film, limits)),
        )
        for _round in range(rounds)
    ]
    bars = (
        ("times faster than one by one, CPU", [singly.cpu / o.cpu for _d, o in turns], True),
        ("times faster than one by one, wall", [singly.wall / o.wall for _d, o in turns], True),
        ("times the cost of decoding, CPU", [o.cpu / d.cpu for d, o in turns], False),
        ("times the cost of decoding, wall", [o.wall / d.wall for d, o in turns], False),
    )
    missed = 0
    for name, values, faster in bars:
        value = median(values)
        held = value >= _LEAST_TIMES if faster else value <= _MOST_SHARE
        missed += not held
        bar = f"≥ {_LEAST_TIMES:g}" if faster else f"≤ {_MOST_SHARE:g}"
        print(f"{name:36} {value:7.2f} {bar:8} {'held' if held else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
