"""Read an edit list of any kind, told by the suffix of its name."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path, PurePath

from pipeline.captions.formats.encoding import decode
from pipeline.editing.edit_lists import cmx3600, csv_table, timeline_reader
from pipeline.editing.edit_lists.flatten import flatten
from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.errors import FormError, SubtitleError
from pipeline.i18n import _

__all__ = ["read"]

_MAX_BYTES = 8 << 20
_MAX_TIMELINE_BYTES = 64 << 20
_TIMELINES = frozenset({".fcpxml", ".xml", ".otio"})
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")


def read(path: Path, *, name: str = "", rate: Fraction | None = None) -> tuple[Line, ...]:
    """Read an edit list by the suffix of its name: CSV, CMX 3600 EDL, FCPXML, Premiere's XML (that
    of Final Cut Pro 7) or OpenTimelineIO.

    `name` is what people call the file, if not as it is stored. `rate` is the frame rate an EDL
    counts in, where it is known: an EDL does not say, and is else read at the first standard rate
    that fits. Raises FormError with the line.
    """
    name = name or path.name
    if not _is_text(name):
        return _timeline(path, name)
    text = _read_text(path, name)
    if PurePath(name).suffix.lower() == ".edl":
        return cmx3600.read(text, name, rate)
    return csv_table.read(text, name)


def _timeline(path: Path, name: str) -> tuple[Line, ...]:
    raw = path.read_bytes()[: _MAX_TIMELINE_BYTES + 1]
    if len(raw) > _MAX_TIMELINE_BYTES:
        raise list_error(
            name, None, _("it is too large."), _("Export the one sequence of the episode.")
        )
    return flatten(timeline_reader.read(raw, name), name)


def _read_text(path: Path, name: str) -> str:
    """Return the text of a list in UTF-8, UTF-16, GB18030 or Big5. Raises FormError."""
    raw = path.read_bytes()[: _MAX_BYTES + 1]
    try:
        text = decode(raw, path)[0]
    except SubtitleError:
        text = "\0"
    if len(raw) > _MAX_BYTES or _NOT_TEXT.search(text):
        raise FormError(
            _("{file} is not a text file.").format(file=name),
            remedy=_("Export the edit list as CSV (UTF-8) or as a CMX 3600 EDL."),
            path=path,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_text(name: str) -> bool:
    """Tell lists of one line per part from timelines, by the suffix."""
    return PurePath(name).suffix.lower() not in _TIMELINES
