"""Text files made to take time or memory: each reader takes both in proportion to the size."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.captions.formats.ass import split_overrides
from pipeline.captions.formats.reader import read_text
from pipeline.documents.forms import read_withholding_request
from pipeline.editing.edit_lists import check_edit_list
from pipeline.errors import ChifengError, FormError, InputError, SubtitleError
from pipeline.kinds import KINDS
from pipeline.speech.language_segments import read_languages
from pipeline.speech.prompt import read_terms
from pipeline.workflow.ingest import check_process
from pipeline.workflow.ingest.check_process import check_apart

ASS = "[Script Info]\n[Events]\n"
EVENT = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,"
CUE = "1\n00:00:01,000 --> 00:00:02,000\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n"

HOSTILE: dict[str, Callable[[int], str]] = {
    "override blocks of ASS": lambda n: ASS + EVENT + "{\\i1}a" * n,
    "braces that nobody closes": lambda n: ASS + EVENT + "{" * 6 * n,
    "a heading that nobody closes": lambda n: ASS + "[" + "a" * 6 * n + "\n" + EVENT + "a",
    "a font in ASS": lambda n: ASS + "[Fonts]\nfontname: a\n" + "A" * 80 * n + "\n" + EVENT + "a",
    "nearly times": lambda n: CUE + "a\n" + ("1" * 400 + ">\n") * (n // 60) + CUE,
    "a long nearly time": lambda n: CUE + "1" * 6 * n + ">",
    "tags of SubRip": lambda n: CUE + "<i" + " " * 6 * n,
    "open tags of SubRip": lambda n: CUE + "<font " * n,
    "a voice without a name": lambda n: VTT + "<v" + " " * 6 * n,
    "open voices": lambda n: VTT + "<v a " * n,
    "a long number": lambda n: VTT + "&#" + "9" * 6 * n + ";",
}


def cost(text: str) -> tuple[float, int]:
    """Return the processor seconds of this thread (the least of three) and the peak of memory."""
    seconds = []
    for _attempt in range(3):
        began = time.thread_time()
        read_whatever(text)
        seconds.append(time.thread_time() - began)
    tracemalloc.start()
    read_whatever(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(seconds), peak


def read_whatever(text: str) -> None:
    with suppress(SubtitleError):  # to refuse it is as good
        read_text(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_the_text_costs_about_four_times_as_much(name: str):
    """In the square of the length it would be sixteen times."""
    read_whatever(HOSTILE[name](10))
    small, large = (cost(HOSTILE[name](n)) for n in (3_000, 12_000))
    assert large[0] < 8 * small[0] + 0.02
    assert large[1] < 8 * small[1] + 100_000


def test_the_file_that_stopped_the_desk_is_read_at_once():
    """60 kB took 36 s and 643 MB, 7.2 MB took more than 6 GB."""
    seconds, peak = cost(ASS + EVENT + "{\\i1}a" * 10_000)
    assert seconds < 0.5 and peak < 10_000_000
    assert read_text(ASS + EVENT + "{\\i1}a" * 1_200_000)[0].text == "a" * 1_200_000


@pytest.mark.parametrize(
    ("text", "shown", "drawn"),
    [
        ("{\\pos(1,2)}a{\\b1}b", "ab", False), ("{\\p1}m 0 0{\\p0}", "m 0 0", True),
        ("a {b", "a {b", False), ("a } b", "a } b", False), ("{{a}b", "b", False),
        ("{\\p0}a", "a", False), ("", "", False),
    ],
)  # fmt: skip
def test_override_blocks_are_taken_out_as_before(text: str, shown: str, drawn: bool):
    assert split_overrides(text) == (shown, drawn)


def test_too_many_cues_are_refused_before_one_is_made():
    for text in (ASS + (EVENT + "a\n") * 50_001, "WEBVTT\n\n" + (VTT[8:] + "a\n\n") * 50_001):
        tracemalloc.start()
        with pytest.raises(SubtitleError, match="more than 50000"):
            read_text(text)
        assert tracemalloc.get_traced_memory()[1] < 40 * len(text)
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "source,in,out\n" + "a,0,1\n" * 20_001),
        ("a.csv", "source,in,out\n" + "a" * 6_000 + ",0,1\n"),
        ("a.edl", "M2 " + "1 " * 3_000),
        ("a.otio", "[" + "[]," * 2_100_000 + "[]]"),
        ("a.otio", "[" * 100_000),
        ("a.xml", "<a>" + "<b/>" * 4_000_001 + "</a>"),
        ("a.xml", "<a>" * 5_000),
        ("a.fcpxml", '<!DOCTYPE a [<!ENTITY b "c">]><fcpxml>' + "&b;" * 9 + "</fcpxml>"),
    ],
)  # fmt: skip
def test_edit_lists_without_end_are_refused(tmp_path: Path, name: str, content: str):
    path = tmp_path / name
    path.write_text(content)
    began = time.thread_time()
    with pytest.raises(FormError):
        check_edit_list(path)
    assert time.thread_time() - began < 3


def test_speed_lines_of_an_edit_list_are_not_searched_for_ever(tmp_path: Path):
    path = tmp_path / "a.edl"
    event = "001  AX V C 00:00:01:00 00:00:02:00 00:00:00:00 00:00:01:00\n* FROM CLIP NAME: a\n"
    path.write_text(event + ("M2 " + "1 " * 2_400 + "\n") * 100)
    began = time.thread_time()
    check_edit_list(path)
    assert time.thread_time() - began < 1


def test_lists_and_glossaries_without_end_are_refused(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text(
        "".join(f"{n // 60}:{n % 60:02d} {n // 60}:{n % 60:02d}.5 mn\n" for n in range(1_100))
    )
    with pytest.raises(FormError, match="more than 1000"):
        read_languages(path)
    path.write_text("1" * 100_000 + ":00 2:00 mn")
    with pytest.raises(FormError):
        read_languages(path)
    for content in ("a" * 501, "".join(f"{n}\n" for n in range(20_001))):
        path.write_text(content)
        with pytest.raises(SubtitleError, match="no glossary"):
            read_terms(path)


def test_thousands_of_passages_are_compared_in_one_pass(tmp_path: Path):
    path = tmp_path / "a.json"
    one = '{"from":"1s","to":"9s","reason":"a"}'
    path.write_text('{"withheld":[' + ",".join([one] * 7_000) + "]}")
    began = time.thread_time()
    read_withholding_request(path)
    assert time.thread_time() - began < 4
    path.write_text('{"withheld":[{"from":"' + "9" * 400 + '","to":"9s","reason":"a"}]}')
    with pytest.raises(FormError):
        read_withholding_request(path)


def test_a_large_file_is_checked_in_a_process_with_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "a.srt"
    path.write_text((CUE + "好" * 400_000 + "\n\n"), "utf-8")
    kind = KINDS["proofreading_correction"]
    check_apart(kind, path)
    path.write_text("nothing\n" * 200_000)
    with pytest.raises(SubtitleError, match="belongs to no cue") as refused:
        check_apart(kind, path)
    assert isinstance(refused.value, ChifengError) and refused.value.remedy
    little = check_process.ResourceLimits(memory_bytes=40 << 20)
    monkeypatch.setattr(check_process, "_LIMITS", little)
    with pytest.raises(InputError, match="too much time or memory"):
        check_apart(kind, path)
