"""Who speaks outlives SubRip between the stages, and is never shown."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read, read_text
from pipeline.captions.formats.writer import srt_text, vtt_text, write_srt
from pipeline.captions.revision.merge import merge
from pipeline.captions.words import Word
from pipeline.documents.transcript import add_speakers

CUES = [
    Cue(0, 1000, "您哪年到文化馆的", "采访者"),
    Cue(1200, 3000, "五六年", "受访者"),
    Cue(3200, 5000, "-是吗\n-是的"),
]


def test_a_speaker_is_written_before_the_text_and_read_from_there(tmp_path):
    assert srt_text(CUES[:1]) == dedent("""\
        1
        00:00:00,000 --> 00:00:01,000
        采访者：您哪年到文化馆的

        """)
    assert read(write_srt(CUES, tmp_path / "a.srt")) == CUES


def test_what_is_released_shows_no_label_but_has_the_voice_in_webvtt():
    assert "：" not in srt_text(CUES, labels=False)
    assert "<v 采访者>您哪年到文化馆的" in vtt_text(CUES)


@pytest.mark.parametrize("text", ["采访者：", "赵馆长：好", "他说 采访者：好", "采访者: 好"])
def test_other_words_are_words(text: str):
    (cue,) = read_text(f"1\n00:00:00,000 --> 00:00:01,000\n{text}\n")
    assert (cue.text, cue.speaker) == (text, "")


def test_a_speaker_nobody_writes_so_is_left_out():
    assert "李明" not in srt_text([Cue(0, 1000, "好", "李明")])


def test_a_mark_alone_is_a_correction_that_is_merged_forward():
    base = [Cue(0, 1000, "您哪年到的"), Cue(1200, 3000, "五六年")]
    ours = [Cue(0, 1000, "您哪年到的", "采访者"), base[1]]
    theirs = [base[0], Cue(1200, 3000, "五六年春天")]
    assert merge(base, ours, theirs).cues == (ours[0], theirs[1])


def test_a_persons_mark_counts_before_what_the_channels_tell():
    words = [Word(0, 900, "您", 0.9, "受访者"), Word(1200, 2900, "五", 0.9, "受访者")]
    told = add_speakers([CUES[0], Cue(1200, 3000, "五六年")], words)
    assert [cue.speaker for cue in told] == ["采访者", "受访者"]
