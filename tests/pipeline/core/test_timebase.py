"""Milliseconds and frames find each other at every usual rate."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.core.timebase import frame_at, frames_around, time_of

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_rounded_time_finds_its_frame_again(rate):
    assert all(frame_at(time_of(frame, rate), rate) == frame for frame in range(20_000))


@pytest.mark.parametrize(
    ("ms", "frame"), [(0, 0), (1, 1), (39, 1), (40, 1), (41, 2), (1000, 25), (1001, 26)]
)
def test_a_cue_appears_on_the_first_frame_not_before_it(ms, frame):
    assert frame_at(ms, Fraction(25)) == frame


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_passage_is_widened_never_narrowed(rate):
    for start in range(0, 3000, 7):
        first, end = frames_around(start, start + 501, rate)
        assert first * 1000 / rate <= start < start + 501 <= end * 1000 / rate
