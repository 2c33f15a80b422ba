"""An edit list as it was written: one line per part, nothing looked up or calculated yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath

from pipeline.edits.positions import Position
from pipeline.errors import FormError, SubtitleError
from pipeline.i18n import _
from pipeline.subtitles.encoding import decode

__all__ = ["Line", "read", "read_text", "refuse"]

MAX_BYTES = 8 << 20
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")


@dataclass(frozen=True)
class Line:
    """One part of an episode. `number` is its line in the file, counted from 1.

    `names` are what the list calls the source, the surest first. `episode` is 0 where the list
    does not say. `in_` is None for the first frame, `out` for the end of the source.
    """

    number: int
    episode: int
    names: tuple[str, ...]
    in_: Position | None
    out: Position | None


def read(path: Path, *, name: str = "", rate: Fraction | None = None) -> tuple[Line, ...]:
    """Read an edit list, CSV or CMX 3600 EDL, by the suffix of its name.

    `name` is what people call the file, if not as it is stored. `rate` is the frame rate an EDL
    counts in, where it is known: an EDL does not say, and is else read at the first standard rate
    that fits. Raises FormError with the line.
    """
    from pipeline.edits import edl, table

    name = name or path.name
    text = read_text(path, name)
    if PurePath(name).suffix.lower() == ".edl":
        return edl.read(text, name, rate)
    return table.read(text, name)


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
    """Return the error for one line of a list, or for all of it where `number` is None."""
    if number is None:
        return FormError(f"{name}: {what}", remedy=remedy)
    where = _("{file}, line {line}: {what}").format(file=name, line=number, what=what)
    return FormError(where, remedy=remedy, line=number)
