"""What is repeated, too fast, unsure or missing is noticed."""

from __future__ import annotations

from pipeline.subtitles.words import Word
from pipeline.tools.speech.judging import REPEATED, TOO_FAST, UNSURE, Passage, uncovered
from pipeline.tools.speech.protocol import Heard
from pipeline.tools.speech.voice import Span


def _words(text: str, start_ms: int = 0, step_ms: int = 200) -> tuple[Word, ...]:
    return tuple(
        Word(start_ms + i * step_ms, start_ms + (i + 1) * step_ms, c) for i, c in enumerate(text)
    )


def _passage(text: str, length_ms: int, step_ms: int = 200, logprob: float = -0.3) -> Passage:
    span = Span(0, length_ms)
    return Passage(span, (span,), Heard(_words(text, 0, step_ms), logprob))


def test_plain_speech_has_no_fault() -> None:
    passage = _passage("我是一九四零年生在翁牛特旗的", 2800)
    assert passage.faults == ()
    assert not passage.is_doubtful


def test_repetition_pace_and_doubt_are_faults() -> None:
    assert REPEATED in _passage("谢谢大家" * 12, 9600).faults
    assert TOO_FAST in _passage("我是一九四零年生在翁牛特旗的", 1000, 70).faults
    assert UNSURE in _passage("我是", 400, logprob=-1.2).faults


def test_speech_without_words_is_uncovered() -> None:
    speech = (Span(0, 10_000),)
    assert uncovered(speech, _words("我是一九四零年", 0)) == [Span(1700, 10_000)]
    assert uncovered(speech, ()) == [Span(0, 10_000)]


def test_a_word_stretched_over_a_dropped_passage_does_not_cover_it() -> None:
    words = (*_words("我是"), Word(400, 8000, "一"), *_words("九四零", 8000))
    (gap,) = uncovered((Span(0, 8600),), words)
    assert gap.start_ms < 1500 and gap.end_ms > 6900


def test_the_better_hearing_covers_more_and_repeats_less() -> None:
    whole = _passage("我是一九四零年生在翁牛特旗的", 2800)
    half = _passage("我是一九四", 2800)
    again = _passage("我是一九四零年" * 8, 2800, 50)
    assert whole.score > half.score
    assert whole.score > again.score
