"""Words a recogniser put into one moment get the time they take; all others keep theirs."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.captions.segmentation.word_timing import spread_words
from pipeline.captions.words import Word


def test_possible_times_stay_as_they_are() -> None:
    words = [Word(0, 120, "我们"), Word(200, 400, " village"), Word(1000, 1060, "对")]
    assert spread_words(words) == words


def test_a_bunch_is_spread_over_the_time_around_it() -> None:
    words = [Word(0, 400, "我们"), *(Word(600, 600, c) for c in "那时候"), Word(1000, 1200, "好")]
    assert [(w.start_ms, w.end_ms) for w in spread_words(words)] == [
        (0, 400),
        (540, 600),
        (600, 660),
        (660, 720),
        (1000, 1200),
    ]


def test_the_first_word_after_a_pause_stays() -> None:
    words = [Word(0, 400, "我们"), *(Word(2000, 2000, c) for c in "那时候很高兴")]
    starts = [word.start_ms for word in spread_words(words)]
    assert starts[0] == 0
    assert abs(starts[1] - 2000) <= 1
    assert all(b - a in (59, 60, 61) for a, b in pairwise(starts[1:]))


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 500), st.sampled_from("我a1。"))))
@example([(0, 0, "我"), (60, 0, "我")])
def test_any_times_become_possible_and_keep_their_order(spoken: list[tuple[int, int, str]]) -> None:
    words = [Word(start, start + length, text) for start, length, text in spoken]
    least = {"我": 60, "1": 60, "a": 20, "。": 0}
    made = spread_words(words)
    assert [word.text for word in made] == [word.text for word in words]
    for word, after in pairwise(made):
        assert after.start_ms - word.start_ms >= least[word.text] - 1
        assert word.end_ms >= word.start_ms + least[word.text] - 1
    assert spread_words(words) == made
