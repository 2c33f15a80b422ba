"""Every delivery is what its profile says, whole or not there, and holds nothing withheld."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import write_srt, write_vtt
from pipeline.core.files import read_json, write_json
from pipeline.delivery import deliver as delivering
from pipeline.delivery import textless
from pipeline.delivery.deliver import deliver, make_delivery
from pipeline.delivery.manifest import remove_outdated
from pipeline.delivery.sidecars import chapters
from pipeline.delivery.source import Release
from pipeline.delivery.textless import make_textless
from pipeline.errors import NotFoundError, NotReadyError, StorageError, ToolFailed
from pipeline.media.burn_in import burn
from pipeline.media.ffmpeg import ffmpeg_path, ffprobe_path, probe
from pipeline.media.measurements import measure
from pipeline.media.redaction import RedactionPlan
from pipeline.repository.store import digest
from pipeline.settings import load
from tests.films import CLEARLY, grey, samples

SETTINGS = load()
SMALL = {"width": 640, "height": 360, "preset": "ultrafast"}
QUICK = SETTINGS.delivery | {"tv": SETTINGS.delivery["tv"].model_copy(update=SMALL)}
"""The profiles as they are, but for the time the station's full size takes."""
CUES = [Cue(0, 800, "我进了放映队"), Cue(2400, 3000, "走了三百里")]
MASK = (1000, 2000)
FILMS = (".mp4", ".mxf", ".mkv", ".m4a", ".wav")
PICTURE = (
    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3.2",
    "-f", "lavfi", "-i", "anoisesrc=d=3.2:c=pink:r=48000:seed=2:a=0.35",
    "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
)  # fmt: skip
"""3.2 s, 80 frames, moving in every corner; sound all the time."""


@pytest.fixture(scope="module")
def picture(make_clip) -> Path:
    return make_clip("to deliver.mp4", *PICTURE)


@pytest.fixture(scope="module")
def material(picture: Path, artefact, tmp_path_factory) -> Release:
    """What stage 12 releases, the second second masked."""
    folder = tmp_path_factory.mktemp("released")
    how = SETTINGS.burning.model_copy(update={"preset": "ultrafast"})
    withheld = RedactionPlan.of([(MASK, "mask")], Fraction(25), 80)
    master = folder / "master.mp4"
    style = SETTINGS.style_for("zh")
    burn(picture, master, CUES, style, how, withheld=withheld, card=SETTINGS.release.mask_text)
    told = {
        "withheld": [{"start_ms": MASK[0], "end_ms": MASK[1], "action": "mask"}],
        "consent": {"uses": ["website", "broadcast"]},
    }
    return Release.of(
        master, digest(master), write_vtt(CUES, folder / "final.vtt"),
        write_srt(CUES, folder / "final.srt"), write_json(folder / "record.json", told),
        artefact("picture", picture),
    )  # fmt: skip


