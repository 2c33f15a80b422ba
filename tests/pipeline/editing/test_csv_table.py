"""Edit lists as CSV: what is read, what is refused with its line, how one is divided."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.editing.edit_lists import check_edit_list, read, split_by_episode
from pipeline.errors import FormError


def write(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(dedent(text).encode(encoding))
    return path


LIST = """\
    episode,source,in,out
    1,C0001.MP4,00:00:01:00,00:00:03:12
    2,C0002.MP4,10.5,12
    1,C0002.MP4,,00:00:02.500
    """


def test_a_list_is_read_line_by_line(tmp_path: Path) -> None:
    lines = read(write(tmp_path, LIST))
    assert [(x.number, x.episode, x.names) for x in lines] == [
        (2, 1, ("C0001.MP4",)), (3, 2, ("C0002.MP4",)), (4, 1, ("C0002.MP4",)),
    ]  # fmt: skip
    assert lines[2].in_ is None
    assert lines[0].out is not None and lines[0].out.text == "00:00:03:12"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_chinese_lists_are_read_in_every_encoding(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = "集,素材,入点,出点,备注\n第1集,王桂兰 一.MP4,00：00：01：00,00:00:03:12,开头\n".replace(
        ",", delimiter
    )
    (line,) = read(write(tmp_path, text, encoding))
    assert (line.episode, line.names[0]) == (1, "王桂兰 一.MP4")
    assert line.in_ is not None and line.in_.fields == (0, 0, 1, 0)


def test_rows_of_nothing_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path, "\r\nsource,in,out\r\n,,\r\nA,0,1\r\n\r\n")
    assert [(x.number, x.episode) for x in read(path)] == [(4, 0)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no lines"),
        ("source,in,out\n", "no lines"),
        ("1,A,0,1\n", "line 1: the first line must name the columns"),
        ("source,from,to\nA,0,1\n", "missing: in, out"),
        ("episode,source,in,out\n1,,0,1\n", "line 2: no source is named"),
        ("episode,source,in,out\none,A,0,1\n", "line 2: “one” is not the number"),
        ("episode,source,in,out\n0,A,0,1\n", "“0” is not the number"),
        ("episode,source,in,out\n1,A,0,1\n1,A,later,1\n", "line 3: “later” is not a time"),
        ("episode,source,in,out\n1,A,2,1\n", "line 2: the out point 1 is not after"),
        ("episode,source,in,out\n1,A,1,1\n", "is not after the in point"),
        ("episode,source,in,out\n1,A,00:00:01:00,00:00:01:00\n", "is not after the in point"),
    ],
)
def test_a_wrong_list_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FormError, match=r"list\.csv") as refused:
        check_edit_list(write(tmp_path, text))
    assert says in str(refused.value)
    assert refused.value.remedy


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"PK\x03\x04\x00\x00sheet")
    with pytest.raises(FormError, match="not a text file"):
        check_edit_list(path)


def test_dividing_gives_each_episode_its_own_lines(tmp_path: Path) -> None:
    assert split_by_episode(write(tmp_path, LIST)) == {
        1: "episode,source,in,out\n"
        "1,C0001.MP4,00:00:01:00,00:00:03:12\n1,C0002.MP4,,00:00:02.500\n",
        2: "episode,source,in,out\n2,C0002.MP4,10.5,12\n",
    }


def test_changing_one_episode_leaves_the_others_byte_for_byte(tmp_path: Path) -> None:
    before = split_by_episode(write(tmp_path, LIST))
    changed = LIST.replace("2,C0002.MP4,10.5,12", "2,C0002.MP4,10.5,13\n\n    2,C0003.MP4,0,5")
    after = split_by_episode(write(tmp_path, changed))
    assert after[1] == before[1]
    assert after[2] != before[2]


def test_a_divided_list_is_a_list_again(tmp_path: Path) -> None:
    text = 'episode,source,in,out\n3,"C, ""1"".MP4",0,1\n'
    divided = split_by_episode(write(tmp_path, text))[3]
    assert split_by_episode(write(tmp_path, divided, name="again.csv")) == {3: divided}


def test_camera_and_sound_are_read_and_kept_when_divided(tmp_path: Path) -> None:
    text = "集,素材,入点,出点,机位,声音\n1,A,0,1,B,\n1,A,1,2,,R.wav\n2,A,2,3,,\n"
    path = write(tmp_path, text)
    seen, heard, plain = read(path)
    assert (seen.names, seen.camera, seen.sound) == (("A",), ("B",), None)
    assert heard.sound is not None and heard.sound.names == ("R.wav",)
    assert (plain.camera, plain.sound) == ((), None)
    divided = split_by_episode(path)
    assert divided[2] == "episode,source,in,out\n2,A,2,3\n"
    assert divided[1] == "episode,source,in,out,sound,camera\n1,A,0,1,,B\n1,A,1,2,R.wav,\n"
    assert read(write(tmp_path, divided[1], name="again.csv"))[0].camera == ("B",)


def test_a_list_without_episodes_cannot_be_divided(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="which episode"):
        split_by_episode(write(tmp_path, "source,in,out\nA,0,1\n"))
