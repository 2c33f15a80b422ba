"""How old somebody was, and the events of config/chronology.toml."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.core.artefacts.interviewee_file import LifeStation
from pipeline.documents.chronology import age, chronology, chronology_markdown
from pipeline.settings import Event, load

EVENTS = (
    Event(year=1939, text="before", scope="national"),
    Event(year=1940, month=5, day=11, text="the day before", scope="national"),
    Event(year=1940, month=5, day=12, text="the day itself", scope="local"),
    Event(year=1969, month=5, text="spring", scope="local"),
    Event(year=1969, month=1, text="winter", scope="national"),
)


@pytest.mark.parametrize(
    ("born", "when", "years"),
    [
        ("1940", (1949, 10, 1), 9),
        ("1940", (1949,), 9),
        ("1940-05-12", (1949,), 9),
        ("1940-05-12", (1949, 5, 11), 8),
        ("1940-05-12", (1949, 5, 12), 9),
        ("1940-05-12", (1949, 5), 9),
        ("1940-05-12", (1949, 4), 8),
        ("1940-05", (1949, 4, 30), 8),
        ("1940-05", (1949, 5, 1), 9),
        ("1940-12-31", (1941, 1, 1), 0),
    ],
)
def test_full_years(born: str, when: tuple[int, ...], years: int) -> None:
    assert age(born, *when) == years


def test_years_from_the_birth_on() -> None:
    life = [LifeStation(year=1969, until=1978, text="放映队"), LifeStation(year=1950, text="上学")]
    years = chronology("1940-05-12", life, EVENTS)
    assert [(y.year, y.age) for y in years] == [(1940, 0), (1950, 10), (1969, 29)]
    assert years[0].national == ()
    assert years[0].local == ("5月12日 the day itself",)
    assert years[2].life == ("放映队（至1978年）",)
    assert years[2].national == ("1月 winter（时28周岁）",)


def test_the_table_says_how_it_counts() -> None:
    for born, words in (("1940", "按年份相减"), ("1940-05-12", "周岁")):
        text = chronology_markdown("王桂兰", born, chronology(born, [], EVENTS))
        assert words in text
        assert "| 1969 | 29 |" in text


def test_a_bar_in_a_text_does_not_break_the_table() -> None:
    table = chronology_markdown(
        "王", "1940", chronology("1940", [LifeStation(year=1950, text="a|b")], ())
    )
    assert "a\\|b" in table


def test_the_events_are_many_dated_and_in_order() -> None:
    events = load().chronology.event
    assert len([e for e in events if e.scope == "national"]) >= 80
    assert len([e for e in events if e.scope == "local"]) >= 25
    assert [e.year for e in events] == sorted(e.year for e in events)
    assert len({(e.year, e.text) for e in events}) == len(events)
    for event in events:
        assert 1931 <= event.year <= 2024
        assert not (event.day and not event.month)
        date(event.year, event.month or 1, event.day or 1)


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (1947, "内蒙古自治政府成立"), (1969, "昭乌达盟划归辽宁省"), (1979, "昭乌达盟划回内蒙古"),
        (1983, "赤峰市"), (1971, "玉龙"), (1949, "中华人民共和国成立"),
    ],
)  # fmt: skip
def test_what_must_be_there(year: int, words: str) -> None:
    assert any(e.year == year and words in e.text for e in load().chronology.event)
