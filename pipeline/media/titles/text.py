"""Fill in the title lines of config/titles.toml for one episode.

With a pseudonym the real name is replaced in every value, and the position is left out because it
may identify the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.i18n import _, use_language
from pipeline.settings import Title, Titles
from pipeline.stage import Subject

__all__ = ["TITLE_FIELDS", "Line", "placeholder_values", "title_lines"]


TITLE_FIELDS = ("name", "field", "position", "consent.pseudonym")
"""What titles use of an interviewee file, as `IntervieweeFile.only` takes it."""


@dataclass(frozen=True)
class Line:
    """A line of a title. Its size is in per cent of the picture's height, or width if portrait."""

    text: str
    size_percent: float


def placeholder_values(
    titles: Titles, subject: Subject, file: IntervieweeFile
) -> dict[str, tuple[str, ...]]:
    """Return the lines of each placeholder.

    Only the crew may have several lines. The field is in Chinese, whatever the user's language.
    """
    hidden = bool(file.consent.pseudonym)
    name = file.published_name(subject)
    with use_language("zh"):
        field = _(file.field or subject.field)
    texts: dict[str, str] = {
        "series": titles.series,
        "number": str(subject.number),
        "episode": subject.title,
        "position": "" if hidden else file.position or "",
        "field": field,
        "unit": titles.unit,
        "year": titles.year,
        "thanks": titles.thanks,
    }
    values: dict[str, tuple[str, ...]] = {key: (text,) for key, text in texts.items()}
    values["crew"] = tuple(f"{credit.role}　{credit.names}" for credit in titles.crew)
    if hidden:
        names = {subject.interviewee, subject.plain_name, file.name} - {"", name}
        values = {k: tuple(_replace_names(t, names, name) for t in v) for k, v in values.items()}
    return {**values, "name": (name,)}


def _replace_names(text: str, names: set[str], substitute: str) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, substitute)
    return text


def title_lines(title: Title, values: Mapping[str, tuple[str, ...]]) -> list[Line]:
    """Return the lines of a title, without those whose placeholders are all empty."""
    return [
        Line(text, line.size_percent)
        for line in title.lines
        for text in _fill(line.text, values)
        if text
    ]


def _fill(text: str, values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    keys = [key for _text, key, _form, _as in Formatter().parse(text) if key is not None]
    filled = {key: tuple(filter(None, map(str.strip, values[key]))) for key in keys}
    if keys and not any(filled.values()):
        return
    for nth in range(max(map(len, filled.values()), default=1)):
        row = {k: texts[min(nth, len(texts) - 1)] if texts else "" for k, texts in filled.items()}
        yield text.format(**row).strip()
