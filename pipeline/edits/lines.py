"""An edit list as it was written: one line per part, nothing looked up or calculated yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Self

from pipeline.edits.positions import Position
from pipeline.errors import FormError, SubtitleError
from pipeline.i18n import _
from pipeline.subtitles.encoding import decode

__all__ = ["Line", "Note", "Sound", "is_text", "read", "read_text", "refuse"]

MAX_BYTES = 8 << 20
MAX_TIMELINE_BYTES = 64 << 20
_TIMELINES = frozenset({".fcpxml", ".xml", ".otio"})
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")


@dataclass(frozen=True)
class Note:
    """Something in a list that is not made of it, as conform/remarks.py words it."""

    code: str
    values: tuple[tuple[str, str | int], ...]

    @classmethod
    def of(cls, code: str, /, **values: str | int) -> Self:
        """Return the note called `code`."""
        return cls(code, tuple(values.items()))


@dataclass(frozen=True)
class Sound:
    """The sound under a part where it is not the picture's own. No names: silence.

    `at` is the place in that recording at the beginning of the part, None where it must be found
    out. `starts` as in `Line`.
    """

    names: tuple[str, ...]
    at: Position | None = None
    starts: Fraction | None = None


@dataclass(frozen=True)
class Line:
    """One part of an episode. `number` is its line in the file, counted from 1.

    `names` are what the list calls the source, the surest first; none: black, as long as from
    `in_` to `out`. `episode` is 0 where the list does not say. `in_` is None for the first frame,
    `out` for the end of the source. `starts` is the timecode (in seconds) at which the list says
    that the source begins, `rate` what it counts its frames in, where it says so. `sound` is None
    for the picture's own. `camera` names
    another recording of the same moment whose picture is shown; the places are then those of the
    source, whose sound is heard.
    """

    number: int
    episode: int
    names: tuple[str, ...]
    in_: Position | None
    out: Position | None
    starts: Fraction | None = None
    rate: Fraction | None = None
    sound: Sound | None = None
    camera: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def is_text(name: str) -> bool:
    """Tell lists of one line per part from timelines, by the suffix."""
    return PurePath(name).suffix.lower() not in _TIMELINES


def read(path: Path, *, name: str = "", rate: Fraction | None = None) -> tuple[Line, ...]:
    """Read an edit list by the suffix of its name: CSV, CMX 3600 EDL, FCPXML, Premiere's XML (that
    of Final Cut Pro 7) or OpenTimelineIO.

    `name` is what people call the file, if not as it is stored. `rate` is the frame rate an EDL
    counts in, where it is known: an EDL does not say, and is else read at the first standard rate
    that fits. Raises FormError with the line.
    """
    from pipeline.edits import edl, table

    name = name or path.name
    if not is_text(name):
        return _timeline(path, name)
    text = read_text(path, name)
    if PurePath(name).suffix.lower() == ".edl":
        return edl.read(text, name, rate)
    return table.read(text, name)


def _timeline(path: Path, name: str) -> tuple[Line, ...]:
    from pipeline.edits import timelines
    from pipeline.edits.flattening import lines_of

    raw = path.read_bytes()[: MAX_TIMELINE_BYTES + 1]
    if len(raw) > MAX_TIMELINE_BYTES:
        raise refuse(
            name, None, _("it is too large."), _("Export the one sequence of the episode.")
        )
    return lines_of(timelines.read(raw, name), name)


def read_text(path: Path, name: str) -> str:
    """Return the text of a list in UTF-8, UTF-16, GB18030 or Big5. Raises FormError."""
    raw = path.read_bytes()[: MAX_BYTES + 1]
    try:
        text = decode(raw, path)[0]
    except SubtitleError:
        text = "\0"
    if len(raw) > MAX_BYTES or _NOT_TEXT.search(text):
        raise FormError(
            _("{file} is not a text file.").format(file=name),
            remedy=_("Export the edit list as CSV (UTF-8) or as a CMX 3600 EDL."),
            path=path,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def refuse(name: str, number: int | None, what: str, remedy: str) -> FormError:
    """Return the error for one line of a list, or for all of it where `number` is None or 0."""
    if not number:
        return FormError(f"{name}: {what}", remedy=remedy)
    where = _("{file}, line {line}: {what}").format(file=name, line=number, what=what)
    return FormError(where, remedy=remedy, line=number)
