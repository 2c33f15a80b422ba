"""Verification in one pass: this project beside ffmpeg's checks one by one, and beside decoding.

    python -m benchmarks.verification [--minutes 2] [--size 1280x720] [--film FILE]

The film, where none is given, is a moving picture at 25 frames a second with pink noise, of about
the bit rate of a released episode. All sides decode with the same ffmpeg and its own threads:

- one by one: black, freeze, silence, EBU R128 with true peak, clipping (astats), order of fields
  and levels, each a command of its own with the usual filters, decoding what it looks at
- decoding once: picture and sound to nowhere
- the project: `measure`, with all it starts (ffprobe, and what Python does)

Ratios of processor time and of wall time are of this one run, each the least of the rounds. Bars:
at least 3 times faster than one by one, at most 1.1 times decoding once. Exits with 1 where one of
these is missed. Wall times mean something on a quiet machine only; the load is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.picture import Cost, costed
from pipeline.settings import Verification, load
from pipeline.tools.ffmpeg import ffmpeg_path
from pipeline.tools.quality import measure

_LEAST_TIMES = 3.0
_MOST_SHARE = 1.1


def make_film(path: Path, minutes: float, size: str) -> Path:
    """Write the film: four seconds are encoded, then repeated without encoding."""
    quiet = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y"]
    part = path.with_name("part.mp4")
    shown = f"mandelbrot=s={size}:r=25:maxiter=200"
    inputs = ["-f", "lavfi", "-i", shown, "-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:a=0.3"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "5M", "-pix_fmt", "yuv420p"]
    coded += ["-c:a", "aac", "-b:a", "160k", "-ac", "2", "-t", "4"]
    subprocess.run([*quiet, *inputs, *coded, str(part)], check=True)
    again = ["-stream_loop", str(round(minutes * 15) - 1), "-i", str(part), "-c", "copy"]
    subprocess.run([*quiet, *again, str(path)], check=True)
    return path


def one_by_one(film: Path, limits: Verification) -> None:
    """Run each check as a command of its own."""
    freeze = f"freezedetect=n={limits.freeze_noise_db}dB:d={limits.freeze_min_ms / 1000}"
    checks = (
        ("-an", "-vf", f"blackdetect=d={limits.black_min_ms / 1000}"),
        (
            "-an",
            "-vf",
            freeze,
        ),
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
    _decode(film)


def _decode(film: Path, *options: str) -> None:
    command = [str(ffmpeg_path()), "-nostdin", "-v", "info", "-i", str(film), *options]
    subprocess.run([*command, "-f", "null", "-"], check=True, capture_output=True)


def main() -> int:
    """Measure and compare."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    asked.add_argument("--minutes", type=float, default=2)
    asked.add_argument("--size", default="1280x720")
    asked.add_argument("--film", type=Path)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        film = options.film or make_film(Path(folder) / "film.mp4", options.minutes, options.size)
        return _compare(film, options.rounds)


def _compare(film: Path, rounds: int) -> int:
    limits = load().verification
    measure(film, limits)  # imports and the page cache are nobody's cost
    works: dict[str, Callable[[], object]] = {
        "checks one by one": lambda: one_by_one(film, limits),
        "decoding once": lambda: decode_once(film),
        "one pass": lambda: measure(film, limits),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for _round in range(rounds):
        for name, work in works.items():
            costs[name].append(costed(name, work))
    least = {
        name: Cost(min(c.wall for c in found), min(c.cpu for c in found))
        for name, found in costs.items()
    }
    singly, once, ours = (least[name] for name in works)
    bars = (
        ("times faster than one by one, CPU", singly.cpu / ours.cpu, True),
        ("times faster than one by one, wall", singly.wall / ours.wall, True),
        ("times the cost of decoding, CPU", ours.cpu / once.cpu, False),
        ("times the cost of decoding, wall", ours.wall / once.wall, False),
    )
    missed = 0
    for name, value, faster in bars:
        held = value >= _LEAST_TIMES if faster else value <= _MOST_SHARE
        missed += not held
        bar = f"≥ {_LEAST_TIMES:g}" if faster else f"≤ {_MOST_SHARE:g}"
        print(f"{name:36} {value:7.2f} {bar:8} {'held' if held else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
