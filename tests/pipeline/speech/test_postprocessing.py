"""Simplified characters, known inventions, times held to the speech."""

from __future__ import annotations

import pytest

from pipeline.captions.words import Word
from pipeline.settings import Settings
from pipeline.speech.engines.base import RecognisedWindow
from pipeline.speech.postprocessing import clean_words, simplified_words
from pipeline.speech.quality_gate import HALLUCINATED, NO_VOICE, WindowResult
from pipeline.speech.vad import Span


def _words(text: str, start_ms: int = 0) -> tuple[Word, ...]:
    return tuple(Word(start_ms + i * 200, start_ms + (i + 1) * 200, c) for i, c in enumerate(text))


def _polished(
    words: tuple[Word, ...], *speech: Span, phrases: tuple[str, ...] = ("谢谢观看",)
) -> tuple[str, set[str]]:
    passage = WindowResult(Span(0, 20_000), speech, RecognisedWindow(words, -0.3))
    kept, doubts = clean_words(passage, "zh", phrases)
    return "".join(word.text for word in kept), {doubt.reason for doubt in doubts}


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("後來我們說漢語", "后来我们说汉语"),
        ("享受著涼爽的秋風", "享受着凉爽的秋风"),
        ("著名的著作，顯著", "著名的著作，显著"),
        ("乾隆年間的幹部", "乾隆年间的干部"),
    ],
)
def test_words_become_simplified_each_in_its_place(heard: str, wanted: str) -> None:
    words = simplified_words(_words(heard))
    assert [word.text for word in words] == list(wanted)
    assert [word.start_ms for word in words] == [i * 200 for i in range(len(heard))]


def test_a_known_invention_goes_where_no_voice_is() -> None:
    words = (*_words("我是赤峰人"), *_words("謝謝 觀看。", 8000))
    assert _polished(words, Span(0, 1000)) == ("我是赤峰人", set())


def test_a_known_invention_stays_as_a_doubt_where_a_voice_is() -> None:
    words = (*_words("我是赤峰人"), *_words("谢谢观看", 8000))
    found = _polished(words, Span(0, 1000), Span(8000, 9000))
    assert found == ("我是赤峰人谢谢观看", {HALLUCINATED})


def test_unknown_words_without_a_voice_stay_as_a_doubt() -> None:
    words = (*_words("我是赤峰人"), *_words("下次再见", 8000))
    assert _polished(words, Span(0, 1000)) == ("我是赤峰人下次再见", {NO_VOICE})


def test_a_word_does_not_reach_into_the_pause() -> None:
    words = (Word(0, 3000, "我"), Word(3000, 5200, "是"))
    passage = WindowResult(
        Span(0, 6000), (Span(400, 900), Span(5000, 5300)), RecognisedWindow(words)
    )
    kept, _doubts = clean_words(passage, "zh", ())
    assert [(word.start_ms, word.end_ms) for word in kept] == [(400, 900), (5000, 5200)]


def test_every_phrase_of_the_settings_is_found_in_itself(settings: Settings) -> None:
    for phrase in settings.hallucinations.phrases:
        text, _reasons = _polished(_words(phrase), phrases=(phrase,))
        assert text == "", phrase
