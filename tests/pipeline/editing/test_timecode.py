"""Places in a recording: what people write, and the frame it means."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.editing.edit_lists.timecode import day_frames, parse_position

PAL, NTSC, NTSC_60 = Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "frame"),
    [
        ("00:00:01:05", PAL, 30),
        ("1:00:00:00", PAL, 90_000),
        ("00:00:01.200", PAL, 30),
        ("00:00:01,200", PAL, 30),
        ("00:01", PAL, 25),
        ("12:30", PAL, 18_750),
        ("90:00", PAL, 135_000),
        ("0", PAL, 0),
        ("1.2", PAL, 30),
        ("1.21", PAL, 30),  # the nearest frame
        ("１２：３０", PAL, 18_750),  # as Chinese keyboards write it
        ("00：00：01：05", PAL, 30),
        ("00:01:00;02", NTSC, 1800),  # the first number of that minute
        ("01:00:00;00", NTSC, 107_892),
        ("01:00:00:00", NTSC, 108_000),
        ("00:01:00;04", NTSC_60, 3600),
        ("3600", NTSC, 107_892),
    ],
)
def test_what_people_write_is_one_frame(text: str, rate: Fraction, frame: int) -> None:
    assert parse_position(text).frame(rate) == frame


@pytest.mark.parametrize(
    "text",
    ["", "half past", "-1", "00:00:60:00", "00:61:00", "24:00:00:00", "00:00:00.1.2", "1e3", "1/2"],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_position(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("00:00:01:25", PAL),  # PAL counts 0 to 24
        ("00:01:00;00", NTSC),  # left out by drop-frame counting
        ("00:01:00;01", NTSC),
        ("00:00:01;05", PAL),  # there is no drop-frame at 25
        ("00:00:01;05", Fraction(30)),
    ],
)
def test_timecode_that_does_not_exist_at_the_rate_is_refused(text: str, rate: Fraction) -> None:
    with pytest.raises(ValueError):
        parse_position(text).frame(rate)


@given(
    st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 23),
    st.sampled_from([PAL, Fraction(24), NTSC, NTSC_60, Fraction(24000, 1001)]), st.booleans(),
)  # fmt: skip
def test_counting_agrees_with_opentimelineio(
    h: int, m: int, s: int, f: int, rate: Fraction, drop: bool
) -> None:
    drop = drop and rate in (NTSC, NTSC_60)
    if drop and s == 0 and m % 10 and f < 4:
        f = 4
    text = f"{h:02d}:{m:02d}:{s:02d}{';' if drop else ':'}{f:02d}"
    theirs = otio.opentime.from_timecode(text, float(rate)).to_frames()
    assert parse_position(text).frame(rate) == theirs


def test_a_day_of_drop_frame_timecode_is_a_day() -> None:
    assert day_frames(PAL, drop=False) == 24 * 3600 * 25
    assert abs(day_frames(NTSC, drop=True) / NTSC - 86_400) < Fraction(1, 10)
