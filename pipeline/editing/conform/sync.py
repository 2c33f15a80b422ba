"""Synchronize recordings of one moment by their sound, else by timecode.

Sound has precedence, because timecode clocks may never have been set. If neither gives an offset,
the list is refused: no picture may have the words of another moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pipeline.editing.conform.audio_sync import (
    SoundTrace,
    SyncMatch,
    match_traces,
    read_sound_trace,
)
from pipeline.editing.conform.source import SoundSource
from pipeline.editing.remarks import Remark, remark
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["RecordingSync", "SyncReference"]

_MAX_DIFFERENCE_S = 0.1


@dataclass(frozen=True)
class SyncReference:
    """The sound of a recording, and the time of day at which its timecode begins (seconds); None if
    it has none."""

    name: str
    sha256: str
    start_s: Fraction | None
    sound: SoundSource | None


@dataclass
class RecordingSync:
    """Compares recordings and keeps their sound traces. `folder` is for the samples."""

    folder: Path
    _traces: dict[str, SoundTrace] = field(default_factory=dict)
    _matches: dict[tuple[str, str], tuple[SyncMatch, tuple[Remark, ...]]] = field(
        default_factory=dict
    )

    def match(
        self, first: SyncReference, other: SyncReference
    ) -> tuple[SyncMatch, tuple[Remark, ...]]:
        """Return the offset of the other recording, and remarks on it.

        Raises FormError if neither sound nor timecode gives one.
        """
        pair = (first.sha256, other.sha256)
        if pair not in self._matches:
            by_sound = None
            if first.sound and other.sound:
                by_sound = match_traces(self._trace(first.sound), self._trace(other.sound))
            self._matches[pair] = _choose(by_sound, first, other)
        return self._matches[pair]

    def _trace(self, sound: SoundSource) -> SoundTrace:
        if sound.sha256 not in self._traces:
            self._traces[sound.sha256] = read_sound_trace(sound, self.folder)
        return self._traces[sound.sha256]


def _choose(
    by_sound: SyncMatch | None, first: SyncReference, other: SyncReference
) -> tuple[SyncMatch, tuple[Remark, ...]]:
    names = {"first": first.name, "other": other.name}
    timecode_s = None
    if first.start_s is not None and other.start_s is not None:
        timecode_s = float(other.start_s - first.start_s)
    if by_sound is None and timecode_s is None:
        raise FormError(
            _("“{other}” cannot be laid against “{first}”: their sound does not tell how, and not"
              " both have timecode.").format(**names),
            remedy=_("Take the picture's own sound, or deposit the finished cut."),
        )  # fmt: skip
    if by_sound is None:
        assert timecode_s is not None
        by_timecode = remark("in_step_by_timecode", seconds=round(timecode_s, 3), **names)
        return SyncMatch(timecode_s, 0.0, 0, 0), (by_timecode,)
    counted = {"agree": by_sound.agree, "moments": by_sound.moments}
    remarks = [remark("in_step", seconds=round(by_sound.offset_s, 3), **counted, **names)]
    if timecode_s is not None and abs(timecode_s - by_sound.offset_s) > _MAX_DIFFERENCE_S:
        seconds = round(abs(timecode_s - by_sound.offset_s), 3)
        remarks.append(remark("timecodes_differ", seconds=seconds, **names))
    return by_sound, tuple(remarks)
