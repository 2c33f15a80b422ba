"""Every odd recording is cut and burned right, or refused with a reason people understand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.captions.cues import Cue
from pipeline.core.files import write_json
from pipeline.errors import ChifengError
from pipeline.media.burn_in import burn
from pipeline.media.ffmpeg import check_media, probe
from pipeline.media.render_cache import RenderCache
from pipeline.settings import load
from pipeline.stage import Artefact, Scope, Subject
from stages.video_editing import STAGE, Needs
from tests.films import ink

SUBJECT = Subject("wang/01", Scope.EPISODE, "王桂兰", "culture", 1, "zh", 1, "")
LENGTH_S = 0.6
CUE = Cue(200, 400, "我进了放映队")

# What comes of real files: how many frames and of which size, or why none do.
REAL: dict[str, tuple[int, int, int] | str] = {
    "ac3_5.1_mpeg4.mp4": (14, 1920, 1080),
    "audio_only.mov": "has no picture",
    "avalon_videoshort_no_audio.mp4": "has no sound",
    "azure_presenter_1080p.mp4": (15, 1920, 1080),
    "mkv_embedded_srt.mkv": "has no sound",
    "nypl_together_we_listen_interview.mp4": (18, 980, 198),
    "ohd_1-minute-test.mp4": "has no sound",
    "opencast_testvideo_218s.mp4": (18, 320, 180),
    "phone_vfr_rotated180.mp4": (14, 1280, 720),
    "timecode_starts_1h.mov": (14, 1920, 1080),
    "two_video_two_audio.avi": "2 sound tracks",
    "DERIVED_mp4_named.wav": (14, 200, 110),
    "git_symlink_as.wav": "is not",
    "header_only_pymediainfo_sample.mkv": "incomplete",
    "m4a_with_two_covers.m4a": "has no picture",
    "missing_wav_header.wav": "is not",
    "mp3_inside_wav.wav": "has no picture",
    "mp3_with_attached_picture.mp3": "has no picture",
    "no_duration.webm": (9, 1280, 720),
    "smallest.webm": "has no sound",
    "stereo_24bit.wav": "has no picture",
    "text with space in name.mp4": "is not",
    "ts_teletext_only.ts": "neither picture nor sound",
    "two_byte.mp4": "is not",
    "whitenoise.mp3": "has no picture",
    "zero_byte.mp4": "empty",
}
MADE: dict[str, tuple[int, int, int] | str] = {
    "clip": (15, 320, 180),
    "clip_mkv": (15, 320, 180),
    "clip_vfr": (14, 320, 180),
    "clip_rotated": (15, 180, 320),
    "clip_anamorphic": (15, 426, 180),
    "clip_two_sounds": "2 sound tracks",
    "clip_no_sound": "has no sound",
    "clip_no_picture": "has no picture",
    "clip_truncated": "incomplete",
    "clip_no_index": "incomplete",
    "clip_truncated_mkv": "incomplete",
}


@pytest.fixture
def outcome(tmp_path: Path) -> Callable[[Path], tuple[int, int, int] | str]:
    """A function that takes a recording in, cuts its beginning, burns a cue in and looks at it."""
    held = load()
    quick = held.editing.model_copy(update={"preset": "ultrafast"})
    settings = held.model_copy(update={"editing": quick})

    def artefact(kind: str, path: Path) -> Artefact:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return Artefact(kind, sha256, path.name, path, path.stat().st_size)

    def cut(original: Path, folder: Path) -> Path:
        check_media(original)
        listing, taken = folder / "list.csv", artefact("camera_originals", original)
        told = [{"sha256": taken.sha256, "start_timecode": None}]
        report = write_json(folder / "report.json", {"originals": told})
        row = f"1,{original.name},0.0,{LENGTH_S}\n"
        listing.write_text(f"episode,source,in,out\n{row}", "utf-8")
        needs = Needs(
            SUBJECT, artefact("recording_report", report), (taken,),
            artefact("edit_list", listing), None,
        )  # fmt: skip
        return STAGE.run(needs, settings.only(STAGE.settings), folder).picture

    def perform(original: Path) -> tuple[int, int, int] | str:
        folder = tmp_path / f"{original.name} worked"
        folder.mkdir()
        try:
            picture = cut(original, folder)
        except ChifengError as error:
            assert error.what and error.remedy, original.name
            return error.what
        film = folder / "film.mp4"
        how = settings.burning.model_copy(update={"preset": "ultrafast"})
        burn(
            picture,
            film,
            [CUE],
            settings.style_for("zh"),
            how,
            cache=RenderCache(folder / "pieces"),
        )
        return looked_at(film, picture)

    return perform


def looked_at(film: Path, picture: Path) -> tuple[int, int, int]:
    """Return frames, width and height; the cue must be on its frames alone, low and centred."""
    video = probe(film).video[0]
    seen = ink(film, picture)
    rate = video.frame_rate
    inside = [n for n in range(len(seen)) if CUE.start_ms <= n * 1000 / rate < CUE.end_ms]
    assert [n for n, frame in enumerate(seen) if frame.any()] == inside, film
    rows, columns = seen.any(axis=0).nonzero()
    assert rows.min() > 0.6 * video.display_height
    assert abs(columns.min() + columns.max() - video.display_width) < 0.1 * video.display_width
    return len(seen), video.display_width, video.display_height


def held_to(expected: tuple[int, int, int] | str, found: tuple[int, int, int] | str) -> bool:
    if isinstance(expected, str) and isinstance(found, str):
        return expected in found
    return expected == found


@pytest.mark.parametrize("name", MADE)
def test_odd_recordings_are_cut_and_burned_or_refused(
    name: str, outcome, request: pytest.FixtureRequest
) -> None:
    found = outcome(request.getfixturevalue(name))
    assert held_to(MADE[name], found), found


def test_real_recordings_are_cut_and_burned_or_refused(outcome, shared_data: Path | None) -> None:
    """Every one there is: a file this table does not know fails."""
    folders = [shared_data / name for name in ("video", "broken")] if shared_data else []
    files = {path.name: path for folder in folders for path in sorted(folder.iterdir())}
    found = {name: outcome(path) for name, path in files.items()}
    wrong = {n: f for n, f in found.items() if n not in REAL or not held_to(REAL[n], f)}
    assert wrong == {}
