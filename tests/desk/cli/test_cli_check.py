"""`chifeng check`: any film, an exit code for scripts, a page for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def at_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that the test clip's tone meets, in the home's own settings."""
    home = tmp_path / "home"
    home.mkdir()
    text = "[verification]\nloudness_lufs = -21.0\nloudness_fail_lu = 9.0\n"
    (home / "settings.toml").write_text(text + "max_out_of_range_share = 0.5\n", "utf-8")


@pytest.fixture(scope="module")
def black(make_clip: Callable[..., Path]) -> Path:
    """6 s, all of it black, with a quiet tone: fails."""
    shown = ("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=6")
    sound = ("-f", "lavfi", "-i", "sine=f=440:r=48000:d=6")
    return make_clip("black.mp4", *shown, *sound, "-c:v", "libx264", "-c:a", "aac")


def test_a_sound_film_is_0_and_json_tells_every_check(chifeng, at_level, clip: Path) -> None:
    done = chifeng("check", str(clip), "--json")
    assert done.code == 0, done.out
    assert {check["name"] for check in done.json["checks"]} >= {"frames", "black", "true_peak"}


def test_a_failure_is_11_and_so_is_a_remark_where_asked(chifeng, at_level, black, clip) -> None:
    assert chifeng("check", str(black)).code == 11
    assert chifeng("check", "--strict", str(clip)).code == 11  # it is louder than wished


def test_subtitles_are_checked_with_the_film(chifeng, at_level, clip, tmp_path: Path) -> None:
    late = tmp_path / "late.srt"
    late.write_text("1\n00:00:08,000 --> 00:00:09,500\n太晚了太晚了\n", "utf-8")
    done = chifeng("check", str(clip), "--subtitles", str(late), "--json")
    found = {check["name"]: check["result"] for check in done.json["checks"]}
    assert (done.code, found["cues_within"]) == (11, "fail")


def test_the_page_is_one_file_with_a_still_and_nothing_that_runs(
    chifeng, at_level, black: Path, tmp_path: Path
) -> None:
    page = tmp_path / "报告.html"
    assert chifeng("check", str(black), "--html", str(page)).code == 11
    text = page.read_text("utf-8")
    assert text.count("data:image/jpeg;base64,/9j/") == 1  # black is not told again as still
    assert "Black for 6.0 s." in text
    assert not {"<script", "http:", "https:", "<link"} & set(text.lower().split('"'))
    assert "<script" not in text


@pytest.mark.parametrize("name", ["clip_no_sound", "clip_truncated"])
def test_what_cannot_be_measured_is_neither_0_nor_11(chifeng, name, request) -> None:
    assert chifeng("check", str(request.getfixturevalue(name))).code in (3, 8)


def test_a_file_that_is_not_there(chifeng) -> None:
    assert chifeng("check", "none.mp4").code == 3
