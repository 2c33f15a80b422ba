"""The rules find what they are there for, and nothing else."""

from __future__ import annotations

import json

import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.rules import Breach, characters, check, check_cue, cps, limits
from pipeline.settings import load

STYLES = load().subtitle_styles
TV, NETFLIX, ENGLISH = STYLES["zh-tv"], STYLES["zh-netflix"], STYLES["en"]


def found(*cues: Cue, **more: int) -> list[tuple[str, str]]:
    return [(f.level, f.message) for f in check(cues, TV, **more)]


def test_good_subtitles_have_no_findings() -> None:
    assert found(Cue(0, 2000, "我是一九五八年"), Cue(2084, 4000, "到“《乌兰牧骑》”的")) == []


@pytest.mark.parametrize(
    ("cues", "word"),
    [
        ([Cue(0, 2000, "甲"), Cue(1900, 4000, "乙")], "together"),
        ([Cue(3000, 4000, "甲"), Cue(0, 2000, "乙")], "order"),
        ([Cue(2000, 2000, "甲")], "end after"),
        ([Cue(-5, 2000, "甲")], "end after"),
        ([Cue(0, 2000, " ")], "no text"),
        ([Cue(0, 9000, "甲")], "beyond"),
        ([Cue(0, 8101, "甲")], "beyond"),
    ],
)
def test_what_cannot_be_shown_is_an_error(cues: list[Cue], word: str) -> None:
    errors = [message for level, message in found(*cues, duration_ms=8000) if level == "error"]
    assert any(word in message for message in errors)


def test_a_cue_may_last_as_long_as_the_sound_that_outlasts_the_picture_a_little() -> None:
    assert not found(Cue(6000, 8100, "我是一九五六年到的"), duration_ms=8000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("我们坐着马车，下乡", "Punctuation the style does not use: ，"),
        ("我们坐着马车,下乡.", "Punctuation the style does not use: ,."),
        ("》我们坐着马车", "A line begins with 》"),
        ("我们坐着马车《", "A line ends with 《"),
        ("我们坐着、马车！", "Punctuation the style does not use: 、！"),
        ("我們坐着馬車", "Traditional characters among Simplified: 們馬車"),
        ("我们\n坐着马车", "2 lines; the style allows 1."),
    ],
)
def test_what_the_style_asks_is_a_warning(text: str, message: str) -> None:
    assert found(Cue(0, 3000, text)) == [("warning", message)]


@pytest.mark.parametrize(
    "text", ["用了3.5公里", "Mr. Smith来过", "8:30到的", "8：30到的", "乾隆年间 瞭望 著名"]
)
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
    assert check([Cue(0, 800, "一"), Cue(900, 1700, "二")], TV)[1] == Breach(
        "warning",
        "Shown for 800 ms; the style asks for 840 ms at least.",
        900,
        1700,
        "too-short",
        800,
        840,
    )


def test_characters_are_counted_as_subtitle_edit_counts_them() -> None:
    assert characters("我是 A，\n<i>演员</i>") == 7
    assert cps(Cue(0, 1000, "我是\n演员")) == 4.0


def test_other_languages_have_their_own_style() -> None:
    cue = Cue(0, 3000, "When I was young, we lived\nin a small village.")
    assert check([cue], ENGLISH, language="en") == ()
    assert check([Cue(0, 3000, "我們坐着")], NETFLIX, language="en") == ()


def test_each_style_has_its_own_punctuation() -> None:
    cue = Cue(0, 6000, "是吗？好、好！他……《鸿雁》")
    assert [b.found for b in check([cue], TV)] == ["？、！……"]
    assert check([cue], NETFLIX) == ()
    assert [b.found for b in check([Cue(0, 3000, "好，好。")], NETFLIX)] == ["，。"]


def test_one_cue_and_its_neighbours_are_checked_by_themselves() -> None:
    cues = [Cue(0, 2000, "一{0}"), Cue(1950, 2500, "二二二二二，"), Cue(2550, 4000, "三")]
    alone = check_cue(cues[1], TV, before=cues[0], after=cues[2])
    assert {(b.code, b.found, b.limit) for b in alone} == {
        ("overlap", 50, 0),
        ("speed", 6 * 1000 / 550, 9.0),
        ("too-short", 550, 840),
        ("punctuation", "，", None),
        ("gap", 50, 84),
    }
    assert set(alone) == set(check(cues, TV))
    assert check_cue(cues[2], TV) == ()


def test_no_rule_is_without_a_code() -> None:
    worst = [
        Cue(5000, 5000, " "),
        Cue(0, 9000, "》我們，《\n" + "一" * 19),
        Cue(8000, 8100, "这里太快"),
        Cue(8110, 9000, "这里"),
    ]
    found = check(worst, TV, duration_ms=8500)
    assert {b.code for b in found} == {
        "no-text", "no-time", "beyond-end", "order", "overlap", "lines", "line-length", "speed",
        "too-short", "too-long", "gap", "punctuation", "line-start", "line-end", "traditional",
    }  # fmt: skip


def test_a_browser_is_told_the_limits() -> None:
    told = json.loads(json.dumps(limits(NETFLIX)))
    assert (told["lines"], told["max_chars"], told["max_cps"]) == (2, 16, 9.0)
    assert "》" in told["never_starts"]
    assert "《" in told["never_ends"]
