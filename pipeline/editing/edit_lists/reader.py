"""Read, check and split edit lists of any format, selected by the suffix of the name."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

from pipeline.captions.formats.encoding import decode
from pipeline.core.files import read_at_most
from pipeline.editing.edit_lists import cmx3600, csv_table, fcp7_xml, fcpxml, otio
from pipeline.editing.edit_lists.flatten import flatten
from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.editing.edit_lists.safe_xml import parse_xml
from pipeline.editing.edit_lists.timeline import Timeline
from pipeline.errors import FormError, SubtitleError
from pipeline.i18n import _

__all__ = ["check_edit_list", "read", "split_by_episode"]

_MAX_BYTES = 8 << 20
_MAX_TIMELINE_BYTES = 64 << 20
_MAX_VALUES = 4_000_000
"""Elements and attributes of a timeline, or values: a parser takes up to 200 bytes for each."""
_MAX_LINES = 20_000
_MAX_LINE_CHARS = 5_000
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")


def read(path: Path, *, name: str = "", rate: Fraction | None = None) -> tuple[Line, ...]:
    """Read an edit list: CSV, CMX 3600 EDL, FCPXML, Final Cut Pro 7 XML or OpenTimelineIO.

    `name` is the name of the file if not as stored. `rate` is the frame rate of an EDL, which does
    not state it; without it the first standard rate that fits is used. Raises FormError with the
    line.
    """
    name = name or path.name
    suffix = PurePath(name).suffix.lower()
    if suffix in _TIMELINES:
        return flatten(_TIMELINES[suffix](_read_bytes(path, name), name), name)
    text = _read_text(path, name)
    return cmx3600.read(text, name, rate) if suffix == ".edl" else csv_table.read(text, name)


def check_edit_list(path: Path) -> None:
    """Raise FormError, with the line, for a list that cannot be used.

    Sources and their lengths are checked only when the cut is conformed.
    """
    read(path)


def split_by_episode(path: Path) -> dict[int, str]:
    """Return canonical CSV for each episode of a list for an interviewee.

    Each text depends only on the lines of its episode. Raises FormError, also for an EDL or a list
    without episodes, which can be deposited for one episode only.
    """
    lines = read(path)
    parts: dict[int, list[Line]] = {}
    for line in lines:
        if not line.episode:
            raise list_error(
                path.name, None,
                _("the list does not say which episode it is for."),
                _("Deposit it for the episode, or add a column “episode”."),
            )  # fmt: skip
        parts.setdefault(line.episode, []).append(line)
    return {episode: csv_table.write(parts[episode]) for episode in sorted(parts)}


def _read_xml(raw: bytes, name: str) -> Timeline:
    root = parse_xml(raw, name)
    if root.tag not in _XML:
        raise list_error(
            name, None,
            _("it is neither FCPXML nor the XML of Premiere and Final Cut Pro 7 (“{tag}”).").format(
                tag=str(root.tag)[:40]
            ),
            _("Export it as Final Cut Pro XML, FCPXML, EDL or OTIO."),
        )  # fmt: skip
    return _XML[root.tag](root, name)


_XML: dict[str, Callable[[Any, str], Timeline]] = {"fcpxml": fcpxml.read, "xmeml": fcp7_xml.read}
_TIMELINES: dict[str, Callable[[bytes, str], Timeline]] = {
    ".fcpxml": _read_xml,
    ".xml": _read_xml,
    ".otio": otio.read,
}


def _read_bytes(path: Path, name: str) -> bytes:
    raw = read_at_most(path, _MAX_TIMELINE_BYTES)
    if len(raw) > _MAX_TIMELINE_BYTES or sum(map(raw.count, (b"<", b"=", b"{", b"[", b","))) > (
        _MAX_VALUES
    ):
        raise list_error(
            name, None, _("it is too large."), _("Export the one sequence of the episode.")
        )
    return raw


def _read_text(path: Path, name: str) -> str:
    """Return the text of a list in UTF-8, UTF-16, GB18030 or Big5. Raises FormError."""
    raw = read_at_most(path, _MAX_BYTES)
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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_endless(text, name)
    return text


def _refuse_endless(text: str, name: str) -> None:
    """Refuse more lines, or longer ones, than any episode needs."""
    remedy = _("Export the one sequence of the episode.")
    lines = text.split("\n")
    if sum(bool(line.strip()) for line in lines) > _MAX_LINES:
        raise list_error(name, None, _("it has more than {n} lines.").format(n=_MAX_LINES), remedy)
    long = next((n for n, line in enumerate(lines, 1) if len(line) > _MAX_LINE_CHARS), None)
    if long is not None:
        raise list_error(name, long, _("the line is too long."), remedy)
