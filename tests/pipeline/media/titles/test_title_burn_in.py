"""Titles in the film itself: on exactly their frames, in their place, saying what they should."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.media.burn_in import burn, canvas_for
from pipeline.media.ffmpeg import probe
from pipeline.media.redaction import RedactionPlan
from pipeline.media.render_cache import RenderCache
from pipeline.media.titles import title_overlays
from pipeline.settings import load
from pipeline.stage import Scope, Subject
from tests.films import grey, ink
from tests.pipeline.media.titles.test_title_text import FILE, titles

SETTINGS = load()
STYLE = SETTINGS.style_for("zh")
TABLE = SETTINGS.titles.model_dump()
FAST = SETTINGS.burning.model_copy(update={"preset": "ultrafast", "crf": 12})
CUES = [Cue(4000, 5000, "第一句"), Cue(5400, 6600, "第二句"), Cue(8000, 8900, "末句")]
TIMES = {"opening": range(75), "strap": range(113, 188), "closing": range(225, 300)}
"""Of twelve seconds none takes more than three; the strap begins half a second after the words."""
SUBTITLES = 270 * 0.866  # the row at which one line of subtitles begins


@pytest.fixture(scope="module")
def picture(make_clip) -> Path:
    """12 s, 480x270 at 25 fps: a slow change of greys, and a tone."""
    shown = "gradients=s=480x270:r=25:d=12:c0=0x505050:c1=0x808080:speed=0.02:seed=1"
    sources = ("-f", "lavfi", "-i", shown, "-f", "lavfi", "-i", "sine=440:r=48000:d=12")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
    return make_clip("to title.mp4", *sources, "-t", "12", *coded, "-c:a", "aac")


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> RenderCache:
    """Pieces of one second, used by every film that wants no others."""
    return RenderCache(tmp_path_factory.mktemp("shared"), 1000)


@pytest.fixture(scope="module")
def film(picture, shared, tmp_path_factory):
    """Make the film with titles."""

    def make(cues=CUES, *, cache=None, wishes=(), **changes) -> Path:
        folder = tmp_path_factory.mktemp("film")
        middle = {n: {**TABLE[n], "place": "middle"} for n in ("opening", "closing")}
        table = {
            **middle,
            "show": list(TIMES),
            "crew": [{"role": "导演", "names": "王芳"}],
            **changes,
        }
        shown = SETTINGS.model_copy(update={"titles": titles(**table)})
        subject = Subject("a/01", Scope.EPISODE, "王桂兰", "culture", 2, "zh", 1, "放映队")
        withheld = RedactionPlan.of(wishes, Fraction(25), 300)
        lettering = title_overlays(shown, subject, FILE, cues, withheld, canvas_for(probe(picture)))
        burn(
            picture, folder / "film.mp4", cues, STYLE, FAST, withheld=withheld, card="不公开",
            titles=lettering, cache=cache or shared,
        )  # fmt: skip
        return folder / "film.mp4"

    return make


@pytest.fixture(scope="module")
def first(film) -> Path:
    """The film as it is with all three titles."""
    return film()


def changed(film: Path, picture: Path) -> np.ndarray:
    """Where the film differs from the picture, above the subtitles."""
    return ink(film, picture)[:, : int(SUBTITLES)]


def test_each_title_is_on_its_frames_and_on_no_other(first, picture):
    shown = np.flatnonzero(changed(first, picture).any(axis=(1, 2)))
    assert shown.tolist() == [n for times in TIMES.values() for n in times]


def test_they_stand_in_their_places_and_the_subtitles_in_theirs(first, picture):
    whole = ink(first, picture)
    for name, times in TIMES.items():
        rows, columns = np.nonzero(changed(first, picture)[times[30]])
        assert rows.min() > 270 * 0.05
        assert columns.min() >= 480 * 0.05 and columns.max() < 480 * 0.95
        if name == "strap":
            assert columns.min() < 480 * 0.1 and rows.min() > 270 * 0.5
        else:
            assert abs((columns.min() + columns.max()) / 2 - 239.5) <= 2
    assert whole[:, 234:237].sum(axis=(0, 2)).tolist() == [
        0,
        0,
        0,
    ]  # the ground ends above, the letters begin below
    below = np.flatnonzero(whole[:, int(SUBTITLES) :].sum(axis=(1, 2)) > 20)
    assert below.tolist() == [*range(100, 125), *range(135, 165), *range(200, 223)]


def test_the_ground_behind_the_letters_is_darkened_and_nothing_else(first, picture):
    before, after = grey(picture)[40], grey(first)[40]
    assert abs(after[: int(270 * 0.15)] - before[: int(270 * 0.15)]).mean() < 1.5
    top, left = np.argwhere(before - after > 20).min(axis=0)
    ground = np.s_[top + 3 : top + 6, left + 3 : left + 6]
    assert after[ground].mean() == pytest.approx(before[ground].mean() * 0.4, rel=0.1)


def test_what_is_withheld_stands_above_the_titles(film):
    """The first second masked and the last two: nothing but the card is to be seen in them."""
    frames = grey(film(wishes=[((0, 1000), "mask"), ((10_000, 12_000), "mask")]))
    for times in (range(25), range(250, 300)):
        inside = frames[times.start : times.stop]
        assert inside[:, :67].max() < 40 and inside[:, 203:].max() < 40
    assert (frames[25:100, 67:203] > 200).any(axis=(1, 2)).all()  # the opening, later


def segment_files(cache: RenderCache) -> set[Path]:
    return set(cache.folder.glob("*/*.mp4"))


def test_a_changed_title_or_cue_costs_only_the_segments_it_is_in(film, first, shared, tmp_path):
    cache = RenderCache(shutil.copytree(shared.folder, tmp_path / "segments"), 1000)
    had = segment_files(cache)
    film(cache=cache, crew=[{"role": "导演", "names": "李强"}])
    credits = segment_files(cache) - had
    assert len(credits) == 3  # the closing title's, from 9 s on
    film([*CUES[:2], Cue(8000, 8900, "改过")], cache=cache)
    assert len(segment_files(cache) - had - credits) == 1
    assert film(cache=cache).read_bytes() == first.read_bytes()


def test_a_piece_without_a_title_is_the_one_it_always_was(first, picture, shared, tmp_path):
    cache = RenderCache(shutil.copytree(shared.folder, tmp_path / "segments"), 1000)
    had = segment_files(cache)
    burn(picture, tmp_path / "bare.mp4", CUES, STYLE, FAST, cache=cache)
    # Of twelve, three each hold the opening and the closing, four the strap; two were there.
    assert len(segment_files(cache) - had) == 10
