"""Memory and time of the media stages on a long 1080p original, beside plain decoding of it.

    python benchmarks/memory.py --minutes 10

Prints for each stage its time and its peak memory (this process and all it started), both also as
a ratio to `ffmpeg -i original -f null -` in the same run, and fails above 1 GiB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.media.ffmpeg import ffmpeg_path, version
from pipeline.settings import load
from pipeline.stage import Artefact, Scope, Subject
from stages import audio_extraction, recording, video_editing

LIMIT_MIB = 1024
_SAMPLE_S = 0.1


@dataclass(frozen=True)
class Cost:
    """Wall time in seconds, peak memory in MiB."""

    seconds: float
    peak_mib: float


def make_original(folder: Path, minutes: int, size: str = "1920x1080") -> Path:
    """Write a long original quickly: one minute is encoded, then repeated without encoding."""
    minute, whole = folder / "minute.mp4", folder / "original.mp4"
    quiet = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y"]
    picture = f"testsrc2=size={size}:rate=25:duration=60"
    sound = "sine=frequency=300:beep_factor=3:sample_rate=48000:duration=60"
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-g", "50", "-c:a", "aac"]
    sources = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run([*quiet, *sources, *coded, "-pix_fmt", "yuv420p", str(minute)], check=True)
    repeat = ["-stream_loop", str(minutes - 1), "-i", str(minute), "-c", "copy"]
    subprocess.run([*quiet, *repeat, str(whole)], check=True)
    return whole


def measured(work: Callable[[], object]) -> Cost:
    """Do the work and return what it cost."""
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(_SAMPLE_S):
            peak = max(peak, _resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.monotonic()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return Cost(time.monotonic() - started, peak / 2**20)


def _resident_bytes() -> int:
    me = psutil.Process()
    total = me.memory_info().rss
    for child in me.children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def works(original: Path, folder: Path) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name; the first is the peer."""
    settings = load()
    size = original.stat().st_size
    artefact = Artefact("camera_originals", "0" * 64, original.name, original, size)
    plain = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-i", str(original), "-f", "null", "-"]
    third, fourth, fifth = (folder / name for name in ("3", "4", "5"))
    for place in (third, fourth, fifth):
        place.mkdir()
    subject = Subject("a/01", Scope.EPISODE, "a", "culture", 1, "zh", 1)
    cut = video_editing.Needs(subject, artefact, (artefact,), None, artefact)
    return {
        "plain decoding": lambda: subprocess.run(plain, check=True),
        "03 recording": lambda: recording.STAGE.run(
            recording.Needs(artefact, (artefact,)), settings, third
        ),
        "04 video editing": lambda: video_editing.STAGE.run(cut, settings, fourth),
        "05 audio extraction": lambda: audio_extraction.STAGE.run(
            audio_extraction.Needs(artefact), settings, fifth
        ),
    }


def main() -> int:
    """Measure, print, and return 1 where the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--folder", type=Path, help="where to work; needs 90 MB a minute")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        original = make_original(folder, arguments.minutes)
        gigabytes = original.stat().st_size / 1e9
        print(f"{arguments.minutes} min of 1080p25, {gigabytes:.2f} GB; {version()}")
        costs = {what: measured(work) for what, work in works(original, folder).items()}
    peer = next(iter(costs.values()))
    print(f"{'':22}{'seconds':>9}{'ratio':>7}{'peak MiB':>10}{'ratio':>7}")
    for what, cost in costs.items():
        times, memory = cost.seconds / peer.seconds, cost.peak_mib / peer.peak_mib
        print(f"{what:22}{cost.seconds:9.1f}{times:7.2f}{cost.peak_mib:10.0f}{memory:7.2f}")
    return int(any(cost.peak_mib > LIMIT_MIB for cost in costs.values()))


if __name__ == "__main__":
    sys.exit(main())
