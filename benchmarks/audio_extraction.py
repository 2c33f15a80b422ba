"""Sound and peaks of an episode (stage 5), beside ffmpeg alone.

    python -m benchmarks.audio_extraction [--minutes 10] [--rounds 5]

ffmpeg alone writes the same two files of sound (16 kHz for recognition, AAC to listen to, mono) in
one command, and no peaks. They take turns; each ratio is the median of those of the rounds. Bar:
at most 1.1 times. Exits with 1 where the one of processor time is missed; wall times mean something
on a quiet machine only.
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
from pipeline.repository.store import digest
from pipeline.settings import Settings, load
from pipeline.stage import Artefact
from stages.audio_extraction import STAGE, Needs

_MOST = 1.1


def make_film(path: Path, minutes: float) -> Path:
    """Write a film of little picture and pink noise in AAC: a minute, repeated."""
    quiet = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y"]
    minute = path.with_name("minute.mp4")
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=60"]
    inputs += ["-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:a=0.3:d=60"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "192k", "-ac", "2"]
    subprocess.run([*quiet, *inputs, *coded, str(minute)], check=True)
    again = ["-stream_loop", str(round(minutes) - 1), "-i", str(minute), "-c", "copy"]
    subprocess.run([*quiet, *again, str(path)], check=True)
    return path


def alone(film: Path, folder: Path, bitrate: int) -> None:
    """Have ffmpeg write both files, and nothing else."""
    speech = ["-map", "0:a:0", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le"]
    listening = [
        "-map",
        "0:a:0",
        "-ac",
        "1",
        "-c:a",
        "aac",
        "-b:a",
        str(bitrate),
        "-movflags",
        "+faststart",
    ]
    command = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y", "-i", str(film)]
    command += [*speech, str(folder / "alone.wav"), *listening, str(folder / "alone.m4a")]
    subprocess.run(command, check=True)


def main() -> int:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    settings = load()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        film = make_film(folder / "film.mp4", options.minutes)
        return _compare(film, folder, settings, options.rounds)


def _compare(film: Path, folder: Path, settings: Settings, rounds: int) -> int:
    needs = Needs(Artefact("picture", digest(film), film.name, film, film.stat().st_size))
    own = settings.only(STAGE.settings)
    STAGE.run(needs, own, folder)  # imports and the page cache are nobody's cost
    bitrate = settings.audio.listening_bitrate
    turns = [
        (
            costed("ffmpeg alone", lambda: alone(film, folder, bitrate)),
            costed("stage 5, with peaks", lambda: STAGE.run(needs, own, folder)),
        )
        for _round in range(rounds)
    ]
    share = median(ours.cpu / theirs.cpu for theirs, ours in turns)
    wall = median(ours.wall / theirs.wall for theirs, ours in turns)
    print(f"times ffmpeg alone: CPU {share:.2f}, wall {wall:.2f} (at most {_MOST:g})")
    return 0 if share <= _MOST else 1


if __name__ == "__main__":
    sys.exit(main())
