"""Recognised words become cues that can be read."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.review_points import find_review_points
from pipeline.captions.rules import NEVER_ENDS, NEVER_STARTS, check
from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Word, Words
from pipeline.settings import SubtitleStyle, load
from tests.subtitle_edit import violations

SAMPLES = Path(__file__).parents[3].parent / "shared" / "data" / "subtitles"
STYLES = load().subtitle_styles
TV, NETFLIX = STYLES["zh-tv"], STYLES["zh-netflix"]


def said(text: str, ms_per_char: int = 200, start_ms: int = 0) -> list[Word]:
    """Give each character of a text its time; `|` is a pause of one second."""
    words, now = [], start_ms
    for character in text:
        if character == "|":
            now += 1000
            continue
        length = ms_per_char if character.isalnum() else 0
        words.append(Word(now, now + length, character))
        now += length
    return words


def texts(words: list[Word], style: SubtitleStyle = TV, **more: list[str]) -> list[str]:
    return [cue.text for cue in segment(words, style, **more)]


def test_cuts_at_punctuation_and_leaves_it_out() -> None:
    assert texts(said("我是一九五八年，到乌兰牧骑的。那时候我们，坐着马车下乡演出。")) == [
        "我是一九五八年 到乌兰牧骑的",
        "那时候我们 坐着马车下乡演出",
    ]


def test_titles_and_quotes_stay_and_question_marks_where_the_style_has_them() -> None:
    assert texts(said("你看过《嘎达梅林》吗？他说“看过”。")) == [
        "你看过《嘎达梅林》吗",
        "他说“看过”",
    ]
    assert texts(said("你看过《嘎达梅林》吗？|他说“看过”。"), NETFLIX) == [
        "你看过《嘎达梅林》吗？",
        "他说“看过”",
    ]


def test_half_width_marks_of_the_recogniser_are_chinese_ones() -> None:
    assert texts(said("你去过北京吗?|去过,去过3.5次,真的!"), NETFLIX) == [
        "你去过北京吗？",
        "去过 去过3.5次 真的！",
    ]


def test_cuts_where_clauses_meet_without_pause_or_mark() -> None:
    assert texts(
        said("我们那时候住的房子都是土坯的所以一到下雨天屋里就开始漏水了然后大家都拿盆接着")
    ) == [
        "我们那时候住的房子都是土坯的",
        "所以一到下雨天屋里就开始漏水了",
        "然后大家都拿盆接着",
    ]


def test_cuts_at_pauses() -> None:
    assert texts(said("先是这样的|后来又变了")) == ["先是这样的", "后来又变了"]


def test_a_cue_ends_half_a_second_after_its_last_word_where_there_is_room() -> None:
    first, second = segment(said("先是这样的|后来又变了"), TV)
    assert (first.start_ms, first.end_ms) == (0, 1500)
    assert (second.start_ms, second.end_ms) == (2000, 3500)


def test_a_short_answer_stays_long_enough_to_be_read() -> None:
    (cue,) = segment(said("对", ms_per_char=100), TV)
    assert cue.duration_ms == TV.min_duration_ms


def test_the_last_cue_does_not_outlast_the_film() -> None:
    first, second = segment(said("先是这样的|后来又变了"), TV, film_ms=3100)
    assert (first.end_ms, second.end_ms) == (1500, 3100)
    (late,) = segment([Word(4700, 5300, "对")], TV, film_ms=5000)
    assert late.end_ms == 5000
    assert late.start_ms == 4660  # as early as may be, so that it can be read


def test_names_numbers_and_latin_words_are_never_cut() -> None:
    names = ["额尔敦其木格"]
    text = (
        "那一年额尔敦其木格同志在克什克腾旗用了1958年的Panasonic摄像机拍了二十三公里的《鸿雁传书》"
    )
    lines = [line for text in texts(said(text), TV, names=names) for line in text.split("\n")]
    for whole in ("额尔敦其木格", "1958年", "Panasonic", "二十三公里", "《鸿雁传书》"):
        assert any(whole in line for line in lines)
    assert "".join(lines).replace(" ", "") == text


def test_two_lines_where_the_style_has_two() -> None:
    cues = texts(said("我是一九五八年到乌兰牧骑的，那时候我们坐着马车下乡演出。"), NETFLIX)
    assert cues == ["我是一九五八年到乌兰牧骑的\n那时候我们坐着马车下乡演出"]


def test_english_is_cut_between_words_and_keeps_its_punctuation() -> None:
    text = "When I was young, we lived in a small village near the river, and nobody had a car."
    words = [Word(i * 300, i * 300 + 280, f" {word}") for i, word in enumerate(text.split())]
    cues = segment(words, STYLES["en"], "en")
    assert [cue.text for cue in cues] == [
        "When I was young, we lived\nin a small village near the river,",
        "and nobody had a car.",
    ]


def test_speakers_do_not_share_a_cue() -> None:
    words = [Word(0, 1000, "你好吗", 1, "采访者"), Word(1000, 2000, "我很好", 1, "王桂兰")]
    assert [(cue.speaker, cue.text) for cue in segment(words, TV)] == [
        ("采访者", "你好吗"),
        ("王桂兰", "我很好"),
    ]


def test_a_space_of_the_recogniser_is_a_comma() -> None:
    assert texts(said("那一年夏天来的人特别多 大家都站在草地上看")) == [
        "那一年夏天来的人特别多",
        "大家都站在草地上看",
    ]


def test_marks_without_sound_take_no_time_and_start_no_line() -> None:
    (cue,) = segment(said("后来他就走了……"), NETFLIX)
    assert (cue.text, cue.end_ms) == ("后来他就走了……", 6 * 200 + 500)


def test_no_gap_is_as_short_as_a_blink() -> None:
    words = [*said("我们那时候住在草原上"), *said("后来才搬到城里去的", start_ms=2700)]
    first, second = segment(words, TV)
    assert (first.end_ms, second.start_ms) == (2700 - 480, 2700)
    words = [*said("我们那时候住在草原上"), *said("后来才搬到城里去的", start_ms=2550)]
    first, second = segment(words, TV)
    assert (first.end_ms, second.start_ms) == (2550 - 84, 2550)


@pytest.mark.parametrize("style", [TV, NETFLIX], ids=["tv", "netflix"])
def test_what_nobody_can_read_in_time_is_shown_and_named(style: SubtitleStyle) -> None:
    text = "我们那时候住在一个小村子里没有电灯也没有收音机后来公社办起了文化站" * 3
    words = [*said("先说这个"), *said(text, 70, 5000), *said("就是这样", start_ms=20_000)]
    cues = segment(words, style)
    assert "".join(letters(cue.text) for cue in cues) == f"先说这个{text}就是这样"
    broken = check(cues, style)
    assert broken
    assert {b.code for b in broken} <= {"speed", "too-short"}
    assert all(4960 <= (b.start_ms or 0) < 5000 + 70 * len(text) for b in broken)
    doubts = {place.reason for place in find_review_points(cues, Words("zh", tuple(words)), broken)}
    assert {b.message for b in broken} <= doubts


def test_the_time_until_the_next_words_is_used_before_a_limit_is_broken() -> None:
    words = [*said("我们那时候住在一个小村子里", 80, 1000), *said("就是这样", start_ms=5000)]
    first, _second = segment(words, TV)
    assert first.start_ms == 1000
    assert first.end_ms == max(1000 + 13 * 80 + 500, 1000 + 1445)


def test_nothing_said_makes_no_cues() -> None:
    assert segment([], TV) == []
    assert segment([Word(0, 100, "。"), Word(200, 300, " ")], TV) == []


@pytest.mark.parametrize("style", [TV, NETFLIX], ids=["tv", "netflix"])
@pytest.mark.parametrize("name", ["kp15", "kp42", "all7", "all63", "hoho27"])
def test_real_speech_breaks_no_rule(name: str, style: SubtitleStyle) -> None:
    """Real recognised speech of 2 to 90 minutes, character times spread over each segment."""
    words = recognised(name)
    cues = segment(words, style)
    assert check(cues, style) == ()
    assert violations(cues, lines=style.lines, chars=style.max_chars) == []
    assert letters("".join(cue.text for cue in cues)) == letters("".join(w.text for w in words))


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def recognised(name: str) -> list[Word]:
    file = SAMPLES / "zh_whisper_first_version_vs_human" / f"{name}_whisper_raw.csv"
    if not file.exists():
        return said(
            "我们那时候住在一个小村子里，没有电灯，也没有收音机。|后来公社办起了文化站。" * 40
        )
    from pipeline.captions.chinese import to_simplified

    words = []
    for row in csv.DictReader(file.open(encoding="utf-8-sig")):
        text = to_simplified(row["text"].strip()) + "，"
        start_ms, end_ms = (_ms(row[key]) for key in ("from", "to"))
        words += said(text, (end_ms - start_ms) // len(text), start_ms)
    return words


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return int((int(hours) * 60 + int(minutes)) * 60_000 + float(seconds) * 1000)


@given(
    st.lists(
        st.tuples(
            st.integers(-200, 3000),
            st.integers(0, 1500),
            st.text(
                "我们的时候《》“”（），。？！:.,?!…%-1958年三十岁AB ab\n赤峰<>i{}|：", max_size=8
            ),
        ),
        max_size=40,
    ),
    st.sampled_from([TV, NETFLIX, STYLES["en"]]),
)
def test_any_words_give_usable_cues(
    spoken: list[tuple[int, int, str]], style: SubtitleStyle
) -> None:
    words, now = [], 0
    for pause, length, text in spoken:
        now = max(now + pause, 0)
        words.append(Word(now, now + length, text))
        now += length
    cues = segment(words, style)
    findings = check(cues, style)
    assert [f for f in findings if f.level == "error"] == []
    for line in (line for cue in cues for line in cue.lines):
        assert line[0] not in NEVER_STARTS
        assert line[-1] not in NEVER_ENDS
    if "<" not in "".join(w.text for w in words) and "{" not in "".join(w.text for w in words):
        assert letters("".join(c.text for c in cues)) == letters("".join(w.text for w in words))
