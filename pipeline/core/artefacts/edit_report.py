"""The edit report: where each part of the picture comes from, and what was done to its sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.core.artefacts.base import JsonArtefact, Record
from pipeline.i18n import language

__all__ = ["EditReport", "EditedPart", "MadeFrom", "OtherSound", "Picture", "Remark", "Sound"]


class MadeFrom(Record):
    """The edit list or the finished cut; `name` is what people call the file."""

    kind: str
    name: str
    sha256: str


class OtherSound(Record):
    """The recording whose sound is heard, from `from_ms` of it on."""

    source: str
    sha256: str
    from_ms: int


class EditedPart(Record):
    """One part: from `start_ms` to `end_ms` of the picture, from frame `in_frame` up to `out_frame`
    of `source`; None is black.

    `frames_before` and `frames_after` are left over in the source. `sound` is given where the sound
    is not the source's own; None is silence.
    """

    source: str | None
    start_ms: int
    end_ms: int
    sha256: str = ""
    source_frame_rate: str = ""
    in_frame: int = 0
    out_frame: int = 0
    frames_before: int = 0
    frames_after: int = 0
    sound: OtherSound | None = None


class Picture(Record):
    """The picture of the episode; `frame_rate` is a fraction as text."""

    width: int
    height: int
    frame_rate: str
    frames: int
    duration_ms: int


class Sound(Record):
    """The sound before and after levelling; `limiter` says whether one held the peaks."""

    loudness_before_lufs: float
    true_peak_before_dbtp: float
    gain_db: float
    limiter: bool
    loudness_lufs: float
    true_peak_dbtp: float
    target_lufs: float


@dataclass(frozen=True)
class Remark:
    """One thing worth knowing, in both languages: the report does not depend on its reader."""

    level: Literal["error", "warning", "note"]
    english: str
    chinese: str

    @property
    def text(self) -> str:
        """Return it in the reader's language."""
        return self.chinese if language() == "zh" else self.english


class EditReport(JsonArtefact):
    """What the episode was made from, part by part, and what the director must look at."""

    made_from: MadeFrom | None = None
    parts: tuple[EditedPart, ...] = ()
    picture: Picture | None = None
    sound: Sound | None = None
    findings: tuple[Remark, ...]
