"""Films made of segments: only what changed is encoded, and nobody can tell from the result."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.media.burn_in import burn
from pipeline.media.ffmpeg import ffmpeg_path, ffprobe_path, probe
from pipeline.media.redaction import RedactionPlan
from pipeline.media.render_cache import RenderCache
from pipeline.settings import load
from tests.films import grey, ink, samples

SETTINGS = load()
STYLE = SETTINGS.subtitle_styles["zh-tv"]
FAST = SETTINGS.burning.model_copy(update={"preset": "ultrafast", "crf": 12})
CUES = (Cue(200, 800, "第一句"), Cue(900, 2300, "过了一段又一段"), Cue(3100, 3900, "最后一句"))


@pytest.fixture(scope="module")
def picture(make_clip) -> Path:
    """4 s, 480x270 at 25 fps, key frames at odd places: a slow change of greys, and a tone."""
    shown = "gradients=s=480x270:r=25:d=4:c0=0x303030:c1=0x606060:speed=0.02:seed=1"
    sources = ("-f", "lavfi", "-i", shown, "-f", "lavfi", "-i", "sine=440:r=48000:d=4")
    coded = ("-c:v", "libx264", "-crf", "12", "-pix_fmt", "yuv420p", "-g", "37", "-c:a", "aac")
    return make_clip("greys.mp4", *sources, "-t", "4", *coded)


@pytest.fixture(scope="module")
def first(picture, tmp_path_factory) -> Path:
    """A film made of segments of one second; they lie in segments/ beside it."""
    folder = tmp_path_factory.mktemp("first")
    return film(picture, folder / "film.mp4", RenderCache(folder / "segments", 1000))


@pytest.fixture
def cache(first, tmp_path: Path) -> RenderCache:
    """The cache of that film."""
    shutil.copytree(first.parent / "segments", tmp_path / "segments")
    return RenderCache(tmp_path / "segments", 1000)


def film(picture: Path, target: Path, cache: RenderCache, *cues: Cue, **options) -> Path:
    burn(picture, target, cues or CUES, STYLE, FAST, cache=cache, **options)
    return target


def segment_files(cache: RenderCache) -> set[Path]:
    return set(cache.folder.glob("*/*.mp4"))


def times(path: Path) -> list[str]:
    options = ("-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,duration", "-of")
    done = subprocess.run(
        [str(ffprobe_path()), *options, "csv=p=0", str(path)], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return sorted(done.stdout.split(), key=lambda line: int(line.split(",")[0]))


def test_segments_make_the_same_film_as_one(picture, first, cache, tmp_path):
    parts = first
    whole = film(picture, tmp_path / "whole.mp4", RenderCache(tmp_path / "one", 60_000))
    assert len(segment_files(cache)) == 4
    assert times(parts) == times(whole)
    assert probe(parts).video[0].frames == probe(picture).video[0].frames == 100
    assert np.array_equal(samples(parts), samples(whole))
    assert abs(grey(parts) - grey(whole)).max() < 40  # coding; a letter differs by over 100
    assert abs(grey(parts) - grey(whole)).mean() < 0.5


def test_cues_over_a_border_are_on_exactly_their_frames(picture, first):
    shown = ink(first, picture).any(axis=(1, 2))
    wanted = [*range(5, 20), *range(23, 58), *range(78, 98)]
    assert [int(n) for n in np.flatnonzero(shown)] == wanted


def test_a_changed_cue_costs_its_segment_and_nothing_else(picture, cache, tmp_path):
    before = segment_files(cache)
    changed = (CUES[0], CUES[1], Cue(3100, 3900, "改过的一句"))
    again = film(picture, tmp_path / "again.mp4", cache, *changed)
    assert len(segment_files(cache) - before) == 1
    fresh = film(picture, tmp_path / "fresh.mp4", RenderCache(tmp_path / "new", 1000), *changed)
    assert again.read_bytes() == fresh.read_bytes()


def test_nothing_changed_encodes_nothing(picture, first, cache, tmp_path):
    at = {path: path.stat().st_ino for path in segment_files(cache)}
    again = film(picture, tmp_path / "again.mp4", cache)
    assert again.read_bytes() == first.read_bytes()
    assert {path: path.stat().st_ino for path in segment_files(cache)} == at


def test_a_damaged_segment_is_made_again(picture, first, cache, tmp_path):
    one, other, *_ = sorted(segment_files(cache))
    one.write_bytes(one.read_bytes()[:-100])
    data = bytearray(other.read_bytes())
    data[len(data) // 2] ^= 0xFF
    other.write_bytes(data)
    again = film(picture, tmp_path / "again.mp4", cache)
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("action", ["mask", "cut"])
def test_what_is_withheld_over_a_border_is_gone(picture, cache, tmp_path, action):
    withheld = RedactionPlan.of([((1500, 2500), action)], Fraction(25), 100)
    made_of = (Cue(200, 800, "第一句"),)
    result = film(picture, tmp_path / "film.mp4", cache, *made_of, withheld=withheld, card="")
    whole = film(
        picture, tmp_path / "whole.mp4", RenderCache(tmp_path / "one", 60_000), *made_of,
        withheld=withheld, card="",
    )  # fmt: skip
    frames = grey(result)
    assert abs(frames - grey(whole)).mean() < 0.5
    if action == "mask":
        assert frames[37:63].max() <= 20
    else:
        assert len(frames) == 74  # the passage was widened to frames 37 to 62
        assert abs(frames[40] - grey(picture)[66]).mean() < 3


def test_a_film_plays_without_a_complaint(first):
    path = first
    done = subprocess.run(
        [str(ffmpeg_path()), "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    streams = probe(path)
    assert abs(streams.video[0].duration_ms - streams.audio[0].duration_ms) <= 40


def test_the_folder_is_kept_in_bounds(cache):
    sizes = [path.stat().st_size for path in cache.folder.glob("*/*")]
    gone = cache.prune(sum(sizes) // 2)
    left = sum(path.stat().st_size for path in cache.folder.glob("*/*"))
    assert 0 < left <= sum(sizes) // 2 and gone == sum(sizes) - left


def _in_background(picture: Path, target: Path, folder: Path) -> None:
    os.setpgrp()
    film(picture, target, RenderCache(folder, 1000))


def test_killed_at_any_time_it_goes_on_from_there(picture, first, tmp_path):
    cache = RenderCache(tmp_path / "segments", 1000)
    ways = multiprocessing.get_context("spawn")
    work = ways.Process(target=_in_background, args=(picture, tmp_path / "x.mp4", cache.folder))
    work.start()
    while work.is_alive() and not segment_files(cache):
        time.sleep(0.01)
    os.kill(work.pid, signal.SIGKILL)
    work.join()
    had = segment_files(cache)
    assert had
    assert film(picture, tmp_path / "film.mp4", cache).read_bytes() == first.read_bytes()
    assert had <= segment_files(cache)


def test_two_at_once_do_not_disturb_each_other(picture, first, tmp_path):
    cache = RenderCache(tmp_path / "segments", 1000)
    ways = multiprocessing.get_context("spawn")
    targets = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    works = [ways.Process(target=_in_background, args=(picture, t, cache.folder)) for t in targets]
    for work in works:
        work.start()
    for work in works:
        work.join()
        assert work.exitcode == 0
    assert targets[0].read_bytes() == targets[1].read_bytes() == first.read_bytes()
