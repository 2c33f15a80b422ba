"""What is withheld is withheld: passages, cues and speech around them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.words import Word
from pipeline.core.files import write_json
from pipeline.core.timebase import frame_at
from pipeline.errors import FormError
from pipeline.media.redaction import RedactedRange, RedactionPlan, read_restrictions, subtract_spans

RATE = Fraction(25)


def withheld(*wishes, total=500):
    return RedactionPlan.of(wishes, RATE, total)


def shown(passages, cues, words=()):
    """Return the cues that stay, of those that could be half a second long."""
    stay, _gone = passages.cues(cues, words, 500)
    return stay


def test_a_passage_is_widened_to_whole_frames():
    assert withheld(((1001, 1999), "mask")).passages == (RedactedRange(25, 50, "mask"),)


def test_passages_that_touch_become_one_and_the_cut_wins():
    found = withheld(((0, 2000), "mask"), ((1000, 1400), "cut"), ((2000, 2400), "mask"))
    assert found.passages == (
        RedactedRange(0, 25, "mask"),
        RedactedRange(25, 35, "cut"),
        RedactedRange(35, 60, "mask"),
    )


def test_a_passage_beyond_the_end_ends_with_the_picture():
    found = withheld(((19_000, 99_000), "mask"), ((30_000, 31_000), "cut"))
    assert found.passages == (RedactedRange(475, 500, "mask"),)


def test_frames_and_times_move_up_by_what_is_cut():
    found = withheld(((2000, 4000), "cut"), ((10_000, 11_000), "cut"))
    assert found.kept == ((0, 50), (100, 250), (275, 500))
    assert found.frames == 425
    assert found.duration_ms == 17_000
    assert [found.after_ms(ms) for ms in (1000, 2000, 4000, 12_000)] == [1000, 2000, 2000, 9000]
    before = [found.source_frame(n) for n in (0, 49, 50, 199, 200, 424)]
    assert before == [0, 49, 100, 249, 275, 499]
    assert found.cut_points_ms() == (2000, 8000)


def test_times_after_cutting_still_find_their_frames_at_uneven_rates():
    rate = Fraction(30000, 1001)
    found = RedactionPlan.of([((1000, 2345), "cut")], rate, 3000)
    first, end = found.cuts[0].first, found.cuts[0].end
    for ms in range(2400, 60_000, 333):
        assert frame_at(found.after_ms(ms), rate) == frame_at(ms, rate) - (end - first)


def test_cues_inside_go_and_others_stay_untouched():
    cues = [Cue(0, 900, "前"), Cue(1000, 2000, "秘密"), Cue(2100, 3000, "后")]
    stay, gone = withheld(((1000, 2000), "mask")).cues(cues, [], 500)
    assert (stay, gone) == ([cues[0], cues[2]], [cues[1]])


def test_a_cue_with_a_word_inside_goes_altogether():
    cues = [Cue(0, 1200, "前面 名")]
    words = [Word(0, 900, "前面"), Word(1010, 1190, "名")]
    passages = withheld(((1000, 2000), "mask"))
    assert shown(passages, cues, words) == []
    assert not passages.covers(cues[0]) and passages.covers(Cue(1000, 2000, "名"))


def test_a_cue_that_only_reaches_over_the_edge_is_shortened():
    cues = [Cue(0, 1200, "前面"), Cue(1900, 3000, "后面")]
    words = [Word(0, 900, "前面"), Word(2100, 2900, "后面")]
    assert shown(withheld(((1000, 2000), "mask")), cues, words) == [
        Cue(0, 1000, "前面"),
        Cue(2000, 3000, "后面"),
    ]


def test_a_cue_that_reaches_far_in_goes_even_without_known_words():
    assert shown(withheld(((1000, 2000), "mask")), [Cue(0, 1400, "前面")]) == []


def test_a_cue_that_would_become_too_short_goes():
    assert shown(withheld(((1000, 2000), "mask")), [Cue(700, 1200, "前面")]) == []


def test_a_cut_moves_the_cues_behind_it():
    found = withheld(((1000, 2000), "cut"))
    assert shown(found, [Cue(2000, 3000, "后"), Cue(0, 1000, "前")]) == [
        Cue(1000, 2000, "后"),
        Cue(0, 1000, "前"),
    ]


def test_speech_is_what_is_left_of_it():
    found = withheld(((1000, 2000), "mask"), ((4000, 5000), "cut"))
    assert found.speech([(500, 4500), (5000, 6000)]) == ((500, 1000), (2000, 4000), (4000, 5000))


def test_speech_of_cues_left_out_asks_for_no_subtitles():
    found = withheld(((1000, 2000), "mask"))
    assert found.speech([(0, 5000)], [Cue(1800, 3000, "一半")]) == ((0, 1000), (3000, 5000))


def test_without_leaves_what_lies_outside():
    assert subtract_spans([(0, 10), (20, 30)], [(25, 40), (2, 3), (5, 8)]) == [
        (0, 2), (3, 5), (8, 10), (20, 25),
    ]  # fmt: skip


def test_restrictions_are_read_with_the_settings_action_where_none_is_given(tmp_path):
    told = {
        "withheld": [
            {"start_ms": 1, "end_ms": 2, "reason": "家事", "action": None},
            {"start_ms": 3, "end_ms": 4, "reason": "家事", "action": "cut"},
        ]
    }
    path = write_json(tmp_path / "restrictions.json", told)
    assert read_restrictions(path, "mask") == (((1, 2), "mask"), ((3, 4), "cut"))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"withheld": [{"start_ms": 5, "end_ms": 5, "action": None}]},
        {"withheld": [{"start_ms": 1, "end_ms": 5, "action": "blur"}]},
        {"withheld": [{"start_ms": "x", "end_ms": 5}]},
    ],
)
def test_restrictions_that_make_no_sense_are_refused(tmp_path, told):
    with pytest.raises(FormError, match="ithheld"):
        read_restrictions(write_json(tmp_path / "restrictions.json", told), "mask")
