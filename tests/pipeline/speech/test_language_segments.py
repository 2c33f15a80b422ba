"""Which language is spoken when: the crew's list, and the recording divided by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import FormError
from pipeline.speech.language_segments import LanguageSegment, read_languages, split_by_language


def _read(tmp_path: Path, text: str) -> tuple[LanguageSegment, ...]:
    path = tmp_path / "语种.txt"
    path.write_text(text, "utf-8")
    return read_languages(path)


@pytest.mark.parametrize(
    "line",
    [
        "00:12:30 00:15:00 mn",
        "12:30 15:00 MN",
        "0:12:30.000－0:15:00，蒙古语",
        "12:30 到 15:00：蒙语  # 唱民歌",
        "12：30,15：00,mn",
    ],
)
def test_lines_are_read_as_people_write_them(tmp_path: Path, line: str) -> None:
    assert _read(tmp_path, f"# 语种表\n\n{line}\n") == (LanguageSegment(750_000, 900_000, "mn"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12:30 mn", "line 1: it must say"),
        ("\n15:00 12:30 mn", "line 2: it must say"),
        ("12:30 15:00 klingon", "no language “klingon”"),
        ("12:30 15:00 mn\n14:00 16:00 en", "line 2: it overlaps"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(FormError, match=said):
        _read(tmp_path, text)


def test_sections_cover_the_whole_recording_once() -> None:
    mongolian = [
        LanguageSegment(500, 1000, "mn"),
        LanguageSegment(0, 200, "en"),
        LanguageSegment(4000, 9000, "mn"),
    ]
    assert [*split_by_language(mongolian, "zh", 5000)] == [
        (0, 200, "en"), (200, 500, "zh"), (500, 1000, "mn"), (1000, 4000, "zh"), (4000, 5000, "mn"),
    ]  # fmt: skip
    assert [*split_by_language([], "zh", 5000)] == [(0, 5000, "zh")]
