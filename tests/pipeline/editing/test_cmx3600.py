"""CMX 3600: cuts are read, everything else is refused with its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.editing.edit_lists import Line, check_edit_list, read, split_by_episode
from pipeline.errors import FormError

PAL = Fraction(25)
HEAD = "TITLE: 王桂兰\nFCM: NON-DROP FRAME\n\n"
CUTS = """\
    001  C0001    V     C        00:00:01:00 00:00:03:12 01:00:00:00 01:00:02:12
    * FROM CLIP NAME: 王桂兰 一.MP4
    002  AX       V     C        00:00:05:00 00:00:06:00 01:00:02:12 01:00:03:12
    * FROM CLIP NAME: C0002.MP4
    """


def write(tmp_path: Path, text: str, head: str = HEAD) -> Path:
    path = tmp_path / "cut.edl"
    path.write_text(head + dedent(text), "utf-8")
    return path


def lines(tmp_path: Path, text: str, head: str = HEAD, rate: Fraction | None = PAL) -> list[Line]:
    return list(read(write(tmp_path, text, head), rate=rate))


def test_cuts_are_read_with_clip_name_and_reel(tmp_path: Path) -> None:
    first, second = lines(tmp_path, CUTS)
    assert first.names == ("王桂兰 一.MP4", "C0001")
    assert second.names == ("C0002.MP4",)  # AX names no source
    assert (first.number, second.number) == (4, 6)
    assert first.in_ and first.out and (first.in_.frame(PAL), first.out.frame(PAL)) == (25, 87)


def test_the_rate_need_not_be_known_to_check(tmp_path: Path) -> None:
    check_edit_list(write(tmp_path, CUTS))


def test_an_edl_is_one_episode(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="which episode"):
        split_by_episode(write(tmp_path, CUTS))


def test_windows_paths_give_their_last_part(tmp_path: Path) -> None:
    text = """\
        001  ZZ100_50 V     C        01:00:04:05 01:00:05:12 00:59:53:11 00:59:54:18
        * FROM CLIP NAME:  take_1
        * FROM CLIP: S:\\path\\to\\C0001.mp4
        """
    assert lines(tmp_path, text)[0].names == ("take_1", "C0001.mp4", "ZZ100_50")


def test_sound_cut_with_its_picture_is_read_once(tmp_path: Path) -> None:
    text = """\
        001  C0001    V     C        00:00:01:00 00:00:03:12 01:00:00:00 01:00:02:12
        001  C0001    AA    C        00:00:01:00 00:00:03:12 01:00:00:00 01:00:02:12
        * FROM CLIP NAME: C0001.MP4
        002  C0002    AA/V  C        00:00:05:00 00:00:06:00 01:00:02:12 01:00:03:12
        """
    assert [x.names[-1] for x in lines(tmp_path, text)] == ["C0001", "C0002"]


def test_drop_frame_written_only_in_the_head_counts(tmp_path: Path) -> None:
    text = "001  C0001 V C 00:09:59:00 00:10:01:00 01:00:59:00 01:01:01:02\n"
    ntsc = Fraction(30000, 1001)
    (line,) = lines(tmp_path, text, "TITLE: x\nFCM: DROP FRAME\n", ntsc)
    assert line.in_ and line.out and line.in_.drop
    assert line.out.frame(ntsc) - line.in_.frame(ntsc) == 60
    with pytest.raises(FormError):  # not two seconds of record time without the mark
        lines(tmp_path, text, HEAD, ntsc)


REFUSED = {
    "nothing": ("", "no edits in the list"),
    "dissolve": (
        "001  A V C 00:00:01:00 00:00:03:00 01:00:00:00 01:00:02:00\n"
        "002  A V C 00:00:03:00 00:00:03:00 01:00:02:00 01:00:02:00\n"
        "002  B V D 010 00:00:05:00 00:00:06:00 01:00:02:00 01:00:03:00\n",
        "line 6: dissolves",
    ),
    "wipe": ("001  A V W001 010 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n", "line 4"),
    "speed": (
        "001  A V C 00:00:01:00 00:00:03:00 01:00:00:00 01:00:01:00\n"
        "M2   A       050.0                00:00:01:00\n",
        "line 4: speed changes",
    ),
    "speed that leaves the length alone": (
        "001  A V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
        "M2   A       000.0                00:00:01:00\n",
        "line 4: speed changes",
    ),
    "gap": (
        "001  A V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
        "002  A V C 00:00:05:00 00:00:06:00 01:00:02:00 01:00:03:00\n",
        "gaps between the edits",
    ),
    "overlap": (
        "001  A V C 00:00:01:00 00:00:03:00 01:00:00:00 01:00:02:00\n"
        "002  A V C 00:00:05:00 00:00:06:00 01:00:01:00 01:00:02:00\n",
        "line 5: the list does not fit together at 25.0 frames per second: the edit overlaps",
    ),
    "two picture tracks": (
        "001  A V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
        "002  A V2 C 00:00:05:00 00:00:06:00 01:00:00:00 01:00:01:00\n",
        "several picture tracks",
    ),
    "lengths that differ": (
        "001  A V C 00:00:01:00 00:00:03:00 01:00:00:00 01:00:01:00\n",
        "line 4: the list does not fit together at 25.0 frames per second: the edit is not as long",
    ),
    "frame numbers instead of timecode": (
        "001  A V C 25 75 90000 90050\n",
        "line 4: “25” is not a time.",
    ),
    "black": ("001  BL V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n", "black and bars"),
    "no source": ("001  AX V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n", "no source"),
    "sound only": ("001  A AA C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n", "sound and"),
    "sound cut elsewhere": (
        "001  A V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
        "002  A AA C 00:00:01:00 00:00:03:00 01:00:00:00 01:00:02:00\n",
        "line 5: sound and picture",
    ),
    "picture without its sound": (
        "001  A AA/V C 00:00:01:00 00:00:02:00 01:00:00:00 01:00:01:00\n"
        "002  B V C 00:00:01:00 00:00:02:00 01:00:01:00 01:00:02:00\n",
        "line 5: the picture has no sound",
    ),
    "frames the rate does not have": (
        "001  A V C 00:00:01:00 00:00:02:27 01:00:00:00 01:00:01:27\n",
        "does not fit together at 25.0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_conformed_is_refused(tmp_path: Path, case: str) -> None:
    text, says = REFUSED[case]
    with pytest.raises(FormError) as refused:
        lines(tmp_path, text)
    assert says in str(refused.value)
    assert refused.value.remedy


# What is in real lists: the number of parts, or the reason why not.
REAL: dict[str, int | str] = {
    "25fps.edl": 4,
    "avid_example.edl": 2,
    "cdl.edl": 2,
    "dissolve_test.edl": "dissolves",
    "dissolve_test_2.edl": "dissolves",
    "dissolve_test_3.edl": "dissolves",
    "dissolve_test_4.edl": "dissolves",
    "nucoda_example.edl": 2,
    "premiere_example.edl": 2,
    "sample_cdl_edl.edl": 10,
    "sample_cdl_edl_with_gaps.edl": "gaps",
    "source_out_timewarp.edl": "speed changes",
    "speed_effects.edl": "speed changes",
    "speed_effects_small.edl": "speed changes",
    "transition_duration.edl": "dissolves",
    "zou_no_offset.edl": 3,
}


def test_real_lists_are_read_or_refused_with_the_reason(shared_data: Path | None) -> None:
    folder = shared_data / "oralhistory" / "edl_fcpxml" if shared_data else Path("nowhere")
    for path in sorted(folder.glob("*.edl")):
        try:
            found: int | str = len(read(path))
        except FormError as error:
            found = str(error)
        expected = REAL[path.name]
        if isinstance(expected, int):
            assert found == expected, path.name
        else:
            assert isinstance(found, str) and expected in found, path.name
