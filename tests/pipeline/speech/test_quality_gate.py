"""What is repeated, too fast, unsure or missing is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.words import Word
from pipeline.speech.engines.base import RecognisedWindow
from pipeline.speech.quality_gate import REPEATED, TOO_FAST, UNSURE, WindowResult, uncovered_speech
from pipeline.speech.vad import Span


def _words(text: str, start_ms: int = 0, step_ms: int = 200) -> tuple[Word, ...]:
    return tuple(
        Word(start_ms + i * step_ms, start_ms + (i + 1) * step_ms, c) for i, c in enumerate(text)
    )


def _passage(text: str, length_ms: int, step_ms: int = 200, logprob: float = -0.3) -> WindowResult:
    span = Span(0, length_ms)
    return WindowResult(span, (span,), RecognisedWindow(_words(text, 0, step_ms), logprob))


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
    assert uncovered_speech(speech, _words("我是一九四零年", 0)) == [Span(1700, 10_000)]
    assert uncovered_speech(speech, ()) == [Span(0, 10_000)]


def test_a_word_stretched_over_a_dropped_passage_does_not_cover_it() -> None:
    words = (*_words("我是"), Word(400, 8000, "一"), *_words("九四零", 8000))
    (gap,) = uncovered_speech((Span(0, 8600),), words)
    assert gap.start_ms < 1500 and gap.end_ms > 6900


def test_the_better_hearing_covers_more_and_repeats_less() -> None:
    whole = _passage("我是一九四零年生在翁牛特旗的", 2800)
    half = _passage("我是一九四", 2800)
    again = _passage("我是一九四零年" * 8, 2800, 50)
    assert whole.score > half.score
    assert whole.score > again.score


_TIMES = st.integers(0, 20_000)
_SPEECH = st.lists(_TIMES, max_size=8, unique=True).map(
    lambda edges: tuple(Span(a, b) for a, b in zip(*[iter(sorted(edges))] * 2, strict=False))
)
_WORDS = st.lists(st.tuples(_TIMES, st.integers(0, 4000)), max_size=8)


@given(_SPEECH, _WORDS)
def test_every_second_of_speech_is_near_a_word_or_uncovered(
    speech: tuple[Span, ...], times: list[tuple[int, int]]
) -> None:
    words = tuple(Word(start, start + length, "字") for start, length in times)
    gaps = uncovered_speech(speech, words)
    for gap in gaps:
        assert any(s.start_ms <= gap.start_ms and gap.end_ms <= s.end_ms for s in speech)
        assert not any(gap.start_ms < w.start_ms + 1 and w.start_ms < gap.end_ms for w in words)
    for span in speech:
        for at in range(span.start_ms, span.end_ms - 1000, 500):
            second = Span(at, at + 1000)
            near = any(
                w.start_ms - 300 < second.end_ms and w.end_ms + 300 > second.start_ms for w in words
            )
            assert near or any(
                gap.start_ms < second.end_ms and gap.end_ms > second.start_ms for gap in gaps
            )
