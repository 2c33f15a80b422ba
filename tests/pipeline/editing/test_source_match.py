"""From names and times to originals and frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest

from pipeline.editing.edit_lists import FrameRange, Line, Reel, find_source, resolve_frames
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
