"""03 录制 (recording): what the cameras wrote, looked through before anybody relies on it.

Needs the outline that was followed and the camera originals. Makes a small copy of each original
to look at and one report of what was recorded, measured against config/recording.toml. Originals
are never changed. The cinematographer signs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.core import progress
from pipeline.core.artefacts.recording_report import (
    Original,
    RecordedPicture,
    RecordedSound,
    RecordingReport,
)
from pipeline.i18n import use_language
from pipeline.media.ffmpeg import Probe, VideoStream, probe
from pipeline.media.proxies import OriginalMeasurements, write_proxy
from pipeline.media.qc.recording_checks import check_original
from pipeline.queues import Queue
from pipeline.settings import Recording, Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage

__all__ = ["STAGE", "Makes", "Needs"]

_NAME_LENGTH = 60


def _nothing(_needs: Needs) -> tuple[()]:
    """Return what is read of the outline: it must be signed before the recording, no more."""
    return ()


@dataclass(frozen=True)
class Needs:
    """What the stage reads."""

    outline: Artefact
    camera_originals: tuple[Artefact, ...]
    USES: ClassVar = {"outline": _nothing}


@dataclass(frozen=True)
class Makes:
    """What it writes: proxies stand in the order of the originals in the report."""

    recording_report: Path
    proxies: tuple[Path, ...]


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Look through every original. Raises MediaError naming the first that cannot be used."""
    limits = settings.recording
    originals, proxies = [], []
    for index, artefact in enumerate(needs.camera_originals):
        proxy = folder / f"{index + 1:02d}-{Path(artefact.name).stem[:_NAME_LENGTH]}.mp4"
        with progress.part(index, len(needs.camera_originals)):
            found = probe(artefact.path, name=artefact.name, max_pixels=limits.max_pixels)
            measured = write_proxy(artefact.path, artefact.name, found, proxy, limits)
        originals.append(_original(artefact, found, measured, proxy, limits))
        proxies.append(proxy)
    warned = any(finding.level != "note" for one in originals for finding in one.findings)
    report = RecordingReport(originals=tuple(originals), result="warn" if warned else "pass")
    return Makes(report.write(folder / "recording_report.json"), tuple(proxies))


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Return what the report says against the originals, in the reader's language."""
    return tuple(
        Finding(f.level, f"{original.name}: {f.message}", f.start_ms, f.end_ms)
        for original in RecordingReport.read(makes.recording_report).originals
        for f in check_original(original, settings.recording)
    )


def _original(
    artefact: Artefact, found: Probe, measured: OriginalMeasurements, proxy: Path, limits: Recording
) -> Original:
    """Describe one original; its findings are in Chinese, for everyone."""
    levels = {level.index: asdict(level) for level in measured.levels}
    sounds = [RecordedSound(**asdict(track) | levels[track.index]) for track in found.audio]
    original = Original(
        name=artefact.name,
        sha256=artefact.sha256,
        size_bytes=artefact.size_bytes,
        format=found.format,
        duration_ms=found.duration_ms,
        start_timecode=found.start_timecode,
        video=tuple(_picture(stream) for stream in found.video),
        audio=tuple(sounds),
        damaged=measured.damaged,
        silences=measured.silences,
        proxy=proxy.name,
    )
    with use_language("zh"):
        return original.model_copy(update={"findings": check_original(original, limits)})


def _picture(stream: VideoStream) -> RecordedPicture:
    fractions = {"frame_rate": stream.frame_rate, "sample_aspect": stream.sample_aspect}
    texts = {key: str(value) for key, value in fractions.items()}
    return RecordedPicture(**asdict(stream) | texts)


STAGE = Stage(
    number=3,
    slug="recording",
    title="录制",
    scope=Scope.INTERVIEWEE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.CINEMATOGRAPHER,
    settings=("recording",),
    check=check,
    queue=Queue.RENDER,
)
