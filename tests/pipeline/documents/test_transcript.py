"""The transcript reads as speech: paragraphs, times, speakers, gaps."""

from __future__ import annotations

from textwrap import dedent

from pipeline.captions.cues import Cue
from pipeline.captions.words import Word
from pipeline.documents.transcript import add_speakers, transcript_markdown


def body(cues, marks=()):
    return transcript_markdown("题", cues, marks).split("\n\n", 2)[2]


def test_cues_become_paragraphs_at_pauses_speakers_and_length():
    cues = [
        Cue(0, 1000, "您哪年\n进的放映队", "采访者"),
        Cue(1200, 2000, "六五年", "受访者"),
        Cue(2100, 3000, "那年冬天", "受访者"),
        Cue(65_000, 66_000, "后来", "受访者"),
    ]
    assert body(cues) == dedent("""\
        **00:00** 采访者: 您哪年 进的放映队

        **00:01** 受访者: 六五年 那年冬天

        **01:05** 受访者: 后来
        """)


def test_long_speech_is_broken_into_paragraphs():
    cues = [Cue(n * 1000, n * 1000 + 900, "十个字十个字十个字十") for n in range(40)]
    assert body(cues).count("**") == 2 * 3


def test_a_masked_passage_is_marked_where_it_lies_and_parts_the_text():
    cues = [Cue(0, 1000, "前"), Cue(1900, 2500, "后")]
    assert body(cues, [(1000, 1800, "此段不公开")]) == dedent("""\
        **00:00** 前

        **00:01** *此段不公开*

        **00:01** 后
        """)


def test_what_is_typed_stays_text():
    text = transcript_markdown("<b>", [Cue(0, 1000, "# *a* <script> [x](y)")])
    assert text.startswith("# \\<b\\>\n")
    assert "\\# \\*a\\* \\<script\\> \\[x\\](y)" in text


def test_the_speaker_of_a_cue_is_who_says_most_of_it():
    words = [Word(0, 700, "a", speaker="一"), Word(700, 1800, "b", speaker="二")]
    assert [c.speaker for c in add_speakers([Cue(0, 1000, "x"), Cue(1000, 2000, "y")], words)] == [
        "一",
        "二",
    ]
    assert add_speakers([Cue(0, 1000, "x")], [Word(0, 900, "a")])[0].speaker == ""
