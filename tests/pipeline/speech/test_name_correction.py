"""Names put right by sound, names offered, and everything that must stay as it was heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Word, Words, read_words, write_words
from pipeline.settings import Settings
from pipeline.speech.glossary import Entry, correct_names
from pipeline.speech.postprocessing import simplified_words

_NAMES = tuple(
    Entry(name) for name in ("王桂兰", "昭乌达", "敖汉旗", "翁牛特旗", "陈恩民", "石油", "赤峰")
)


def _heard(text: str, pause_after: str = "") -> Words:
    """A character every 200 ms; a second of silence after the first `pause_after`."""
    words, at = [], 0
    for index, character in enumerate(text):
        words.append(Word(at, at + 200, character))
        at += 200
        if pause_after and text[: index + 1].endswith(pause_after):
            at += 1000
    return Words("zh", tuple(words))


def _text(words: Words) -> str:
    return "".join(word.text for word in words.words)


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("那时候王贵兰是我的老师", "那时候王桂兰是我的老师"),  # the same sound
        ("委员会的陈恩明负责", "委员会的陈恩民负责"),  # in and ing
        ("我们在翁流特旗开会", "我们在翁牛特旗开会"),  # n and l
        ("他是熬汗旗的人", "他是敖汉旗的人"),
    ],
)
def test_a_name_misheard_is_put_right_and_written_down(
    settings: Settings, heard: str, wanted: str
) -> None:
    words = correct_names(_heard(heard), _NAMES, settings.sounds)
    assert _text(words) == wanted
    (done,) = words.corrections
    assert done.certain and done.confidence > 0.8
    assert _text(words).replace(done.written, done.heard) == heard  # it can be undone
    at = heard.index(done.heard)
    assert (done.start_ms, done.end_ms) == (at * 200, (at + len(done.heard)) * 200)


@pytest.mark.parametrize(
    "heard",
    [
        "那时候王桂兰是我的老师",  # right already
        "是有这么一回事",  # common words that sound like 石油
        "他吃饭以后就走了",
        "我们的生活好了",
    ],
)
def test_what_is_right_stays(settings: Settings, heard: str) -> None:
    words = correct_names(_heard(heard), _NAMES, settings.sounds)
    assert _text(words) == heard
    assert not [c for c in words.corrections if c.certain]


@pytest.mark.parametrize(
    "said", ["一九五八年十二月", "1958年", "百分之五十", "超50%了", "八百块钱", "3.5公里"]
)
def test_numbers_stay_as_they_were_said(settings: Settings, said: str) -> None:
    heard = _heard(f"那是{said}的事")
    words = replace(heard, words=tuple(simplified_words(heard.words)))
    words = correct_names(words, _NAMES, settings.sounds)
    cues = segment(words.words, settings.style_for("zh"))
    assert said in "".join(cue.text.replace("\n", "") for cue in cues)


def test_an_ordinary_word_that_sounds_like_a_name_is_only_offered(settings: Settings) -> None:
    words = correct_names(_heard("石油城"), [Entry("诗友成")], settings.sounds)
    assert _text(words) == "石油城"
    words = correct_names(_heard("我去找事由的"), [Entry("石油")], settings.sounds)
    assert _text(words) == "我去找事由的"


def test_a_name_picked_out_by_machine_is_only_offered(settings: Settings) -> None:
    words = correct_names(
        _heard("那时候王贵兰来了"), [Entry("王桂兰", sure=False)], settings.sounds
    )
    assert _text(words) == "那时候王贵兰来了"
    (offer,) = words.corrections
    assert (offer.heard, offer.written, offer.certain) == ("王贵兰", "王桂兰", False)


def test_between_two_names_that_sound_the_same_nothing_is_certain(settings: Settings) -> None:
    names = [Entry("王桂兰"), Entry("王桂岚")]
    words = correct_names(_heard("那时候王贵兰来了"), names, settings.sounds)
    assert _text(words) == "那时候王贵兰来了"
    assert [c.certain for c in words.corrections] == [False]


def test_a_name_does_not_reach_over_a_pause_or_a_mark(settings: Settings) -> None:
    for words in (_heard("他姓王贵兰花开了", pause_after="王"), _heard("他姓王，贵兰花开了")):
        assert not correct_names(words, [Entry("王桂兰")], settings.sounds).corrections


def test_words_of_several_characters_and_spaces_keep_their_shape(settings: Settings) -> None:
    words = Words(
        "zh", (Word(0, 400, " 我是王"), Word(400, 900, "贵兰，", 0.3), Word(900, 990, "Hi"))
    )
    done = correct_names(words, _NAMES, settings.sounds)
    assert [word.text for word in done.words] == [" 我是王", "桂兰，", "Hi"]
    assert [w.start_ms for w in done.words] == [0, 400, 900]


def test_without_names_or_words_nothing_happens(settings: Settings) -> None:
    words = _heard("那时候王贵兰来了")
    assert correct_names(words, [], settings.sounds) == words
    assert correct_names(words, [Entry("王"), Entry("Mostaert")], settings.sounds) == words
    assert correct_names(Words("zh", ()), _NAMES, settings.sounds) == Words("zh", ())


def test_corrections_are_kept_in_the_file(settings: Settings, tmp_path: Path) -> None:
    words = correct_names(_heard("那时候王贵兰来了"), _NAMES, settings.sounds)
    assert read_words(write_words(words, tmp_path / "words.json")) == words
