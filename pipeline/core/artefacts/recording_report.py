"""The recording report: what was recorded, measured against config/recording.toml."""

from __future__ import annotations

from typing import Literal

from pipeline.core.artefacts.base import JsonArtefact, Record
from pipeline.stage import Finding

__all__ = ["Original", "RecordedPicture", "RecordedSound", "RecordingReport"]


class RecordedPicture(Record):
    """A picture of an original, as VideoStream (media/ffmpeg/streams.py); fractions are text."""

    index: int = 0
    codec: str = ""
    width: int
    height: int
    display_width: int
    display_height: int
    rotation: int = 0
    sample_aspect: str = "1"
    frame_rate: str
    variable_rate: bool = False
    frames: int | None = None
    duration_ms: int | None = None
    field_order: str = "unknown"
    pixel_format: str = ""
    start_ms: int = 0
    transfer: str = ""
    matrix: str = ""
    colour_range: str = ""


class RecordedSound(Record):
    """A sound track. Levels in dBFS, None is digital silence; `clipped_share` is 0.0 to 1.0."""

    index: int = 0
    codec: str = ""
    rate_hz: int
    channels: int = 0
    duration_ms: int | None = None
    label: str = ""
    peak_dbfs: float | None
    rms_dbfs: float | None
    clipped_share: float


class Original(Record):
    """One camera original. `damaged` says that its decoder complained; `silences` are those of all
    tracks together, in milliseconds; `proxy` is the name of its small copy; `findings` are in
    Chinese."""

    name: str = ""
    sha256: str
    size_bytes: int = 0
    format: str = ""
    duration_ms: int = 0
    start_timecode: str | None = None
    video: tuple[RecordedPicture, ...] = ()
    audio: tuple[RecordedSound, ...] = ()
    damaged: bool = False
    silences: tuple[tuple[int, int], ...] = ()
    proxy: str = ""
    findings: tuple[Finding, ...] = ()


class RecordingReport(JsonArtefact):
    """Every original, in the order of their deposit. `warn` where any finding is a warning."""

    originals: tuple[Original, ...]
    result: Literal["pass", "warn"] = "pass"
