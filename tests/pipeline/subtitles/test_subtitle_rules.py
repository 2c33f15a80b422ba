"""The rules find what they are there for, and nothing else."""

from __future__ import annotations

import pytest

from pipeline.settings import load
from pipeline.stage import Finding
from pipeline.subtitles.cues import Cue
from pipeline.subtitles.rules import characters, check, cps

STYLES = load().subtitle_styles
TV, NETFLIX, ENGLISH = STYLES["zh-tv"], STYLES["zh-netflix"], STYLES["en"]


def found(*cues: Cue, **more: int) -> list[tuple[str, str]]:
    return [(f.level, f.message) for f in check(cues, TV, **more)]


def test_good_subtitles_have_no_findings() -> None:
    assert found(Cue(0, 2000, "我是一九五八年"), Cue(2084, 4000, "到《乌兰牧骑》的？")) == []


@pytest.mark.parametrize(
    ("cues", "word"),
    [
        ([Cue(0, 2000, "甲"), Cue(1900, 4000, "乙")], "together"),
        ([Cue(3000, 4000, "甲"), Cue(0, 2000, "乙")], "order"),
        ([Cue(2000, 2000, "甲")], "end after"),
        ([Cue(-5, 2000, "甲")], "end after"),
        ([Cue(0, 2000, " ")], "no text"),
        ([Cue(0, 9000, "甲")], "beyond"),
    ],
)
def test_what_cannot_be_shown_is_an_error(cues: list[Cue], word: str) -> None:
    errors = [message for level, message in found(*cues, duration_ms=8000) if level == "error"]
    assert any(word in message for message in errors)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("我们坐着马车，下乡", "Punctuation the style does not use: ，"),
        ("我们坐着马车,下乡.", "Punctuation the style does not use: ,."),
        ("》我们坐着马车", "A line begins with 》"),
        ("我们坐着马车《", "A line ends with 《"),
        ("我們坐着馬車", "Traditional characters among Simplified: 們馬車"),
        ("我们\n坐着马车", "2 lines; the style allows 1."),
    ],
)
def test_what_the_style_asks_is_a_warning(text: str, message: str) -> None:
    assert found(Cue(0, 3000, text)) == [("warning", message)]


@pytest.mark.parametrize("text", ["用了3.5公里", "Mr. Smith来过", "8:30到的", "乾隆年间 瞭望 著名"])
def test_what_looks_wrong_but_is_not(text: str) -> None:
    assert found(Cue(0, 3000, text)) == []


def test_length_speed_and_duration() -> None:
    assert found(Cue(0, 6000, "一" * 19)) == [
        ("warning", "A line of 19 characters; the style allows 18: " + "一" * 19)
    ]
    assert found(Cue(0, 1000, "一" * 10)) == [
        ("warning", "10.0 characters a second; the style allows 9.")
    ]
    assert found(Cue(0, 800, "一")) == [
        ("warning", "Shown for 800 ms; the style asks for 840 ms at least.")
    ]
    assert found(Cue(0, 7001, "一")) == [
        ("warning", "Shown for 7001 ms; the style allows 7000 ms.")
    ]
    assert found(Cue(0, 1000, "一"), Cue(1050, 2000, "二")) == [
        ("warning", "50 ms after the cue before; the style asks for 84 ms.")
    ]


def test_findings_say_where_in_order_of_time() -> None:
    assert check([Cue(0, 800, "一"), Cue(900, 1700, "二")], TV)[1] == Finding(
        "warning", "Shown for 800 ms; the style asks for 840 ms at least.", 900, 1700
    )


def test_characters_are_counted_as_subtitle_edit_counts_them() -> None:
    assert characters("我是 A，\n<i>演员</i>") == 7
    assert cps(Cue(0, 1000, "我是\n演员")) == 4.0


def test_other_languages_have_their_own_style() -> None:
    cue = Cue(0, 3000, "When I was young, we lived\nin a small village.")
    assert check([cue], ENGLISH, language="en") == ()
    assert check([Cue(0, 3000, "我們坐着")], NETFLIX, language="en") == ()
