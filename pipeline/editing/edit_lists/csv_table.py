"""Read edit lists in CSV: `episode,source,in,out`, or in Chinese `集,素材,入点,出点`.

Two optional columns are for several recordings of one moment: `sound` (声音) names the recording
whose sound replaces the source's, `camera` (机位) the one whose picture does. Times are always
those of the source.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

from pipeline.editing.edit_lists.model import Line, Sound, list_error
from pipeline.editing.edit_lists.timecode import Position, parse_position
from pipeline.i18n import _

__all__ = ["read", "write"]

_COLUMNS = {
    "episode": ("episode", "集", "集数", "集号", "分集"),
    "source": ("source", "素材", "素材名", "文件", "文件名"),
    "in": ("in", "入点", "in点", "入"),
    "out": ("out", "出点", "out点", "出"),
    "sound": ("sound", "声音", "音频", "录音"),
    "camera": ("camera", "机位", "画面"),
}
_REQUIRED = ("episode", "source", "in", "out")
_EPISODE = re.compile(r"(?:第|EP?)?\s*(\d{1,4})\s*集?", re.IGNORECASE)


def read(text: str, name: str) -> tuple[Line, ...]:
    """Read the lines of a CSV list (comma, semicolon or tab); empty lines are skipped.

    A list for one episode needs no column `episode`; unknown columns are ignored. Raises FormError
    with the line.
    """
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    columns: dict[str, int] | None = None
    lines = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if columns is None:
                columns = _header(row, name, rows.line_num)
            else:
                lines.append(_line(row, columns, name, rows.line_num))
    except csv.Error as error:
        raise list_error(
            name, rows.line_num, f"{error}.", _("Save the list as CSV again.")
        ) from error
    if not lines:
        raise list_error(
            name, None, _("the edit list has no lines."),
            _("Write one line for each part: episode,source,in,out."),
        )  # fmt: skip
    return tuple(lines)


def write(lines: Iterable[Line]) -> str:
    """Write lines as canonical CSV: equal lines give equal text."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    rows = [_row(line) for line in lines]
    columns = [c for c in _COLUMNS if c in _REQUIRED or any(row[c] for row in rows)]
    table.writerow(columns)
    table.writerows([row[column] for column in columns] for row in rows)
    return text.getvalue()


def _row(line: Line) -> dict[str, str]:
    points = (p.text if p else "" for p in (line.in_, line.out))
    sound, camera = line.sound.names if line.sound else (), line.camera
    others = (names[0] if names else "" for names in (sound, camera))
    return dict(
        zip(_COLUMNS, (str(line.episode or ""), line.names[0], *points, *others), strict=True)
    )


def _delimiter(text: str) -> str:
    head = next((line for line in text.split("\n") if line.strip()), "")
    return max(",;\t", key=head.count)


def _header(row: list[str], name: str, number: int) -> dict[str, int]:
    cells = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in row]
    found = {
        column: cells.index(word)
        for column, words in _COLUMNS.items()
        for word in words
        if word in cells
    }
    missing = [c for c in ("source", "in", "out") if c not in found]
    if missing:
        raise list_error(
            name, number,
            _("the first line must name the columns; missing: {columns}.").format(
                columns=", ".join(missing)
            ),
            _("Begin the list with: episode,source,in,out (or 集,素材,入点,出点)."),
        )  # fmt: skip
    return found


def _line(row: list[str], columns: dict[str, int], name: str, number: int) -> Line:
    cells = {c: row[i].strip() if i < len(row) else "" for c, i in columns.items()}
    if not cells["source"]:
        raise list_error(
            name, number, _("no source is named."), _("Write the name of the original.")
        )
    episode = _episode(cells["episode"], name, number) if "episode" in cells else 0
    in_ = _position(cells["in"], name, number)
    out = _position(cells["out"], name, number)
    if in_ and out and in_.seconds is not None and out.seconds is not None:
        _refuse_backwards(in_.seconds < out.seconds, cells, name, number)
    if in_ and out and in_.is_timecode and out.is_timecode:
        # Timecode may pass midnight, so that out may be before in.
        _refuse_backwards(in_.fields != out.fields, cells, name, number)
    sound, camera = cells.get("sound", ""), cells.get("camera", "")
    return Line(
        number, episode, (cells["source"],), in_, out,
        sound=Sound((sound,)) if sound else None, camera=(camera,) if camera else (),
    )  # fmt: skip


def _refuse_backwards(good: bool, cells: dict[str, str], name: str, number: int) -> None:
    if not good:
        raise list_error(
            name, number,
            _("the out point {out} is not after the in point {in_}.").format(
                out=cells["out"], in_=cells["in"]
            ),
            _("Correct the two times."),
        )  # fmt: skip


def _episode(text: str, name: str, number: int) -> int:
    found = _EPISODE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found or not int(found[1]):
        raise list_error(
            name, number,
            _("“{text}” is not the number of an episode.").format(text=text),
            _("Write it in digits: 1, 2, 3."),
        )  # fmt: skip
    return int(found[1])


def _position(text: str, name: str, number: int) -> Position | None:
    if not text:
        return None
    try:
        return parse_position(text)
    except ValueError:
        raise list_error(
            name, number,
            _("“{text}” is not a time.").format(text=text),
            _("Write 00:12:30:05 (with frames), 00:12:30.200 or seconds."),
        ) from None  # fmt: skip
