"""Stage 9: each fault of a film is found, and a sound one passes."""

from __future__ import annotations

from dataclasses import replace

import ffmpeg
import pytest

from pipeline.core.files import read_json
from pipeline.media.burn_in import burn
from pipeline.media.ffmpeg import run, source
from pipeline.media.fonts import find_font
from stages.video_verification import STAGE, Needs
from tests.stages.papers import EPISODE, artefact
from tests.stages.screening import CUES, PICTURE, SETTINGS, cues_file, words_file

STYLE = SETTINGS.style_for("zh")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="module")
def picture(make_clip):
    return make_clip("to verify.mp4", *PICTURE)


@pytest.fixture(scope="module")
def film(picture):
    made = picture.with_name("film.mp4")
    burn(picture, made, CUES, STYLE, SETTINGS.burning)
    return made


@pytest.fixture
def verify(picture, film, tmp_path):
    """Run the stage; returns its report by check name, the whole report, and the page."""

    def perform(cues=CUES, *, film=film, limits=None, titles=None, **words):
        settings = SETTINGS
        if titles:
            table = settings.titles.model_copy(update=titles)
            settings = settings.model_copy(update={"titles": table})
        if limits:
            table = settings.verification.model_copy(update=limits)
            settings = settings.model_copy(update={"verification": table})
        needs = Needs(
            EPISODE,
            artefact("picture", picture),
            artefact("subtitled_video", film),
            cues_file("proofread_subtitles", tmp_path, cues),
            words_file(tmp_path, **words),
        )
        folder = tmp_path / "made"
        folder.mkdir(exist_ok=True)
        perform.made = STAGE.run(needs, settings.only(STAGE.settings), folder)
        told = read_json(perform.made.verification_report)
        return {check["name"]: check for check in told["checks"]}

    return perform


def test_a_sound_film_passes_every_check(verify):
    found = verify(limits={"loudness_lufs": -21.0, "loudness_warn_lu": 8.0})
    assert {name: check["result"] for name, check in found.items()} == dict.fromkeys(found, "pass")
    assert len(found) == 16
    assert STAGE.check(verify.made, SETTINGS.only(STAGE.settings)) == ()


def test_a_film_on_which_nothing_was_burned_fails(verify, picture):
    found = verify(film=picture)["cues_seen"]
    assert (found["result"], found["value"], found["limit"]) == ("fail", "0", "4")
    (first, *_rest) = found["findings"]
    assert (first["start_ms"], first["message"]) == (0, "画面上看不到这条字幕。")
    errors = [f for f in STAGE.check(verify.made, SETTINGS) if f.level == "error"]
    assert [f.message for f in errors] == ["Subtitles to be seen in the picture: 0 (allowed: 4)."]


def test_other_subtitles_than_those_burned_fail(verify):
    moved = [replace(cue, start_ms=cue.end_ms, end_ms=cue.end_ms + 300) for cue in CUES]
    assert verify(moved)["cues_seen"]["result"] == "fail"


def test_black_still_silent_and_short_films_are_told(verify, film, make_clip):
    """Black and silent for the second second, still from the fourth, frames and sound lacking."""
    stand = "trim=end=4,tpad=stop=75:stop_mode=clone"
    filters = (
        "-vf", f"drawbox=t=fill:c=black:enable='between(t,1,2)',{stand}",
        "-af", "volume=0:enable='between(t,1,2)',atrim=end=6",
    )  # fmt: skip
    bad = make_clip("bad.mp4", "-i", film, *filters, *X264, "-c:a", "aac")
    limits = {"silence_min_ms": 500, "silence_fail_ms": 800, "freeze_fail_ms": 2500}
    found = verify(film=bad, limits=limits)
    results = {name: check["result"] for name, check in found.items()}
    assert results["black"] == "warn"
    failing = ("freeze", "silence", "frames", "av_difference")
    assert [results[name] for name in failing] == ["fail"] * 4
    assert (found["frames"]["value"], found["frames"]["limit"]) == ("175", "200")


def test_black_under_a_title_is_meant_and_elsewhere_it_is_not(verify, film, make_clip):
    """Black for the first two seconds, on which the opening stands, and from the fifth to the
    sixth."""
    black = "drawbox=t=fill:c=black:enable='lt(t,2)+between(t,5,5.8)'"
    dark = make_clip("dark.mp4", "-i", film, "-vf", black, *X264, "-c:a", "copy")
    (other,) = verify(film=dark, titles={"show": ("opening",)})["black"]["findings"]
    assert other["start_ms"] == 5000
    both = verify(film=dark, titles={"show": ("strap",)})["black"]["findings"]
    assert [f["start_ms"] for f in both] == [0, 5000]


def test_a_title_is_not_taken_for_the_subtitles_below_it(verify, picture, tmp_path):
    """Only the strap was burned in, not the subtitles."""
    bare, media = tmp_path / "strap.mp4", source(picture)
    letters = {"text": "WANG", "fontsize": 30, "fontcolor": "white", "x": 20, "y": 105}
    shown = media["0"].filter("drawtext", fontfile=str(find_font(STYLE.font).path), **letters)
    run(ffmpeg.output(shown, media["1"], str(bare), **{"c:a": "copy", "preset": "ultrafast"}))
    assert verify(film=bare)["cues_seen"]["value"] == "0"


def test_the_page_tells_in_chinese_with_times_whoever_runs_it(verify, monkeypatch):
    verify([CUES[0], CUES[3]])
    page = verify.made.verification_page.read_text("utf-8")
    assert page.startswith("# 视频核对：王桂兰 01 放映队\n\n结论：不合格\n")
    assert "| 项目 | 结论 | 实测 | 允许 |" in page
    assert "| 说话处有字幕 | 不合格 | 50.0% | ≥ 95% |" in page
    assert "- 00:02–00:03 有人说话，但没有字幕。" in page
    before = verify.made.verification_report.read_bytes()
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    verify([CUES[0], CUES[3]])
    assert verify.made.verification_page.read_text("utf-8") == page
    assert verify.made.verification_report.read_bytes() == before
