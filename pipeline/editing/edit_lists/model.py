"""The lines of an edit list as written, before sources are found and frames calculated.

How to add a format:

1. Write a module with one public function `read` that raises `list_error` for what cannot be
   conformed. A list of one line per part takes `(text, name)` and returns `tuple[Line, ...]`; a
   timeline with tracks takes `(raw, name)`, or an XML root and the name, and returns a `Timeline`.
2. Register it in `reader`: a list in `read`, a timeline in `_TIMELINES` by its suffix or, if it is
   XML, in `_XML` by its root element.
3. Add the suffix to the kind `edit_list` in pipeline/kinds.py.
4. Add a writer to tests/pipeline/editing/exports.py, so that the tests compare it with the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pipeline.editing.edit_lists.timecode import Position
from pipeline.editing.remarks import Remark
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["Line", "Sound", "list_error"]


@dataclass(frozen=True)
class Sound:
    """The sound under a part if it is not the picture's own; silence if it has no names.

    `at` is the position in that recording at the beginning of the part, None if synchronization
    must find it. `starts` as in `Line`.
    """

    names: tuple[str, ...]
    at: Position | None = None
    starts: Fraction | None = None


@dataclass(frozen=True)
class Line:
    """One part of an episode. `number` is its line in the file, counted from 1.

    `names` are the names of the source, the most reliable first; without a name the part is black
    from `in_` to `out`. `episode` is 0 if not given. `in_` is None for the first frame, `out` for
    the end of the source. `starts` is the start timecode of the source (in seconds) and `rate` its
    frame rate, if the list gives them. `sound` is None for the picture's own. `camera` names
    another recording of the same moment whose picture is shown; in and out are still times of the
    source, whose sound is used.
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
    remarks: tuple[Remark, ...] = ()


def list_error(name: str, number: int | None, what: str, remedy: str) -> FormError:
    """Return the error for a line of a list, or for the whole list if `number` is None or 0."""
    if not number:
        return FormError(f"{name}: {what}", remedy=remedy)
    where = _("{file}, line {line}: {what}").format(file=name, line=number, what=what)
    return FormError(where, remedy=remedy, line=number)
