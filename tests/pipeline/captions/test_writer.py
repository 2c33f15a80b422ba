"""What is written reads back the same, in this and in other programs' readers."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pysrt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.cues import Cue, clock, shift_cues
from pipeline.captions.formats.markup import clean, without_tags
from pipeline.captions.formats.reader import read_text
from pipeline.captions.formats.writer import srt_text, vtt_text, write_srt, write_vtt
from pipeline.captions.words import Doubt, Word, Words, read_words, write_words
from pipeline.errors import SubtitleError

CUES = [Cue(3500, 6000, "后来"), Cue(1000, 3000, "我是\n《演员》 & <编导>", "王桂兰")]


def test_srt_is_numbered_sorted_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    assert write_srt(CUES, tmp_path / "a.srt").read_bytes().decode() == dedent("""\
        1
        00:00:01,000 --> 00:00:03,000
        我是
        《演员》 & <编导>

        2
        00:00:03,500 --> 00:00:06,000
        后来

        """)


def test_vtt_is_escaped_and_names_the_speaker(tmp_path: Path) -> None:
    assert write_vtt(CUES, tmp_path / "a.vtt").read_bytes().decode() == dedent("""\
        WEBVTT

        00:00:01.000 --> 00:00:03.000
        <v 王桂兰>我是
        《演员》 &amp; &lt;编导&gt;

        00:00:03.500 --> 00:00:06.000
        后来
        """)


def test_pysrt_reads_what_is_written(tmp_path: Path) -> None:
    items = pysrt.open(str(write_srt(CUES, tmp_path / "a.srt")))
    assert [(i.index, i.start.ordinal, i.text) for i in items] == [
        (1, 1000, "我是\n《演员》 & <编导>"),
        (2, 3500, "后来"),
    ]


@pytest.mark.parametrize(
    "cue",
    [
        Cue(1000, 1000, "好"),
        Cue(2000, 1000, "好"),
        Cue(-1, 1000, "好"),
        Cue(0, 1000, " \n "),
        Cue(0, 1000, "<i></i>"),
        Cue(0, 1000, "00:00:01,000 --> 00:00:02,000"),
    ],
)
def test_a_cue_that_would_not_read_back_is_refused(cue: Cue, tmp_path: Path) -> None:
    with pytest.raises(SubtitleError):
        write_srt([cue], tmp_path / "a.srt")
    assert not (tmp_path / "a.srt").exists()


texts = st.text(
    st.one_of(
        st.sampled_from("我们的1958年\n <>&{}\\-:,.《》？a\t\r\x00\x0b\u2028\u202e1\n"),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=20,
)
cues = st.lists(
    st.builds(
        lambda start, length, text, speaker: Cue(start, start + length, text, speaker),
        st.integers(0, 360_000_000),
        st.integers(1, 100_000),
        texts,
        st.sampled_from(["", "王桂兰", "A & <B>"]),
    ),
    min_size=1,
    max_size=6,
)


@given(cues)
def test_any_cues_read_back_or_are_refused(given_cues: list[Cue]) -> None:
    try:
        srt, vtt = srt_text(given_cues), vtt_text(given_cues)
    except SubtitleError:
        return
    expected = sorted(
        (c.start_ms, c.end_ms, clean(without_tags(c.text)), c.speaker) for c in given_cues
    )
    assert sorted((c.start_ms, c.end_ms, c.text, c.speaker) for c in read_text(vtt)) == expected
    assert sorted((c.start_ms, c.end_ms, c.text) for c in read_text(srt)) == [
        cue[:3] for cue in expected
    ]
    assert srt_text(read_text(srt)) == srt


@given(st.binary(max_size=200) | st.text("0:,.-> \n1甲a<>", max_size=120).map(str.encode))
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        found = read_text(data)
    except SubtitleError:
        return
    assert found
    assert all(cue.start_ms < cue.end_ms and cue.text for cue in found)


def test_shifting_cuts_at_the_beginning() -> None:
    assert shift_cues([Cue(0, 500, "先"), Cue(800, 2000, "后")], -1000) == [Cue(0, 1000, "后")]


def test_times_as_people_read_them() -> None:
    assert [clock(ms) for ms in (0, 65_432, 3_600_000)] == ["00:00.000", "01:05.432", "1:00:00.000"]


def test_words_keep_everything(tmp_path: Path) -> None:
    words = Words(
        "zh",
        (Word(0, 400, "赤峰", 0.87654321), Word(400, 900, "记忆", 1.0, "王桂兰")),
        speech=((0, 900),),
        doubts=(Doubt(0, 400, "重复"),),
        engine="faster-whisper",
        model="base",
    )
    again = read_words(write_words(words, tmp_path / "words.json"))
    assert again.words[0].probability == 0.8765
    assert again.words[1:] == words.words[1:]
    assert (again.speech, again.doubts, again.engine) == (words.speech, words.doubts, words.engine)


def test_a_broken_file_of_words_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text('{"words": [{"start": 1}]}')
    with pytest.raises(SubtitleError):
        read_words(tmp_path / "words.json")
