"""What changed between two versions is told as a person would tell it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.cues import Cue, shift_cues
from pipeline.captions.revision.diff import changes, markdown, pieces

OLD = [
    Cue(1000, 3000, "我是一九五八年"),
    Cue(3100, 5000, "到乌兰木骑的"),
    Cue(6000, 8000, "那时候我们坐着马车下乡演出"),
    Cue(9000, 9900, "对"),
    Cue(10000, 12000, "后来就到了文化馆"),
]


def kinds(new: list[Cue]) -> list[str]:
    return [change.kind for change in changes(OLD, new)]


def test_equal_versions_have_no_changes() -> None:
    assert changes(OLD, list(OLD)) == []
    assert markdown([]) == ""


def test_a_corrected_word() -> None:
    (change,) = changes(OLD, [OLD[0], Cue(3100, 5000, "到乌兰牧骑的"), *OLD[2:]])
    assert change.kind == "text"
    assert change.pieces == (("same", "到乌兰"), ("gone", "木"), ("new", "牧"), ("same", "骑的"))


def test_a_cue_split_in_two() -> None:
    halves = [Cue(6000, 7000, "那时候我们"), Cue(7000, 8000, "坐着马车下乡演出")]
    (change,) = changes(OLD, [*OLD[:2], *halves, *OLD[3:]])
    assert (change.kind, change.old, change.new) == ("split", (OLD[2],), tuple(halves))


def test_two_cues_joined_and_corrected() -> None:
    (change,) = changes(OLD, [Cue(1000, 5000, "我是一九五八年到乌兰牧骑的"), *OLD[2:]])
    assert (change.kind, change.old) == ("text", tuple(OLD[:2]))


def test_removed_added_moved_and_rebroken() -> None:
    assert kinds([*OLD[:3], OLD[4]]) == ["removed"]
    assert kinds([*OLD[:3], Cue(8100, 8900, "真的"), *OLD[3:]]) == ["added"]
    assert kinds([*OLD[:4], Cue(10500, 12000, OLD[4].text)]) == ["time"]
    assert kinds([*OLD[:2], Cue(6000, 8000, "那时候我们\n坐着马车下乡演出"), *OLD[3:]]) == ["lines"]


def test_a_shifted_version_changes_only_its_times() -> None:
    assert {change.kind for change in changes(OLD, shift_cues(OLD, 7000))} == {"time"}


def test_a_wholly_replaced_text_stays_with_its_time() -> None:
    (change,) = changes(OLD, [*OLD[:3], Cue(9000, 9900, "是"), OLD[4]])
    assert (change.kind, change.old_text, change.new_text) == ("text", "对", "是")


def test_markdown_shows_what_went_and_what_came() -> None:
    found = changes(OLD, [OLD[0], Cue(3100, 5000, "到乌兰|牧骑的"), *OLD[2:]])
    assert "| 到乌兰~~木~~骑的 | 到乌兰**\\|牧**骑的 |" in markdown(found)


@given(st.text("一二三 四|", max_size=20), st.text("一二三 四|", max_size=20))
def test_pieces_hold_both_texts(old: str, new: str) -> None:
    found = pieces(old, new)
    assert "".join(text for kind, text in found if kind != "new") == old
    assert "".join(text for kind, text in found if kind != "gone") == new


cues = st.lists(
    st.tuples(
        st.integers(1, 2000),
        st.integers(1, 3000),
        st.text("我们对的年去", min_size=1, max_size=6),
    ),
    max_size=8,
)


@given(cues, cues)
def test_changes_cover_both_versions(
    old: list[tuple[int, int, str]], new: list[tuple[int, int, str]]
) -> None:
    a, b = built(old), built(new)
    found = changes(a, b)
    kept_old = [cue for cue in a if not any(cue in change.old for change in found)]
    kept_new = [cue for cue in b if not any(cue in change.new for change in found)]
    assert kept_old == kept_new


def built(spans: list[tuple[int, int, str]]) -> list[Cue]:
    made, now = [], 0
    for pause, length, text in spans:
        made.append(Cue(now + pause, now + pause + length, text))
        now += pause + length
    return made
