"""What recognition does with hours of sound, and where nobody speaks; called by subtitles.py."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import recordings
from benchmarks.recordings import NOISES, Clip
from benchmarks.subtitle_pipelines import OURS, perform
from pipeline.speech.audio_reader import RATE, Sound

__all__ = ["Bars", "lengths", "noises"]

_FLAT = 1.1


class Bars:
    """What was asked for: printed one by one, and remembered where missed."""

    def __init__(self) -> None:
        self.missed = 0

    def hold(self, held: bool, what: str) -> None:
        """Print a bar."""
        self.missed += not held
        print(f"{'held  ' if held else 'MISSED'}  {what}", flush=True)


def noises(data: Path, minutes: float, threads: int, bars: Bars) -> None:
    """Count the cues that are invented where nobody speaks."""
    with tempfile.TemporaryDirectory() as folder:
        for name, sound, spoken in _noises(data, minutes, Path(folder)):
            found = perform(OURS, sound, threads)
            made = [
                cue for cue in found.cues
                if not any(cue[0] < clip.end_ms and clip.start_ms < cue[1] for clip in spoken)
            ]  # fmt: skip
            bars.hold(not made, f"{name}: {len(made)} invented cues in {found.wall_s:.0f} s")
            for cue in made[:5]:
                print("       ", *cue)


def _noises(data: Path, minutes: float, folder: Path) -> Iterator[tuple[str, Path, list[Clip]]]:
    from faster_whisper.audio import decode_audio

    sound = folder / "noise.wav"
    for kind in NOISES:
        recordings.write_wav(sound, recordings.minutes_of(kind, minutes))
        yield f"{minutes:g} min of {kind}", sound, []
    for file in sorted((data / "broken").glob("*noise*.mp3")):
        recordings.write_wav(sound, [decode_audio(str(file), sampling_rate=RATE)])
        yield file.name, sound, []
    clips = recordings.join_clips(data, sound, 7)
    with Sound(sound) as opened:
        speech = opened.read(0, opened.duration_ms)
    for kind in NOISES:
        before_ms = 120_000
        before = recordings.minutes_of(kind, before_ms / 60_000)
        mixed = recordings.write_wav(folder / "mixed.wav", [*before, speech])
        moved = [
            clip._replace(start_ms=clip.start_ms + before_ms, end_ms=clip.end_ms + before_ms)
            for clip in clips
        ]
        yield f"2 min of {kind}, then speech", mixed, moved


def lengths(data: Path, minutes: Sequence[float], threads: int, bars: Bars) -> None:
    """Measure the peak memory of long recordings: speech, silence and noise, over and over."""
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "long.wav"
        recordings.join_clips(data, sound, 7)
        with Sound(sound) as opened:
            speech = opened.read(0, opened.duration_ms)
        for long in minutes:
            recordings.write_wav(sound, recordings.repeated(speech, long))
            found = perform(OURS, sound, threads)
            peaks.append(found.peak_mib)
            print(
                f"{long:g} min: {found.peak_mib:.0f} MiB, {len(found.cues)} cues, "
                f"{found.wall_s:.0f} s, processor {found.cpu_s:.0f} s",
                flush=True,
            )
    growth = peaks[-1] / peaks[0]
    bars.hold(growth <= _FLAT, f"peak memory grows {growth:.2f} <= {_FLAT} times")
