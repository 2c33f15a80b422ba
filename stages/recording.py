"""03 录制 (recording): what the cameras wrote, looked through before anybody relies on it.

Needs the outline that was followed and the camera originals. Makes a small copy of each original
to look at and one report of what was recorded, measured against config/recording.toml. Originals
are never changed. The cinematographer signs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.core import progress
from pipeline.core.files import read_json, write_json
from pipeline.i18n import use_language
from pipeline.media.ffmpeg import Probe, VideoStream, probe
from pipeline.media.proxies import OriginalMeasurements, write_proxy
from pipeline.media.qc.recording_checks import check_original
from pipeline.queues import Queue
from pipeline.settings import Recording, Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage

__all__ = ["STAGE", "Makes", "Needs"]

_NAME_LENGTH = 60


@dataclass(frozen=True)
class Needs:
    """What the stage reads."""

    outline: Artefact
    camera_originals: tuple[Artefact, ...]


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
        originals.append(_described(artefact, found, measured, proxy, limits))
        proxies.append(proxy)
    warned = any(f["level"] != "note" for o in originals for f in o["findings"])
    report = {"originals": originals, "result": "warn" if warned else "pass"}
    return Makes(write_json(folder / "recording_report.json", report), tuple(proxies))


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Return what the report says against the originals, in the reader's language."""
    return tuple(
        Finding(f.level, f"{original['name']}: {f.message}", f.start_ms, f.end_ms)
        for original in read_json(makes.recording_report)["originals"]
        for f in check_original(original, settings.recording)
    )


def _described(
    artefact: Artefact, found: Probe, measured: OriginalMeasurements, proxy: Path, limits: Recording
) -> dict[str, Any]:
    """Describe one original as the report holds it; its findings are in Chinese, for everyone."""
    levels = {level.index: asdict(level) for level in measured.levels}
    original: dict[str, Any] = {
        "name": artefact.name,
        "sha256": artefact.sha256,
        "size_bytes": artefact.size_bytes,
        "format": found.format,
        "duration_ms": found.duration_ms,
        "start_timecode": found.start_timecode,
        "video": [_plain(stream) for stream in found.video],
        "audio": [asdict(track) | levels[track.index] for track in found.audio],
        "damaged": measured.damaged,
        "silences": [list(silence) for silence in measured.silences],
        "proxy": proxy.name,
    }
    with use_language("zh"):
        original["findings"] = [asdict(f) for f in check_original(original, limits)]
    return original


def _plain(stream: VideoStream) -> dict[str, Any]:
    fractions = {"frame_rate": stream.frame_rate, "sample_aspect": stream.sample_aspect}
    return asdict(stream) | {key: str(value) for key, value in fractions.items()}


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
