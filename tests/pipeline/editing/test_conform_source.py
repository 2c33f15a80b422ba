"""Rates and pictures: what is taken for what, and which recording decides."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.core.timebase import timescale
from pipeline.editing.conform import Cut, choose_format, open_footage
from pipeline.editing.conform.source import Footage, standard_rate

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("rate", "nearest", "standard"),
    [
        (Fraction(2997, 100), False, NTSC),
        (Fraction(5000000, 208333), False, Fraction(24)),
        (Fraction(15), False, Fraction(15)),
        (Fraction(24000, 1001), False, Fraction(24000, 1001)),
        (Fraction(288, 10), True, Fraction(30000, 1001)),
        (Fraction(21), True, Fraction(24000, 1001)),
        (Fraction(59), True, Fraction(60000, 1001)),
    ],
)
def test_the_rate_that_is_meant(rate: Fraction, nearest: bool, standard: Fraction) -> None:
    assert standard_rate(rate, nearest=nearest) == standard


@pytest.fixture(scope="module")
def main(clip: Path) -> Footage:
    return open_footage(clip, "main.mp4", "a" * 64)


@pytest.fixture(scope="module")
def insert(main: Footage) -> Footage:
    return replace(main, name="insert.mp4", sha256="b" * 64, width=3840, height=2161, rate=NTSC)


def test_the_recording_that_gives_most_decides(main: Footage, insert: Footage) -> None:
    cuts = [Cut(insert, 0, 30), Cut(main, 0, 20), Cut(main, 40, 50)]
    frame = choose_format(cuts, "source")
    assert (frame.width, frame.height, frame.rate) == (320, 180, 25)
    assert choose_format(cuts[:2], "source").rate == NTSC
    assert choose_format(cuts[:2], "source").height == 2160  # even


def test_where_two_give_as_much_the_first_decides(main: Footage, insert: Footage) -> None:
    other = replace(insert, rate=main.rate)
    assert choose_format([Cut(main, 0, 25), Cut(other, 0, 25)], "source").width == 320
    assert choose_format([Cut(other, 0, 25), Cut(main, 0, 25)], "source").width == 3840


@pytest.mark.parametrize(
    ("wanted", "rate"),
    [
        (29.97, NTSC),
        (25, Fraction(25)),
        (23.98, Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_a_rate_demanded_is_the_one_people_mean(
    main: Footage, wanted: float, rate: Fraction
) -> None:
    frame = choose_format([Cut(main, 0, 25)], wanted)
    assert frame.rate == rate
    assert timescale(rate) % rate.numerator == 0


def test_frames_are_counted_by_the_clock_where_the_container_does_not(
    clip: Path, clip_mkv: Path, main: Footage
) -> None:
    assert main.frames == 100
    assert open_footage(clip_mkv, "clip.mkv", "c" * 64).frames == pytest.approx(100, abs=1)
