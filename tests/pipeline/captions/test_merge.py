"""A person's corrections survive every new draft."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.cues import Cue, shift_cues
from pipeline.captions.revision.alignment import bare_text
from pipeline.captions.revision.merge import merge

BASE = [
    Cue(1000, 3000, "我是一九五八年"),
    Cue(3100, 5000, "到乌兰木骑的"),
    Cue(6000, 8000, "那时候我们坐着马车下乡演出"),
    Cue(9000, 9900, "对"),
    Cue(10000, 12000, "后来就到了文化馆"),
]


def changed(cues: list[Cue], index: int, text: str) -> list[Cue]:
    return [*cues[:index], replace(cues[index], text=text), *cues[index + 1 :]]


def test_corrections_move_with_a_picture_cut_anew() -> None:
    ours = changed(BASE, 1, "到乌兰牧骑的")
    assert list(merge(BASE, ours, shift_cues(BASE, 4000)).cues) == shift_cues(ours, 4000)


def test_a_split_cue_stays_split_at_its_new_time() -> None:
    halves = [Cue(6000, 7000, "那时候我们"), Cue(7000, 8000, "坐着马车下乡演出")]
    merged = merge(BASE, [*BASE[:2], *halves, *BASE[3:]], shift_cues(BASE, 500))
    assert list(merged.cues[2:4]) == shift_cues(halves, 500)
    assert merged.conflicts == ()


def test_cues_a_person_joined_stay_joined() -> None:
    one = Cue(1000, 5000, "我是一九五八年到乌兰牧骑的")
    merged = merge(BASE, [one, *BASE[2:]], shift_cues(BASE, 500))
    assert list(merged.cues) == shift_cues([one, *BASE[2:]], 500)


def test_an_added_cue_keeps_its_distance_to_its_neighbours() -> None:
    added = Cue(8100, 8900, "真的")
    theirs = [*BASE[:3], *shift_cues(BASE[3:], 60_000)]
    merged = merge(BASE, [*BASE[:3], added, *BASE[3:]], theirs)
    assert added in merged.cues
    assert merged.conflicts == ()


def test_a_removed_cue_stays_removed() -> None:
    merged = merge(BASE, [*BASE[:3], BASE[4]], shift_cues(BASE, 500))
    assert list(merged.cues) == shift_cues([*BASE[:3], BASE[4]], 500)


def test_both_sides_of_different_passages_are_taken() -> None:
    merged = merge(BASE, changed(BASE, 1, "到乌兰牧骑的"), changed(BASE, 4, "后来就到了文化站"))
    assert [cue.text for cue in merged.cues][1::3] == ["到乌兰牧骑的", "后来就到了文化站"]
    assert merged.conflicts == ()


def test_the_same_correction_on_both_sides_is_no_conflict() -> None:
    same = changed(BASE, 1, "到乌兰牧骑的")
    merged = merge(BASE, changed(same, 0, "我是1958年"), changed(same, 4, "后来到了文化馆"))
    assert [cue.text for cue in merged.cues][:2] == ["我是1958年", "到乌兰牧骑的"]
    assert merged.conflicts == ()


def test_where_both_changed_the_person_wins_and_is_told() -> None:
    merged = merge(BASE, changed(BASE, 1, "到乌兰牧骑的"), changed(BASE, 1, "到了乌兰慕骑的"))
    assert merged.cues[1].text == "到乌兰牧骑的"
    (conflict,) = merged.conflicts
    assert (conflict.ours, conflict.theirs, conflict.kept) == (
        "到乌兰牧骑的",
        "到了乌兰慕骑的",
        True,
    )
    assert (conflict.start_ms, conflict.end_ms) == (3100, 5000)


def test_a_correction_of_what_was_cut_from_the_picture_is_kept_as_a_conflict() -> None:
    ours = changed(BASE, 2, "那时我们坐马车下乡")
    theirs = [*BASE[:2], *shift_cues(BASE[3:], -3500)]
    merged = merge(BASE, ours, theirs)
    assert list(merged.cues) == theirs
    assert [(c.ours, c.theirs, c.kept) for c in merged.conflicts] == [
        ("那时我们坐马车下乡", "", False)
    ]


def test_a_correction_of_what_the_new_draft_did_not_hear_stays() -> None:
    ours = changed(BASE, 2, "那时我们坐马车下乡")
    merged = merge(BASE, ours, [*BASE[:2], *BASE[3:]])
    assert list(merged.cues) == ours
    assert len(merged.conflicts) == 1


def test_a_new_passage_of_the_draft_comes_in() -> None:
    theirs = [Cue(0, 900, "您好"), *BASE]
    merged = merge(BASE, changed(BASE, 1, "到乌兰牧骑的"), theirs)
    assert [cue.text for cue in merged.cues][:3] == ["您好", "我是一九五八年", "到乌兰牧骑的"]


def test_moved_times_of_the_person_meet_new_text_of_the_draft() -> None:
    ours = [*BASE[:4], Cue(10300, 12500, BASE[4].text)]
    merged = merge(BASE, ours, changed(BASE, 4, "后来就到了文化站"))
    assert merged.cues[4] == Cue(10300, 12500, "后来就到了文化站")


def test_a_draft_cut_otherwise_gives_its_text_to_the_cues_the_person_left() -> None:
    base = [
        Cue(0, 2000, "那时候我们坐马车"),
        Cue(2100, 4000, "下乡去眼出"),
        Cue(4100, 6000, "一走半个月"),
    ]
    ours = [Cue(0, 2000, "那时候我们坐着马车"), *base[1:]]
    theirs = [
        Cue(0, 1500, "那时候我们"),
        Cue(1600, 5000, "坐马车下乡去演出一走"),
        Cue(5100, 6000, "半个月"),
    ]
    merged = merge(base, ours, theirs)
    assert [cue.text for cue in merged.cues] == ["那时候我们坐着马车", "下乡去演出", "一走半个月"]
    assert merged.conflicts == ()


def test_only_the_cue_both_changed_is_a_conflict() -> None:
    base = [Cue(0, 2000, "那时候我们坐马车"), Cue(2100, 4000, "下乡去眼出")]
    theirs = [Cue(0, 1500, "那时候我们"), Cue(1600, 4000, "坐骡车下乡去演出")]
    merged = merge(base, [Cue(0, 2000, "那时候我们坐牛车"), base[1]], theirs)
    assert [cue.text for cue in merged.cues] == ["那时候我们坐牛车", "下乡去演出"]
    assert [(c.ours, c.theirs) for c in merged.conflicts] == [
        ("那时候我们坐牛车", "那时候我们坐骡车")
    ]


def test_passages_said_over_and_over_find_their_own() -> None:
    """Recognisers loop; a correction of one repetition must not move to another."""
    base = [Cue(i * 1000, i * 1000 + 900, "谢谢大家") for i in range(20)]
    ours = changed(base, 12, "谢谢各位")
    later = shift_cues(base, 3300)
    assert list(merge(base, ours, later).cues) == shift_cues(ours, 3300)


spans = st.lists(
    st.tuples(
        st.integers(1, 2000),
        st.integers(200, 3000),
        st.text("我们对的年去", min_size=1, max_size=6),
    ),
    max_size=7,
)
edits = st.lists(
    st.tuples(
        st.sampled_from(["text", "remove", "add", "split", "join", "shift", "cut"]),
        st.integers(0, 6),
        st.text("甲乙丙丁戊我们", min_size=1, max_size=4),
    ),
    max_size=4,
)


def built(drawn: list[tuple[int, int, str]]) -> list[Cue]:
    made, now = [], 0
    for pause, length, text in drawn:
        made.append(Cue(now + pause, now + pause + length, text))
        now += pause + length
    return made


def edited(cues: list[Cue], drawn: list[tuple[str, int, str]]) -> list[Cue]:
    """Do to the cues what people and new recognitions do."""
    cues = list(cues)
    for kind, index, text in drawn:
        if kind == "add":
            at = cues[-1].end_ms if cues else 0
            cues.append(Cue(at + 100, at + 1100, text))
        if index >= len(cues):
            continue
        cue = cues[index]
        if kind == "text":
            half = len(cue.text) // 2
            cues[index] = replace(cue, text=cue.text[:half] + text)
        elif kind == "remove":
            del cues[index]
        elif kind == "split" and len(cue.text) > 1:
            middle = (cue.start_ms + cue.end_ms) // 2
            cues[index : index + 1] = [
                replace(cue, end_ms=middle, text=cue.text[:1]),
                replace(cue, start_ms=middle, text=cue.text[1:]),
            ]
        elif kind == "join" and index + 1 < len(cues):
            after = cues[index + 1]
            cues[index : index + 2] = [
                replace(cue, end_ms=after.end_ms, text=cue.text + after.text)
            ]
        elif kind == "shift":
            cues[index:] = shift_cues(cues[index:], 700)
        elif kind == "cut":
            gone = cues.pop(index)
            cues[index:] = shift_cues(cues[index:], -gone.duration_ms)
    return cues


@given(spans, edits, edits)
def test_nothing_a_person_typed_is_lost(
    drawn: list[tuple[int, int, str]],
    by_person: list[tuple[str, int, str]],
    by_machine: list[tuple[str, int, str]],
) -> None:
    base = built(drawn)
    ours, theirs = edited(base, by_person), edited(base, by_machine)
    merged = merge(base, ours, theirs)
    there = [bare_text([cue]) for cue in merged.cues]
    there += ["".join(conflict.ours.split()) for conflict in merged.conflicts]
    before = bare_text(base)
    for cue in ours:
        typed = bare_text([cue])
        if typed not in before:
            assert any(typed in text for text in there)
    assert all(cue.start_ms < cue.end_ms for cue in merged.cues)
    assert list(merged.cues) == sorted(merged.cues, key=lambda c: (c.start_ms, c.end_ms))


@given(spans, edits)
def test_one_sided_changes_come_through_whole(
    drawn: list[tuple[int, int, str]], by_one: list[tuple[str, int, str]]
) -> None:
    base = built(drawn)
    other = edited(base, by_one)
    assert list(merge(base, other, base).cues) == other
    assert list(merge(base, base, other).cues) == other
    assert merge(base, other, other).conflicts == ()


@given(spans, edits)
def test_a_shifted_draft_takes_every_correction_along(
    drawn: list[tuple[int, int, str]], by_person: list[tuple[str, int, str]]
) -> None:
    base = built(drawn)
    ours = edited(base, [edit for edit in by_person if edit[0] not in ("shift", "cut")])
    merged = merge(base, ours, shift_cues(base, 5000))
    assert [bare_text([cue]) for cue in merged.cues] == [bare_text([cue]) for cue in ours]
    assert merged.conflicts == ()
