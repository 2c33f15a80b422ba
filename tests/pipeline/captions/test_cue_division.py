"""Whatever people say at a pace people can speak at, the cues break no rule."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions import chinese
from pipeline.captions.cues import Cue
from pipeline.captions.rules import NEVER_ENDS, NEVER_STARTS, characters, check
from pipeline.captions.segmentation.cue_timing import needed_ms
from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Word
from pipeline.settings import SubtitleStyle, load
from tests.subtitle_edit import violations

STYLES = load().subtitle_styles
TV, NETFLIX, ENGLISH = STYLES["zh-tv"], STYLES["zh-netflix"], STYLES["en"]

PLAIN = [
    *("我们", "那时候", "下乡", "演出", "对", "牧民", "草原", "坐着", "马车", "去", "到了", "赤峰"),
    *("唱歌", "跳舞", "很", "高兴", "呃", "啊", "这个", "就是", "因为", "所以", "的", "了", "老师"),
    *("学校", "文化站", "领导", "让", "把", "给", "他", "不", "没有", "电灯", "收音机", "困难"),
]
WHOLE = [
    *("一九五八年", "二十三公里", "3.5公里", "八个", "1958年", "三十多岁", "百分之五十", "第一次"),
    *("《鸿雁》", "《嘎达梅林》", " DV", " KTV", " Panasonic", "额尔敦其木格", "赛罕"),
]
NAMES = ["额尔敦其木格", "赛罕"]
MARKS = ["", "", "", "", "", "", "", "，", "，", "。", "？", "！", "、", "；", "：", "……", ",", "?"]
PAUSES = [0] * 12 + [60, 150, 300, 500, 700, 1000, 1800, 4000, 60_000]


@dataclass
class Spoken:
    """Words with their times, and what of them nobody may cut."""

    words: list[Word]
    whole: list[tuple[int, int]]
    """Where in the letters of all words the pieces lie that may not be cut."""


@st.composite
def mandarin(draw: st.DrawFn) -> Spoken:
    pace = draw(st.integers(120, 330))
    spoken, now, at, window = Spoken([], []), draw(st.sampled_from([0, 500])), 0, Pace(21)
    speakers = draw(st.sampled_from([[""], ["采访者", "王桂兰"]]))
    for _ in range(draw(st.integers(1, 70))):
        whole = draw(st.integers(0, 7)) == 0
        text = draw(st.sampled_from(WHOLE if whole else PLAIN))
        quoted = not whole and draw(st.integers(0, 15)) == 0
        text = f"“{text}”" if quoted else text
        mark = draw(st.sampled_from(MARKS))
        each = max(120, pace + draw(st.integers(-60, 120)))
        now = window.start(now, len(text + mark), each)
        length = len(letters(text))
        spoken.words.append(Word(now, now + each * len(text), text + mark, 1.0, speakers[0]))
        spoken.whole += [(at, at + length)] if whole else []
        at += length
        pause = draw(st.sampled_from(PAUSES))
        now += each * len(text + mark) + pause
        if pause >= 1000:
            speakers = speakers[::-1]
    return spoken


@st.composite
def english(draw: st.DrawFn) -> Spoken:
    spoken, now, window = Spoken([], []), 0, Pace(45)
    vocabulary = "when I was young we lived in a small village near the river and nobody had cars"
    for _ in range(draw(st.integers(1, 60))):
        text = draw(st.sampled_from(vocabulary.split())) + draw(st.sampled_from(MARKS[:-2]))
        text = " " + re.sub("[^a-zA-Z]+$", lambda m: {"。": ".", "？": "?"}.get(m[0], ","), text)
        each = draw(st.integers(55, 120))
        now = window.start(now, len(text), each)
        spoken.words.append(Word(now, now + each * len(text), text))
        now += each * len(text) + draw(st.sampled_from(PAUSES))
    return spoken


class Pace:
    """Delays words so that nobody says more than `most` characters in any three seconds."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.ends_ms: list[int] = []

    def start(self, now: int, chars: int, each_ms: int) -> int:
        for number in range(1, chars + 1):
            if len(self.ends_ms) >= self.most - number + 1:
                free = self.ends_ms[number - 1 - self.most] + 3000 if number <= self.most else 0
                now = max(now, free - number * each_ms)
        self.ends_ms += [now + number * each_ms for number in range(1, chars + 1)]
        return now


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def beginnings(cues: list[Cue]) -> list[int]:
    """Return how many letters stand before each cue and each line."""
    found, at = [], 0
    for line in (line for cue in cues for line in cue.lines):
        found.append(at)
        at += len(letters(line))
    return found


def letter_times(words: list[Word]) -> list[tuple[int, int]]:
    found = []
    for word in words:
        count = max(len(letters(word.text)), 1)
        step = (word.end_ms - word.start_ms) / count
        found += [
            (word.start_ms + round(step * i), word.start_ms + round(step * (i + 1)))
            for i in range(len(letters(word.text)))
        ]
    return found


def hold(spoken: Spoken, cues: list[Cue], style: SubtitleStyle) -> None:
    """Assert what is true of all cues of one style, whatever the language."""
    assert [b.message for b in check(cues, style)] == []
    assert letters("".join(c.text for c in cues)) == letters("".join(w.text for w in spoken.words))
    times, at = letter_times(spoken.words), 0
    speakers = [w.speaker for w in spoken.words for _ in letters(w.text)]
    for cue, after in zip(cues, [*cues[1:], None], strict=True):
        first, last = times[at], times[at + len(letters(cue.text)) - 1]
        assert abs(cue.start_ms - first[0]) <= 40
        assert {*speakers[at : at + len(letters(cue.text))]} == {cue.speaker}
        needed = needed_ms(characters(cue.text), style)
        assert cue.end_ms <= max(last[1] + 500, cue.start_ms + needed)
        assert 840 <= cue.duration_ms <= 7000
        assert after is None or after.start_ms - cue.end_ms >= 84
        for line in cue.lines:
            assert line[0] not in NEVER_STARTS
            assert line[-1] not in NEVER_ENDS
        at += len(letters(cue.text))


@pytest.mark.parametrize("style", [TV, NETFLIX], ids=["tv", "netflix"])
@given(spoken=mandarin())
def test_chinese_at_a_human_pace_breaks_no_rule(style: SubtitleStyle, spoken: Spoken) -> None:
    cues = segment(spoken.words, style, names=NAMES)
    hold(spoken, cues, style)
    assert violations(cues, lines=style.lines, chars=style.max_chars) == []
    begun = set(beginnings(cues))
    for start, end in [*spoken.whole, *jieba_words(spoken)]:
        assert not begun & set(range(start + 1, end))
    assert segment(spoken.words, style, names=NAMES) == cues


def jieba_words(spoken: Spoken) -> list[tuple[int, int]]:
    """Return where jieba's words lie, but where a long pause or a name's end is inside."""
    text = "".join(word.text for word in spoken.words)
    times, found, at = letter_times(spoken.words), [], 0
    ends = {place for span in spoken.whole for place in span}
    for word in chinese.words(text):
        start, at = at, at + len(letters(word))
        inside = range(start + 1, at)
        if not any(
            place in ends or times[place][0] - times[place - 1][1] >= 800 for place in inside
        ):
            found.append((start, at))
    return found


@given(spoken=english())
def test_english_at_a_human_pace_breaks_no_rule(spoken: Spoken) -> None:
    cues = segment(spoken.words, ENGLISH, "en")
    hold(spoken, cues, ENGLISH)
    assert violations(cues, chars=42, cps=20) == []
    assert segment(spoken.words, ENGLISH, "en") == cues
