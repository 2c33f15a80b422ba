"""What people type stays text; times fall on frames; lines stay inside the picture."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.captions.rules import NEVER_STARTS
from pipeline.core.timebase import time_of
from pipeline.media.ass_script import Canvas, build_script, escape, wrap_line
from pipeline.media.fonts import find_font, text_width
from pipeline.settings import load

STYLE = load().subtitle_styles["zh-tv"]
FONT = find_font(STYLE.font)
HD = Canvas(1920, 1080, Fraction(25))


def dialogues(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("Dialogue:")]
    return [line.split(",", 9) for line in lines]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (r"{\an8}上面", "\\{\\\u2060an8\\}上面"),
        (r"C:\Nacht", "C:\\\u2060Nacht"),
        ("a\tb\x07c\u2028d", "a b c d"),
        ("她说：“好”，100%", "她说：“好”，100%"),
    ],
)
def test_commands_are_written_as_text(typed, written):
    assert escape(typed) == written


def test_a_typed_line_break_starts_no_second_event():
    text = build_script([(0, 1000, "Cue", "一\nDialogue: 0,0:00:00.00")], STYLE, FONT, HD)
    (event,) = dialogues(text)
    assert event[9] == r"一\NDialogue: 0,0:00:00.00"


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60)])
def test_times_lie_between_a_frame_and_the_one_before(rate):
    for frame in (1, 2, 3, 7, 12, 803, 1001, 54321):
        start_ms, end_ms = time_of(frame, rate), time_of(frame + 1, rate)
        canvas = Canvas(1920, 1080, rate)
        (event,) = dialogues(build_script([(start_ms, end_ms, "Cue", "字")], STYLE, FONT, canvas))
        hours, minutes, seconds = event[1].split(":")
        written_ms = (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)
        # Not at the frame's own time: ffmpeg may take that for a millisecond less.
        assert (frame - 1) * 1000 // rate < written_ms < frame * 1000 / rate


def test_a_cue_shorter_than_a_frame_is_not_written():
    assert dialogues(build_script([(1001, 1030, "Cue", "字")], STYLE, FONT, HD)) == []


def test_the_em_is_five_per_cent_of_the_height():
    style = next(
        x for x in build_script([], STYLE, FONT, HD).splitlines() if x.startswith("Style: Cue")
    )
    assert float(style.split(",")[2]) / FONT.line_height == pytest.approx(54.0, abs=0.01)


def test_an_upright_picture_has_room_for_the_longest_line_allowed():
    upright = Canvas(1080, 1920, Fraction(25))
    text = build_script([(0, 1000, "Cue", "字" * (STYLE.max_chars - 1))], STYLE, FONT, upright)
    assert r"\N" not in dialogues(text)[0][9]


@pytest.mark.parametrize("line", ["很长的话，" * 20, "word " * 60, "x" * 200, "1958年" * 30])
def test_long_lines_are_broken_inside_the_picture(line):
    parts = list(wrap_line(line, FONT, 20.0))
    assert len(parts) > 1
    assert "".join(parts).replace(" ", "") == line.replace(" ", "")
    assert all(part[0] not in NEVER_STARTS for part in parts)
    assert all(text_width(FONT, part) <= 20.0 + 1 for part in parts)  # one hanging mark


def test_short_lines_stay_as_they_are():
    assert list(wrap_line("我在赤峰图书馆工作", FONT, 20.0)) == ["我在赤峰图书馆工作"]
