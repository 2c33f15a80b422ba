"""Set a life beside dated events: what happened, and how old the interviewee was.

Ages are in full years (周岁). Where only years are known, the age is the difference of the years:
the true one is that or one less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.core.artefacts.interviewee_file import LifeStation
from pipeline.settings import Event

__all__ = ["Year", "age", "chronology", "chronology_markdown"]


@dataclass(frozen=True)
class Year:
    """One line of the chronology."""

    year: int
    age: int
    life: tuple[str, ...]
    national: tuple[str, ...]
    local: tuple[str, ...]


def age(born: str, year: int, month: int = 0, day: int = 0) -> int:
    """Return the age in full years at a date; parts that are 0 are unknown.

    `born` is `1940`, `1940-05` or `1940-05-12`. Years alone give their difference.
    """
    birth = [int(part) for part in born.split("-")]
    difference = year - birth[0]
    if len(birth) == 1 or not month:
        return difference
    if month != birth[1]:
        return difference - (month < birth[1])
    if len(birth) == 3 and day:
        return difference - (day < birth[2])
    return difference


def chronology(born: str, life: Iterable[LifeStation], events: Iterable[Event]) -> tuple[Year, ...]:
    """Return the years in which something happened, from the birth on, in order."""
    birth_year = int(born[:4])
    by_year: dict[int, dict[str, list[str]]] = {}
    for station in life:
        span = f"（至{station.until}年）" if station.until else ""
        _row(by_year, station.year)["life"].append(station.text + span)
    for event in events:
        years = age(born, event.year, event.month, event.day)
        if years >= 0:
            _row(by_year, event.year)[event.scope].append(_dated(event, years, birth_year))
    return tuple(
        Year(year, year - birth_year, *(tuple(row[k]) for k in ("life", "national", "local")))
        for year, row in sorted(by_year.items())
    )


def _row(by_year: dict[int, dict[str, list[str]]], year: int) -> dict[str, list[str]]:
    return by_year.setdefault(year, {"life": [], "national": [], "local": []})


def _dated(event: Event, years: int, birth_year: int) -> str:
    """Return the event with its date, and its own age where the birthday had not yet come."""
    day = f"{event.day}日" if event.day else ""
    date = f"{event.month}月{day} " if event.month else ""
    exact = f"（时{years}周岁）" if years != event.year - birth_year else ""
    return f"{date}{event.text}{exact}"


def chronology_markdown(name: str, born: str, years: Iterable[Year]) -> str:
    """Return the chronology as a Markdown table."""
    basis = (
        "只知出生年份，年龄按年份相减，未过生日时实为小一岁"
        if len(born) == 4
        else "年龄按年份相减，即当年过生日后的周岁；事件在生日之前的另行注明"
    )
    head = [
        f"# {name}生平年表",
        "",
        f"出生：{born}。{basis}。",
        "",
        "| 年份 | 周岁 | 本人 | 国家 | 赤峰与内蒙古 |",
        "|---|---|---|---|---|",
    ]
    rows = [
        f"| {y.year} | {y.age if y.age >= 0 else '—'} | {_cell(y.life)} "
        f"| {_cell(y.national)} | {_cell(y.local)} |"
        for y in years
    ]
    return "\n".join([*head, *rows]) + "\n"


def _cell(texts: tuple[str, ...]) -> str:
    return "；".join(text.replace("|", "\\|").replace("\n", " ") for text in texts)
