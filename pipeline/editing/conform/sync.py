"""Recordings of one moment: where a place in one is in another, by their sound, else by timecode.

The sound is believed before the timecode: clocks that were never set alike still count. Without a
sure answer from either, the list is refused: nobody may be seen speaking another moment's words.
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
from pipeline.editing.conform.remarks import Remark, remark
from pipeline.editing.conform.source import SoundSource
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["RecordingSync", "SyncReference"]

_DIFFER_S = 0.1


@dataclass(frozen=True)
class SyncReference:
    """What tells the time of a recording: its sound, and the time of day its timecode begins at (in
    seconds); None where it has none."""

    name: str
    sha256: str
    begins_s: Fraction | None
    sound: SoundSource | None


@dataclass
class RecordingSync:
    """Compares recordings; each is listened to once. `folder` is for their samples."""

    folder: Path
    _traces: dict[str, SoundTrace] = field(default_factory=dict)
    _found: dict[tuple[str, str], tuple[SyncMatch, tuple[Remark, ...]]] = field(
        default_factory=dict
    )

    def match(
        self, first: SyncReference, other: SyncReference
    ) -> tuple[SyncMatch, tuple[Remark, ...]]:
        """Return how the other recording lies against the first, and what is to be said about it.

        Raises FormError where neither sound nor timecode tells.
        """
        pair = (first.sha256, other.sha256)
        if pair not in self._found:
            heard = None
            if first.sound and other.sound:
                heard = match_traces(self._trace(first.sound), self._trace(other.sound))
            self._found[pair] = _judged(heard, first, other)
        return self._found[pair]

    def _trace(self, sound: SoundSource) -> SoundTrace:
        if sound.sha256 not in self._traces:
            self._traces[sound.sha256] = read_sound_trace(sound, self.folder)
        return self._traces[sound.sha256]


def _judged(
    heard: SyncMatch | None, first: SyncReference, other: SyncReference
) -> tuple[SyncMatch, tuple[Remark, ...]]:
    names = {"first": first.name, "other": other.name}
    told_s = None
    if first.begins_s is not None and other.begins_s is not None:
        told_s = float(other.begins_s - first.begins_s)
    if heard is None and told_s is None:
        raise FormError(
            _("“{other}” cannot be laid against “{first}”: their sound does not tell how, and not"
              " both have timecode.").format(**names),
            remedy=_("Take the picture's own sound, or deposit the finished cut."),
        )  # fmt: skip
    if heard is None:
        assert told_s is not None
        said = remark("in_step_by_timecode", seconds=round(told_s, 3), **names)
        return SyncMatch(told_s, 0.0, 0, 0), (said,)
    counted = {"agree": heard.agree, "moments": heard.moments}
    remarks = [remark("in_step", seconds=round(heard.offset_s, 3), **counted, **names)]
    if told_s is not None and abs(told_s - heard.offset_s) > _DIFFER_S:
        seconds = round(abs(told_s - heard.offset_s), 3)
        remarks.append(remark("timecodes_differ", seconds=seconds, **names))
    return heard, tuple(remarks)
