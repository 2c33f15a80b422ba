"""An edit list as it was written: one line per part, nothing looked up or calculated yet."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from pipeline.editing.edit_lists.timecode import Position
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["Line", "Note", "Sound", "list_error"]


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
    for the picture's own. `camera` names another recording of the same moment whose picture is
    shown; the places are then those of the source, whose sound is heard.
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


def list_error(name: str, number: int | None, what: str, remedy: str) -> FormError:
    """Return the error for one line of a list, or for all of it where `number` is None or 0."""
    if not number:
        return FormError(f"{name}: {what}", remedy=remedy)
    where = _("{file}, line {line}: {what}").format(file=name, line=number, what=what)
    return FormError(where, remedy=remedy, line=number)
