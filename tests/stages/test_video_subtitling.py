"""Stage 8: the film with its subtitles, and captions that say the same."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.errors import SubtitleError
from pipeline.workflow.status import needed_fields
from stages.video_subtitling import STAGE, Makes, Needs
from tests.films import ink, samples
from tests.stages.papers import EPISODE, artefact
from tests.stages.screening import (
    CUES,
    PICTURE,
    SETTINGS,
    cues_file,
    json_file,
    words_file,
)


@pytest.fixture(scope="module")
def picture(make_clip):
    return make_clip("episode.mp4", *PICTURE)


@pytest.fixture
def run(picture, tmp_path):
    """Run the stage on cues, seeing only the settings it declares."""

    def perform(cues: list[Cue] = CUES, name: str = "made") -> Makes:
        folder = tmp_path / name
        folder.mkdir()
        subtitles = cues_file("proofread_subtitles", tmp_path, cues)
        needs = Needs(EPISODE, artefact("picture", picture), subtitles)
        return STAGE.run(needs, SETTINGS.only(STAGE.settings), folder)

    return perform


def test_the_film_shows_each_cue_for_its_time_and_nothing_else(run, picture):
    made = run()
    shown = np.flatnonzero(ink(made.subtitled_video, picture)[:, 140:].sum(axis=(1, 2)) > 20)
    assert shown.tolist() == [n for c in CUES for n in range(c.start_ms // 40, c.end_ms // 40)]
    assert np.array_equal(samples(made.subtitled_video), samples(picture))


def test_the_captions_say_what_is_burned(run):
    cues = [Cue(0, 1000, "<script>alert(1)</script> & “好”"), *CUES[1:]]
    captions = run(cues).captions
    assert captions.read_text("utf-8").startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n&lt;")
    assert read(captions) == cues


def test_equal_needs_make_equal_files_and_nothing_besides(run, tmp_path):
    first, second = run(name="a"), run(name="b")
    assert first.subtitled_video.read_bytes() == second.subtitled_video.read_bytes()
    assert first.captions.read_bytes() == second.captions.read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["captions.vtt", "subtitled.mp4"]


@pytest.mark.parametrize(
    ("cue", "message"),
    [
        (Cue(0, 900, "好🐎"), r"no “🐎” \(U\+1F40E\)"),
        (Cue(8000, 9000, "晚"), "the picture ends at 00:08"),
    ],
)
def test_a_cue_that_cannot_be_shown_is_refused(run, tmp_path, cue, message):
    with pytest.raises(SubtitleError, match=message):
        run([cue])
    assert not (tmp_path / "made" / "subtitled.mp4").exists()


@pytest.fixture
def titled(picture, tmp_path):
    """Run the stage with an opening title and a name strap."""

    def perform(consent=None) -> Makes:
        table = {**SETTINGS.titles.model_dump(), "show": ["opening", "strap"]}
        shown = type(SETTINGS.titles).model_validate(table)
        settings = SETTINGS.model_copy(update={"titles": shown})
        person = {"name": "王桂兰", "position": "馆员", "consent": consent or {}}
        needs = Needs(
            EPISODE, artefact("picture", picture), cues_file("proofread_subtitles", tmp_path),
            json_file("interviewee_file", tmp_path, person), words_file(tmp_path),
        )  # fmt: skip
        folder = tmp_path / f"titled{len(person['consent'])}"
        folder.mkdir()
        return STAGE.run(needs, settings.only(STAGE.settings), folder)

    return perform


def test_titles_are_burned_in_above_the_subtitles_and_the_captions_are_as_before(
    run, titled, picture
):
    made = titled()
    above = np.flatnonzero(ink(made.subtitled_video, picture)[:, :140].sum(axis=(1, 2)) > 20)
    assert above.tolist() == [*range(50), *range(63, 113)]
    assert made.captions.read_bytes() == run().captions.read_bytes()
    assert np.array_equal(samples(made.subtitled_video), samples(picture))


def test_titles_are_needed_only_with_their_settings():
    assert set(needed_fields(STAGE, SETTINGS)) == {"subject", "picture", "proofread_subtitles"}
    shown = SETTINGS.titles.model_copy(update={"show": ("strap",)})
    needed = needed_fields(STAGE, SETTINGS.model_copy(update={"titles": shown}))
    assert needed["interviewee_file"] == needed["words"] == "one"
