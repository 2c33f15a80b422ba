"""Subtitles as people bring them: text in, cues out, or a refusal that names the line."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import MAX_BYTES, check_subtitles, load, read, read_text
from pipeline.captions.formats.writer import srt_text, vtt_text
from pipeline.errors import SubtitleError

SAMPLES = Path(__file__).parents[3].parent / "shared" / "data" / "subtitles"

SIMPLIFIED = """\
1
00:00:01,000 --> 00:00:03,000
我是一九五八年到乌兰牧骑的

2
00:00:03,500 --> 00:00:06,000
那时候我们坐着马车下乡演出
"""
TRADITIONAL = """\
1
00:00:01,000 --> 00:00:03,000
這個時候我們還沒有電燈

2
00:00:03,500 --> 00:00:06,000
大家圍著爐子聽他講故事
"""


def srt(text: str) -> list[Cue]:
    return read_text(dedent(text).encode())


def refusal(text: str | bytes) -> SubtitleError:
    with pytest.raises(SubtitleError) as caught:
        read_text(text if isinstance(text, bytes) else dedent(text).encode())
    return caught.value


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gb2312",
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_chinese_reads_the_same_in_every_encoding(encoding: str, line_end: str) -> None:
    data = SIMPLIFIED.replace("\n", line_end).encode(encoding)
    assert [cue.text for cue in read_text(data)] == [
        "我是一九五八年到乌兰牧骑的",
        "那时候我们坐着马车下乡演出",
    ]


@pytest.mark.parametrize("encoding", ["big5", "big5hkscs", "gb18030", "utf-16-le"])
def test_traditional_reads_the_same_in_every_encoding(encoding: str) -> None:
    assert read_text(TRADITIONAL.encode(encoding)) == read_text(TRADITIONAL)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("你好", "gb18030"), ("谢谢大家", "gb18030"), ("你好", "big5"), ("謝謝大家", "big5")],
)
def test_two_characters_are_enough_to_tell_the_encoding(text: str, encoding: str) -> None:
    data = f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(encoding)
    assert read_text(data)[0].text == text


def test_western_text_saved_on_windows() -> None:
    data = "1\n00:00:01,000 --> 00:00:02,000\nIt’s a café\n".encode("cp1252")
    assert read_text(data)[0].text == "It’s a café"


@pytest.mark.parametrize(
    "data",
    [
        SIMPLIFIED.encode("gb18030")[:-3] + b"\xff\xff\n",
        SIMPLIFIED.encode() + "后面".encode("gb18030"),
        bytes(range(256)) * 4,
        b"\x00" * 100,
        b"",
        b"\n\n",
    ],
    ids=["broken-gb", "two-encodings", "binary", "zeros", "nothing", "empty-lines"],
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    refusal(data)


def test_numbers_may_be_missing() -> None:
    cues = srt("""\
        00:00:01,000 --> 00:00:02,000
        1958
        1959

        00:00:03,000 --> 00:00:04,000
        后来
        """)
    assert [cue.text for cue in cues] == ["1958\n1959", "后来"]


def test_a_text_of_digits_is_not_taken_for_a_number() -> None:
    cues = srt("""\
        7
        00:00:01,000 --> 00:00:02,000
        1958

        7
        00:00:03,000 --> 00:00:04,000
        1959
        """)
    assert [cue.text for cue in cues] == ["1958", "1959"]


def test_an_empty_line_inside_a_cue_loses_nothing() -> None:
    cues = srt("""\
        1
        00:00:01,000 --> 00:00:02,000
        第一行

        第二行

        2
        00:00:03,000 --> 00:00:04,000
        后来
        """)
    assert [cue.text for cue in cues] == ["第一行\n第二行", "后来"]


def test_a_missing_empty_line_loses_nothing() -> None:
    cues = srt("""\
        1
        00:00:01,000 --> 00:00:02,000
        先
        2
        00:00:03,000 --> 00:00:04,000
        后
        """)
    assert [cue.text for cue in cues] == ["先", "后"]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("00:00:01,500 --> 00:00:02,000", (1500, 2000)),
        ("00:00:01.500-->00:00:02.000", (1500, 2000)),
        ("0:0:1,5 --> 0:0:2", (1500, 2000)),
        ("00：00：01，500 －－＞ 00：00：02，000", (1500, 2000)),
        ("00:00:01,500 → 00:00:02,000", (1500, 2000)),
        ("00:01,500 --> 00:02,000 X1:10 X2:20 Y1:1 Y2:2", (1500, 2000)),
        ("100:00:00,000 --> 100:00:01,000", (360_000_000, 360_001_000)),
    ],
)
def test_times_as_people_write_them(times: str, expected: tuple[int, int]) -> None:
    (cue,) = read_text(f"1\n{times}\n好\n")
    assert (cue.start_ms, cue.end_ms) == expected


@pytest.mark.parametrize(
    ("times", "line"),
    [
        ("00:00:02,000 --> 00:00:02,000", 2),
        ("00:00:03,000 --> 00:00:02,000", 2),
        ("00:00:61,000 --> 00:00:62,000", 2),
        ("00:00:01,000 --> 00:00:0x,000", 2),
        ("-00:00:01,000 --> 00:00:02,000", 2),
        ("00:00:01,000 -->", 2),
    ],
)
def test_impossible_times_are_refused_with_their_line(times: str, line: int) -> None:
    assert refusal(f"1\n{times}\n好\n").line == line


def test_text_outside_every_cue_is_refused_with_its_line() -> None:
    assert refusal("\n说明\n1\n00:00:01,000 --> 00:00:02,000\n好\n").line == 2
    assert refusal("只有文字\n没有时间\n").line == 1


def test_tags_and_positions_go_but_text_that_looks_like_them_stays() -> None:
    cues = srt("""\
        1
        00:00:01,000 --> 00:00:02,000
        {\\an8}<i>《红楼梦》</i><font color="#fff">第一回</font>

        2
        00:00:03,000 --> 00:00:04,000
        3 < 5 > 2，<赤峰> {注}
        """)
    assert [cue.text for cue in cues] == ["《红楼梦》第一回", "3 < 5 > 2，<赤峰> {注}"]


def test_control_characters_are_removed_and_reported(tmp_path: Path) -> None:
    file = tmp_path / "a.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:02,000\n你\x00好\x0b吗\u202e\u200b\n", "utf-8")
    assert [cue.text for cue in read(file)] == ["你好吗"]
    assert [finding.level for finding in check_subtitles(file)] == ["warning"]


def test_unsorted_cues_are_sorted_and_reported(tmp_path: Path) -> None:
    file = tmp_path / "a.srt"
    file.write_text("00:00:05,000 --> 00:00:06,000\n后\n\n00:00:01,000 --> 00:00:02,000\n先\n")
    reading = load(file)
    assert [cue.text for cue in reading.cues] == ["先", "后"]
    assert [finding.level for finding in reading.findings] == ["warning"]


def test_a_cue_emptied_by_the_editor_is_gone() -> None:
    cues = srt("""\
        1
        00:00:01,000 --> 00:00:02,000

        2
        00:00:03,000 --> 00:00:04,000
        后
        """)
    assert [cue.text for cue in cues] == ["后"]


def test_webvtt() -> None:
    cues = srt("""\
        WEBVTT - 访谈
        Kind: captions

        STYLE
        ::cue { color: white }

        NOTE 这不是
        字幕

        intro
        00:01.000 --> 00:02.500 align:start position:0%
        <v 王桂兰>我是 <c.yellow>演员</c> &amp; 编导</v>

        00:00:03.000 --> 00:00:04.000
        后<00:00:03.500>来
        """)
    assert cues == [Cue(1000, 2500, "我是 演员 & 编导", "王桂兰"), Cue(3000, 4000, "后来")]


def test_webvtt_text_without_times_is_refused() -> None:
    assert refusal("WEBVTT\n\n00:01.000 --> 00:02.000\n甲\n\n乙\n").line == 6


ASS = """\
[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,给剪辑的话
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,后来
Dialogue: 0,0:00:01.00,0:00:02.50,Default,王桂兰,0,0,0,,{\\pos(1,2)}我是\\N演员，编导
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}
"""


def test_substation_alpha() -> None:
    assert read_text(ASS) == [
        Cue(1000, 2500, "我是\n演员，编导", "王桂兰"),
        Cue(3000, 4000, "后来"),
    ]


def test_a_dialogue_line_that_is_cut_off_is_refused() -> None:
    refusal(ASS + "Dialogue: 0,0:00:05.00,\n")


def test_a_file_too_large_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    file = tmp_path / "film.srt"
    with file.open("wb") as handle:
        handle.truncate(MAX_BYTES * 100)
    with pytest.raises(SubtitleError):
        read(file)


def test_more_lines_than_an_episode_has_are_refused() -> None:
    refusal(b"\n" * 2_000_000)


def test_every_sample_is_read_or_refused() -> None:
    refused = {
        "capability_tester.srt",
        "invalid_format1.srt",
        "invalid_format3.srt",
        "test_utils.srt",
    }
    refused |= {"missing_timeframe.vtt", "test.ass"}
    for file in sorted(SAMPLES.rglob("*")) if SAMPLES.is_dir() else []:
        if not file.is_file():
            continue
        if file.suffix in (".srt", ".vtt", ".ass") and file.name not in refused:
            cues = read(file)
            assert read_text(srt_text(cues)) == [Cue(c.start_ms, c.end_ms, c.text) for c in cues]
            assert read_text(vtt_text(cues)) == cues
        else:
            with pytest.raises(SubtitleError):
                read(file)
