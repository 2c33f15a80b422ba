"""What titles say: the lines of config/titles.toml, filled in for one episode.

Under a pseudonym the name is replaced wherever it stands, and the position, which may tell whom the
name hides, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from pipeline.core.interviewee_file import published_name
from pipeline.i18n import _, use_language
from pipeline.settings import Title, Titles
from pipeline.stage import Subject

__all__ = ["Line", "placeholder_values", "title_lines"]


@dataclass(frozen=True)
class Line:
    """A line of a title. Its size is in per cent of the picture's height or, upright, width."""

    text: str
    size_percent: float


def placeholder_values(
    titles: Titles, subject: Subject, told: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Return what each place in a line stands for; `told` is the interviewee_file.

    Only the crew may be several lines. The field is told in Chinese, whoever runs the program.
    """
    hidden = bool(told["consent"].get("pseudonym"))
    shown = published_name(subject, told)
    with use_language("zh"):
        field = _(told.get("field") or subject.field)
    known: dict[str, str] = {
        "series": titles.series,
        "number": str(subject.number),
        "episode": subject.title,
        "position": "" if hidden else told.get("position") or "",
        "field": field,
        "unit": titles.unit,
        "year": titles.year,
        "thanks": titles.thanks,
    }
    said: dict[str, tuple[str, ...]] = {place: (text,) for place, text in known.items()}
    said["crew"] = tuple(f"{credit.role}　{credit.names}" for credit in titles.crew)
    if hidden:
        names = {subject.interviewee, told.get("name") or ""} - {"", shown}
        said = {place: tuple(_renamed(t, names, shown) for t in s) for place, s in said.items()}
    return {**said, "name": (shown,)}


def _renamed(text: str, names: set[str], to: str) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, to)
    return text


def title_lines(title: Title, said: Mapping[str, tuple[str, ...]]) -> list[Line]:
    """Return the lines of a title, without those whose places are all empty."""
    return [
        Line(text, line.size_percent)
        for line in title.lines
        for text in _filled(line.text, said)
        if text
    ]


def _filled(text: str, said: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    wanted = [place for _text, place, _form, _as in Formatter().parse(text) if place is not None]
    known = {place: tuple(filter(None, map(str.strip, said[place]))) for place in wanted}
    if wanted and not any(known.values()):
        return
    for nth in range(max(map(len, known.values()), default=1)):
        row = {p: texts[min(nth, len(texts) - 1)] if texts else "" for p, texts in known.items()}
        yield text.format(**row).strip()
