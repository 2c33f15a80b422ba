"""When titles are shown: at both ends, after the first words, never over what is withheld."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as some

from pipeline.captions.cues import Cue
from pipeline.core.timebase import frame_at
from pipeline.media.redaction import RedactionPlan
from pipeline.media.titles.timing import opening_and_closing, title_times
from tests.pipeline.media.titles.test_title_text import titles

RATE = Fraction(25)
ALL = titles(show=["opening", "strap", "closing"])
CUES = [Cue(8000, 9000, "问", "采访者"), Cue(10_000, 12_000, "答", "受访者")]


def withheld(*wishes, seconds: int = 60, rate: Fraction = RATE) -> RedactionPlan:
    return RedactionPlan.of(wishes, rate, int(seconds * rate))


def test_they_stand_at_both_ends_and_after_the_interviewees_first_words():
    assert title_times(ALL, CUES, withheld()) == {
        "opening": (0, 5000), "closing": (54_000, 60_000), "strap": (10_520, 16_520)
    }  # fmt: skip
    assert opening_and_closing(ALL, CUES, withheld()) == ((0, 5000), (54_000, 60_000))


def test_where_nobody_is_told_apart_the_first_words_of_all_count():
    open_ = [Cue(c.start_ms, c.end_ms, c.text) for c in CUES]
    assert title_times(ALL, open_, withheld())["strap"] == (8520, 14_520)


def test_a_strap_waits_until_the_opening_is_gone():
    assert title_times(ALL, [Cue(1000, 2000, "早")], withheld())["strap"] == (5520, 11_520)


def test_without_words_there_is_no_strap_and_without_show_nothing():
    assert set(title_times(ALL, [], withheld())) == {"opening", "closing"}
    assert title_times(titles(), CUES, withheld()) == {}


def test_none_takes_more_than_a_quarter_and_none_is_a_flash():
    found = title_times(ALL, [Cue(0, 900, "短")], withheld(seconds=8))
    assert found == {"opening": (0, 2000), "closing": (6000, 8000), "strap": (2520, 4520)}
    assert title_times(ALL, [Cue(0, 900, "短")], withheld(seconds=3)) == {}


def test_they_go_out_of_the_way_of_masks():
    found = title_times(ALL, CUES, withheld(((1000, 3000), "mask"), ((56_000, 58_000), "mask")))
    assert found["opening"] == (3000, 8000)
    assert found["closing"] == (50_000, 56_000)


def test_they_keep_off_the_joint_where_a_passage_was_cut_out():
    found = title_times(ALL, CUES, withheld(((2000, 4000), "cut")))
    assert found["opening"] == (2040, 7040)


passage = some.tuples(
    some.tuples(some.integers(0, 39_000), some.integers(1, 9000)).map(lambda p: (p[0], sum(p))),
    some.sampled_from(["mask", "cut"]),
)


@given(some.lists(passage, max_size=6), some.sampled_from([RATE, Fraction(30000, 1001)]))
def test_no_title_is_ever_over_what_is_withheld_or_over_another(wishes, rate):
    gone = withheld(*wishes, seconds=40, rate=rate)
    shown = [Cue(500, 900, "一")] if gone.frames else []
    found = sorted(title_times(ALL, shown, gone).values())
    frames = [range(frame_at(a, rate), frame_at(b, rate)) for a, b in found]
    taken = {
        n for a, b in gone.output_masks_ms() for n in range(frame_at(a, rate), frame_at(b, rate))
    }
    taken |= {frame_at(ms, rate) - side for ms in gone.cut_points_ms() for side in (0, 1)}
    for number, those in enumerate(frames):
        assert not taken & set(those)
        assert those.start >= 0 and those.stop <= gone.frames and len(those) >= 25
        assert number == 0 or frames[number - 1].stop <= those.start
