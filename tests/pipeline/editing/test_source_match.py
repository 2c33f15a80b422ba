"""From names and times to originals and frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from pipeline.editing.edit_lists import (
    FrameRange,
    Line,
    Reel,
    find_source,
    only_by_timecode,
    resolve_frames,
)
from pipeline.editing.edit_lists.timecode import parse_position
from pipeline.errors import FormError

PAL = Fraction(25)


@dataclass(frozen=True)
class Original:
    name: str
    sha256: str


ONE = Original("C0001.MP4", "a" * 64)
TWO = Original("采访 二.mov", "b" * 64)
SAME = Original("C0001.MOV", "c" * 64)
# As macOS stores it: the accent is a character of its own.
APART = Original("Andre\u0301.mp4", "d" * 64)


def line(*names: str, in_: str = "", out: str = "") -> Line:
    return Line(
        7, 1, names, parse_position(in_) if in_ else None, parse_position(out) if out else None
    )


@pytest.mark.parametrize(
    ("names", "original"),
    [
        (("C0001.MP4",), ONE),
        (("c0001.mp4",), ONE),
        (("采访 二",), TWO),
        (("Andr\u00e9",), APART),
        (("no such clip", "C0001.MP4"), ONE),  # an EDL's clip name, then its reel
        (("bbbbbbbb",), TWO),
    ],
)
def test_a_source_is_found_as_people_name_it(names: tuple[str, ...], original: Original) -> None:
    assert find_source(line(*names), [ONE, TWO, APART], "list.csv") is original


def test_the_same_file_twice_is_one_source() -> None:
    assert find_source(line("C0001"), [ONE, ONE], "list.csv") == ONE


def test_an_unknown_source_lists_what_there_is() -> None:
    with pytest.raises(FormError, match=r"list.csv, line 7: .*“C0009”.*C0001.MP4, 采访 二.mov"):
        find_source(line("C0009"), [ONE, TWO], "list.csv")


def test_two_of_a_name_are_not_guessed_between() -> None:
    with pytest.raises(FormError, match=r"may be any of.*aaaaaaaaaaaa.*cccccccccccc"):
        find_source(line("C0001"), [ONE, SAME], "list.csv")
    assert find_source(line("cccccccc"), [ONE, SAME], "list.csv") is SAME


SECOND = Original("C0001 (card 2).MP4", "e" * 64)


@pytest.mark.parametrize(
    "names",
    [
        ("C0001 (card 2).MP4",),
        ("C0001 (card 2)",),
        ("card 2/C0001.MP4",),
        ("D:\\shoot\\CARD 2\\C0001.MP4",),
        ("C0001.MP4", "card 2"),  # an EDL's clip name and its reel
        ("eeeeeeee",),
    ],
)
def test_a_second_card_is_named_by_its_bracket_folder_or_reel(names: tuple[str, ...]) -> None:
    assert find_source(line(*names), [ONE, SECOND, TWO], "list.csv") is SECOND


@pytest.mark.parametrize("name", ["C0001.MP4", "c0001"])
def test_the_cameras_name_stands_for_both_cards(name: str) -> None:
    with pytest.raises(
        FormError, match=r"may be any of: C0001.MP4 .*C0001 \(card 2\).MP4"
    ) as found:
        find_source(line(name), [ONE, SECOND], "list.csv")
    assert "digest" in (found.value.remedy or "")
    assert find_source(line("aaaaaaaa"), [ONE, SECOND], "list.csv") is ONE


def test_a_card_whose_first_one_is_gone_is_not_taken_for_it() -> None:
    with pytest.raises(FormError, match="no original"):
        find_source(line("C0001.MP4"), [SECOND], "list.csv")


@pytest.mark.parametrize(
    ("in_", "out", "first", "second", "chosen"),
    [
        ("10:00:01:00", "10:00:03:00", "10:00:00:00", "14:00:00:00", ["first"]),
        ("14:00:01:00", "14:00:03:00", "10:00:00:00", "14:00:00:00", ["second"]),
        ("10:00:01:00", "10:00:03:00", "10:00:00:00", "10:00:00:00", []),  # both ran from there
        ("00:00:01:00", "00:00:03:00", "10:00:00:00", "14:00:00:00", []),  # from the first picture
        ("00:00:01:00", "00:00:03:00", "00:00:00:00", None, []),  # the other may be meant
        ("10:00:01:00", "10:00:03:00", "10:00:00:00", None, ["first"]),  # the other is too short
        ("1", "3", "10:00:00:00", "14:00:00:00", []),  # seconds say nothing
        ("", "", "10:00:00:00", "14:00:00:00", []),
    ],
)
def test_timecode_tells_cards_apart_only_where_it_leaves_one(
    in_: str, out: str, first: str, second: str | None, chosen: list[str]
) -> None:
    reels = {
        key: Reel("C0001.MP4", PAL, 250, s)
        for key, s in zip(("first", "second"), (first, second), strict=True)
    }
    assert only_by_timecode(line("C0001", in_=in_, out=out), reels) == chosen


def test_the_start_timecode_in_a_list_tells_cards_apart() -> None:
    starts = {"first": "10:00:00:00", "second": "14:00:00:00"}
    reels = {key: Reel("C0001.MP4", PAL, 250, start) for key, start in starts.items()}
    fourteen = replace(line("C0001", in_="1", out="3"), starts=Fraction(14 * 3600))
    assert only_by_timecode(fourteen, reels) == ["second"]
    reels["first"] = replace(reels["first"], start_timecode=None)
    assert only_by_timecode(fourteen, reels) == []


@pytest.mark.parametrize(
    ("in_", "out", "start", "part"),
    [
        ("1", "2", None, FrameRange(25, 50)),
        ("", "", None, FrameRange(0, 250)),
        ("00:00:01:00", "00:00:02:05", None, FrameRange(25, 55)),
        ("01:00:01:00", "01:00:02:00", "01:00:00:00", FrameRange(25, 50)),
        ("01:00:00:00", "01:00:10:00", "01:00:00:00", FrameRange(0, 250)),
        ("00:00:01:00", "00:00:02:00", "01:00:00:00", FrameRange(25, 50)),  # counted from 0
        ("00:00:06:00", "00:00:08:00", "00:00:05:00", FrameRange(25, 75)),  # its own timecode first
        (
            "00:00:01:00",
            "00:00:08:00",
            "00:00:05:00",
            FrameRange(25, 200),
        ),  # not half one, half other
        ("6", "8", "00:00:05:00", FrameRange(150, 200)),  # time is no timecode
        ("23:59:58:00", "00:00:02:00", "23:59:55:00", FrameRange(75, 175)),  # past midnight
        ("01:00:01:00", "", "01:00:00:00", FrameRange(25, 250)),
    ],
)
def test_timecode_counts_from_where_the_source_begins(
    in_: str, out: str, start: str | None, part: FrameRange
) -> None:
    reel = Reel("C0001.MP4", PAL, 250, start)
    assert resolve_frames(line("C0001", in_=in_, out=out), reel, "list.csv") == part


def test_a_drop_frame_source_has_its_timecodes_read_so() -> None:
    reel = Reel("C0001.MP4", Fraction(30000, 1001), 10_000, "01:00:00;00")
    with_colons = line("C0001", in_="01:01:00:02", out="01:02:00:02")
    assert resolve_frames(with_colons, reel, "list.csv") == FrameRange(1800, 3598)


@pytest.mark.parametrize(
    ("in_", "out", "says"),
    [
        ("1", "11", "is not in “C0001.MP4”, which is 10.0 s long"),
        ("11", "", "is not after"),
        ("01:00:01:00", "01:00:02:00", "its timecode begins at 00:00:00:00"),
        ("00:00:01:00", "00:00:01:25", "no such timecode at 25.0"),
        ("00:00:02:00", "00:00:01:00", "is not after"),
        ("0.001", "0.002", "is not after"),
    ],
)
def test_what_is_not_in_the_source_is_refused(in_: str, out: str, says: str) -> None:
    with pytest.raises(FormError, match=r"list\.csv, line 7") as refused:
        resolve_frames(line("C0001", in_=in_, out=out), Reel("C0001.MP4", PAL, 250), "list.csv")
    assert says in str(refused.value).replace("Its", "its")
