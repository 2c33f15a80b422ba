"""Withheld passages follow their words into a film that was cut anew, or are said to be lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.cues import Cue
from pipeline.captions.revision.follow import PassageFinder

WORDS = [
    "我出生在乌丹镇", "那年冬天特别冷", "父亲在合作社上班", "后来我考上了师范",
    "家里的事不想说", "他借的钱没有还", "一九七八年回到赤峰", "在文化馆教唱歌",
]  # fmt: skip


def film(texts=WORDS, start=1000, every=3000, length=2500):
    return [
        Cue(start + n * every, start + n * every + length, text) for n, text in enumerate(texts)
    ]


def moved(cues, by):
    return [replace(c, start_ms=c.start_ms + by, end_ms=c.end_ms + by) for c in cues]


def test_nothing_changed():
    assert PassageFinder(film(), film()).find(13_100, 18_000) == (13_100, 18_000)


def test_words_move_with_the_beginning_cut_away():
    new = moved(film()[1:], -4_000)
    assert PassageFinder(film(), new).find(12_900, 18_500) == (8_900, 14_500)


def test_a_correction_of_the_words_keeps_the_passage():
    new = [replace(c, text=c.text.replace("借的钱", "借的前")) for c in film()]
    assert PassageFinder(film(), new).find(13_000, 18_500) == (13_000, 18_500)


def test_a_cue_cut_into_two_is_taken_whole():
    old = film()
    halves = [
        replace(old[4], end_ms=14_200, text="家里的事"),
        replace(old[4], start_ms=14_200, text="不想说"),
    ]
    assert PassageFinder(old, [*old[:4], *halves, *old[5:]]).find(13_000, 18_500) == (
        13_000,
        18_500,
    )


def test_half_of_it_gone_or_all_of_it_is_lost_not_guessed():
    old = film()
    assert PassageFinder(old, [*old[:4], *moved(old[5:], -3000)]).find(13_000, 18_500) is None
    assert PassageFinder(old, [*old[:4], *moved(old[6:], -6000)]).find(13_000, 18_500) is None


def test_said_again_elsewhere_is_lost():
    old = film()
    again = [*old, replace(old[4], start_ms=30_000, end_ms=32_500)]
    assert PassageFinder(old, again).find(13_000, 15_500) is None


def test_without_words_it_stays_between_its_neighbours():
    old = film()
    old[4:6] = []
    new = moved(old[1:], -3_000)
    assert PassageFinder(old, new).find(13_000, 15_000) == (10_000, 12_000)
    stretched = [*new[:3], *moved(new[3:], 500)]
    assert PassageFinder(old, stretched).find(13_000, 15_000) is None


@given(
    kept=st.lists(st.booleans(), min_size=8, max_size=8),
    shift=st.integers(-900, 20_000),
    first=st.integers(0, 7),
    length=st.integers(1, 3),
)
def test_whatever_is_cut_the_secret_is_inside_or_said_to_be_lost(kept, shift, first, length):
    old = film()
    secret = old[first : first + length]
    at, new = shift, []
    for cue, keep in zip(old, kept, strict=True):
        if keep:
            new.append(replace(cue, start_ms=at + 1000, end_ms=at + 3500))
            at += 3000
    found = PassageFinder(old, new).find(secret[0].start_ms, secret[-1].end_ms)
    spoken = [cue for cue in new if cue.text in {s.text for s in secret}]
    assert (found is not None) == (len(spoken) == len(secret))
    if found is not None:
        assert all(found[0] <= cue.start_ms and cue.end_ms <= found[1] for cue in spoken)