@pytest.fixture(scope="module")
def delivered(material: Release, tmp_path_factory):
    """Make a delivery once; returns its folder."""
    made: dict[str, Path] = {}

    def perform(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("delivery") / name
            make_delivery(material, QUICK[name], SETTINGS, made[name])
        return made[name]

    return perform


def silent(file: Path) -> bool:
    """Whether the masked second cannot be heard, though what is around it can."""
    heard = samples(file).astype(int)
    inside = abs(heard[48 * MASK[0] : 48 * MASK[1]]).max()
    return inside <= 3 and abs(heard[: 48 * 800]).max() > 500


def black(file: Path) -> bool:
    """Whether nothing but the card is to be seen in the masked second, and something before."""
    shown = grey(file)[25:50]
    edge = shown.shape[1] // 4
    return max(shown[:, :edge].max(), shown[:, -edge:].max()) <= 40 and grey(file)[10].max() > 150


@pytest.mark.parametrize(
    ("profile", "films"),
    [
        ("web", ["film.mp4"]),
        ("tv", ["film-clean.mp4", "film-clean.mxf", "film.mp4", "film.mxf", "track-1.wav",
                "track-2.wav"]),
        ("archive", ["film.mkv"]),
        ("listening", ["sound.m4a"]),
    ],
)  # fmt: skip
def test_what_is_withheld_is_in_no_delivery(delivered, profile, films):
    folder = delivered(profile)
    assert sorted(f.name for f in folder.iterdir() if f.suffix in FILMS) == films
    for film in films:
        assert silent(folder / film), film
        if not film.endswith((".m4a", ".wav")):
            assert black(folder / film), film


def test_the_list_names_every_file_with_its_digest_and_what_it_was_made_of(delivered, material):
    for profile in ("web", "archive"):
        folder = delivered(profile)
        told = read_json(folder / "manifest.json")
        there = {f.name: digest(f) for f in folder.iterdir() if f.name != "manifest.json"}
        assert {f["name"]: f["sha256"] for f in told["files"]} == there
        assert told["made_of"]["master"] == material.sha256


def test_the_web_has_the_film_untouched_where_it_fits_and_a_sheet_that_is_found(delivered):
    folder = delivered("web")
    data = (folder / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    sheet = (folder / "thumbnails.vtt").read_text("utf-8")
    assert "00:00:00.000 --> 00:00:03.200\nthumbnails.jpg#xywh=0,0,160,90" in sheet
    assert (folder / "captions.vtt").read_text("utf-8").startswith("WEBVTT")
    assert (folder / "poster.jpg").read_bytes().startswith(b"\xff\xd8")


def test_television_gets_interlaced_mpeg2_with_a_track_for_each_channel(material, tmp_path):
    profile = SETTINGS.delivery["tv"].model_copy(update={"files": ("xdcam",)})
    make_delivery(material, profile, SETTINGS, tmp_path / "tv")
    found = probe(tmp_path / "tv" / "film.mxf")
    (video,) = found.video
    assert (video.codec, video.pixel_format) == ("mpeg2video", "yuv422p")
    assert (video.width, video.height, video.frame_rate) == (1920, 1080, 25)
    assert video.field_order in ("tt", "tb")
    assert [(a.codec, a.channels, a.rate_hz) for a in found.audio] == [("pcm_s24le", 1, 48000)] * 2
    rate = found.size * 8 * 1000 / found.duration_ms
    assert 45e6 < rate < 60e6


def test_television_gets_a_clean_version_of_the_same_picture(delivered, picture):
    folder = delivered("tv")
    small = {"w": 320, "h": 180}
    for name in ("film-clean.mp4", "film-clean.mxf"):
        shown = grey(folder / name, **small)
        assert len(shown) == 80
        apart = abs(shown - grey(picture, **small)).mean(axis=(1, 2))
        assert max(*apart[:25], *apart[50:]) < 8 < min(apart[25:50]), name
    # In the lower half the burned one has what the clean one has not, while a cue is shown.
    burned, clean = (
        grey(folder / name, **small)[:, 90:] for name in ("film.mp4", "film-clean.mp4")
    )
    differ = (abs(burned - clean) > CLEARLY).sum(axis=(1, 2))
    assert min(differ[:20]) > 100 and max(differ[20:60]) < 20 and min(differ[60:75]) > 100
    assert not list(folder.glob("clean*"))


def test_television_gets_each_track_and_the_subtitles(delivered, material):
    folder = delivered("tv")
    for name in ("track-1.wav", "track-2.wav"):
        (track,) = probe(folder / name).audio
        assert (track.codec, track.rate_hz, track.channels) == ("pcm_s24le", 48000, 1)
        assert b"bext" in (folder / name).read_bytes()[:128]
    assert (folder / "subtitles.srt").read_bytes() == material.subtitles.read_bytes()


def test_of_a_picture_that_was_changed_no_clean_version_is_made(material, tmp_path, artefact):
    other = tmp_path / "picture.mp4"
    other.write_bytes(material.master.read_bytes())
    claimed = replace(artefact("picture", other), sha256=material.picture.sha256)
    for picture in (None, claimed, artefact("picture", cut(other))):
        with pytest.raises(NotReadyError, match="picture"):
            make_textless(replace(material, picture=picture), SETTINGS, tmp_path)


def cut(film: Path) -> Path:
    """The film without its last second."""
    target = film.with_name("shorter.mp4")
    command = [ffmpeg_path(), "-v", "error", "-i", film, "-c", "copy", "-t", "2", target]
    subprocess.run(command, check=True)
    return target


def test_a_clean_version_in_which_it_is_left_is_not_handed_out(material, tmp_path, monkeypatch):
    def careless(picture, target, *_args, **_options):
        shutil.copyfile(picture, target)

    monkeypatch.setattr(textless, "burn", careless)
    profile = QUICK["tv"].model_copy(update={"files": ("h264_clean",)})
    with pytest.raises(ToolFailed, match="without subtitles"):
        make_delivery(material, profile, SETTINGS, tmp_path / "tv")
    assert list(tmp_path.iterdir()) == []


def test_television_gets_the_loudness_of_the_standard(delivered):
    folder = delivered("tv")
    for name in ("film.mxf", "film.mp4"):
        found = measure(folder / name, SETTINGS.verification, all_tracks=name.endswith("mxf"))
        assert found.loudness_lufs == pytest.approx(-24, abs=1)
        assert found.frames == 80


def test_the_archive_is_the_master_to_the_bit(delivered, material):
    film = delivered("archive") / "film.mkv"
    assert probe(film).video[0].codec == "ffv1"
    assert np.array_equal(grey(film), grey(material.master))
    apart = samples(film).astype(int) - samples(material.master)
    assert abs(apart).max() <= 1  # rounded to 16 bits from 24 here, from the codec's floats there


def test_the_sound_has_chapters(delivered):
    command = [ffprobe_path(), "-v", "error", "-show_chapters", "-of", "json"]
    told = subprocess.run(
        [*command, delivered("listening") / "sound.m4a"], capture_output=True, check=True
    ).stdout
    (first,) = json.loads(told)["chapters"]
    assert (first["start"], first["tags"]["title"]) == (0, CUES[0].text)


def test_chapters_begin_after_pauses_and_not_too_often():
    cues = [Cue(n * 20_000, n * 20_000 + 5000, f"第{n}句") for n in range(30)]
    assert chapters(cues, 600_000) == [(0, "第0句"), (180_000, "第9句"), (360_000, "第18句"),
                                       (540_000, "第27句")]  # fmt: skip
    close = [replace(cue, end_ms=cue.start_ms + 19_000) for cue in cues]
    assert chapters(close, 600_000) == [(0, "第0句")]


def test_times_of_what_is_masked_follow_what_is_cut(material, tmp_path):
    told = [
        {"start_ms": 400, "end_ms": 800, "action": "cut"},
        {"start_ms": 1400, "end_ms": 2400, "action": "mask"},
    ]
    record = {"withheld": told, "consent": {"uses": []}}
    moved = Release.of(
        material.master, "", material.captions, material.captions,
        write_json(tmp_path / "record.json", record),
    )  # fmt: skip
    assert moved.masks == (MASK,)


@pytest.mark.parametrize("profile", ["web", "listening"])
def test_a_film_in_which_it_is_left_is_not_handed_out(material, picture, tmp_path, profile):
    leaking = replace(material, master=picture)
    with pytest.raises(ToolFailed, match="withheld passage can be"):
        make_delivery(leaking, SETTINGS.delivery[profile], SETTINGS, tmp_path / profile)
    assert list(tmp_path.iterdir()) == []


def test_a_use_without_consent_is_refused(material, tmp_path):
    private = replace(material, uses=("website",))
    with pytest.raises(NotReadyError, match="broadcast"):
        make_delivery(private, SETTINGS.delivery["tv"], SETTINGS, tmp_path / "tv")
    assert list(tmp_path.iterdir()) == []


def test_ended_at_any_moment_a_delivery_is_whole_or_not_there(material, tmp_path, monkeypatch):
    profile, folder = SETTINGS.delivery["listening"], tmp_path / "listening"
    make_delivery(material, profile, SETTINGS, folder)
    before = {f.name: f.stat().st_mtime_ns for f in folder.iterdir()}
    make_delivery(material, profile, SETTINGS, folder)
    assert {f.name: f.stat().st_mtime_ns for f in folder.iterdir()} == before
    # Ended while writing, and between the two renamings.
    (tmp_path / ".listening.part").mkdir()
    (tmp_path / ".listening.part" / "half.m4a").touch()
    folder.rename(tmp_path / ".listening.old")
    make_delivery(material, profile, SETTINGS, folder)
    assert [p.name for p in tmp_path.iterdir()] == ["listening"]
    assert {f.name: f.stat().st_mtime_ns for f in folder.iterdir()} == before
    # A file of it damaged: made again.
    (folder / "sound.m4a").write_bytes(b"damaged")
    make_delivery(material, profile, SETTINGS, folder)
    assert silent(folder / "sound.m4a")


def test_deliveries_of_another_master_are_removed(tmp_path):
    for name, master in (("web", "aa"), ("tv", "bb")):
        (tmp_path / "delivery" / name).mkdir(parents=True)
        write_json(tmp_path / "delivery" / name / "manifest.json", {"made_of": {"master": master}})
    remove_outdated(tmp_path, {"bb"})
    assert [p.name for p in (tmp_path / "delivery").iterdir()] == ["tv"]


def test_only_a_released_episode_is_delivered(production):
    with pytest.raises(NotReadyError, match="not released"):
        deliver(production, "wang-guilan/01", "web")
    with pytest.raises(NotFoundError, match="listening"):
        deliver(production, "wang-guilan/01", "cinema")


def test_every_word_of_a_profile_has_a_maker():
    made = delivering.MAKERS.keys() | delivering.CLEAN_MAKERS.keys()
    assert made >= {f for p in SETTINGS.delivery.values() for f in p.files}


def test_a_folder_that_is_no_delivery_is_left_alone(material, tmp_path):
    photos = tmp_path / "listening" / "photos.txt"
    photos.parent.mkdir()
    photos.write_text("somebody's own", "utf-8")
    with pytest.raises(StorageError, match="is no delivery"):
        make_delivery(material, SETTINGS.delivery["listening"], SETTINGS, photos.parent)
    assert [p.name for p in tmp_path.rglob("*")] == ["listening", "photos.txt"]
