"""Stage 3: every original measured, a small copy of each, originals untouched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.core import progress
from pipeline.errors import MediaError
from pipeline.media.ffmpeg import decoded_frames, probe
from pipeline.settings import Settings
from stages.recording import STAGE, Needs


@dataclass(frozen=True)
class Recorded:
    """What the stage made: the report, what `check` said of it, the proxies."""

    text: str
    said: list[tuple[str, str]]
    proxies: tuple[Path, ...]

    @property
    def originals(self) -> list[dict[str, Any]]:
        return json.loads(self.text)["originals"]


Record = Callable[..., Recorded]


@pytest.fixture
def record(artefact: Any, settings: Settings, tmp_path: Path) -> Record:
    """A function that performs the stage on these files, with small pictures allowed."""

    def perform(*paths: Path, folder: str = "out", **limits: object) -> Recorded:
        outline = tmp_path / "outline.md"
        outline.write_text("# 提纲\n")
        needs = Needs(
            artefact("outline", outline), tuple(artefact("camera_originals", p) for p in paths)
        )
        changes = {"min_width": 320, "min_height": 180, **limits}
        recording = settings.recording.model_copy(update=changes)
        only = settings.model_copy(update={"recording": recording}).only(STAGE.settings)
        (tmp_path / folder).mkdir()
        makes = STAGE.run(needs, only, tmp_path / folder)
        findings = STAGE.check(makes, only) if STAGE.check else ()
        said = [(f.level, f.message.partition(": ")[2]) for f in findings]
        return Recorded(makes.recording_report.read_text("utf-8"), said, makes.proxies)

    return perform


def test_good_original_passes(record: Record, clip: Path) -> None:
    before = hashlib.sha256(clip.read_bytes()).hexdigest()
    makes = record(clip)
    original = makes.originals[0]
    assert '"result": "pass"' in makes.text
    assert makes.said == []
    assert (original["name"], original["sha256"]) == ("clip.mp4", before)
    assert original["duration_ms"] == 4000
    assert original["video"][0]["frame_rate"] == "25"
    assert original["audio"][0]["peak_dbfs"] == pytest.approx(-16.3, abs=0.5)
    assert original["audio"][0]["rms_dbfs"] == pytest.approx(-21, abs=0.2)
    assert hashlib.sha256(clip.read_bytes()).hexdigest() == before


def test_proxy_is_small_and_whole(record: Record, clip: Path) -> None:
    (proxy,) = record(clip, proxy_height=90).proxies
    found = probe(proxy)
    assert (found.video[0].width, found.video[0].height) == (160, 90)
    assert len(found.audio) == 1
    assert decoded_frames(proxy) == 100


def test_equal_originals_equal_bytes(record: Record, clip: Path) -> None:
    first, second = record(clip, folder="a"), record(clip, folder="b")
    assert first.text == second.text
    assert first.proxies[0].read_bytes() == second.proxies[0].read_bytes()


def test_telephone_recording(record: Record, clip_vfr: Path, clip_rotated: Path) -> None:
    makes = record(clip_vfr, clip_rotated)
    assert makes.said == [
        ("warning", "It has 16.67 frames a second; 23.9–60.1 are asked for."),
        ("note", "Its frames come at uneven intervals; editing makes them even."),
        ("note", "It is to be shown turned by 90°."),
    ]
    even, upright = (probe(p).video[0] for p in makes.proxies)
    assert not even.variable_rate
    assert (upright.width, upright.height, upright.rotation) == (180, 320, 0)


def test_wide_pixels_become_square(record: Record, clip_anamorphic: Path) -> None:
    makes = record(clip_anamorphic)
    assert makes.said == [("note", "Its pixels are not square (4/3); shown it is 427×180.")]
    assert probe(makes.proxies[0]).video[0].width == 426


def test_several_tracks_are_measured_one_by_one(record: Record, clip_two_sounds: Path) -> None:
    makes = record(clip_two_sounds)
    tracks = makes.originals[0]["audio"]
    assert [t["index"] for t in tracks] == [1, 2]
    assert tracks[0]["rms_dbfs"] - tracks[1]["rms_dbfs"] == pytest.approx(20, abs=0.5)
    assert "It has 2 sound tracks" in makes.said[0][1]


def test_missing_picture_or_sound_is_reported(
    record: Record, clip_no_sound: Path, clip_no_picture: Path
) -> None:
    makes = record(clip_no_sound, clip_no_picture)
    assert makes.said == [("warning", "It has no sound."), ("warning", "It has no picture.")]
    assert '"result": "warn"' in makes.text
    assert not probe(makes.proxies[1]).video


def test_overdriven_and_silent_sound_is_found(record: Record, make_clip) -> None:
    sound = "aevalsrc='if(lt(t,2),clip(sin(440*2*PI*t)*4,-1,1),0)':s=48000:d=5"
    path = make_clip("loud.mov", "-f", "lavfi", "-i", sound, "-c:a", "pcm_s16le")
    makes = record(path, max_silence_ms=1000)
    original = makes.originals[0]
    assert original["audio"][0]["clipped_share"] == pytest.approx(0.336, abs=0.02)
    assert original["silences"] == [[2000, 5000]]
    assert [m for _level, m in makes.said] == [
        "It has no picture.",
        "Sound track 1 is overdriven: 33.53% of it is clipped.",
        "Nothing is heard for long.",
    ]


def test_what_misses_the_requirements_is_said(record: Record, clip: Path) -> None:
    makes = record(
        clip, min_width=1280, min_height=720, min_frame_rate=50.0, min_audio_rate_hz=96000,
        min_duration_ms=60_000, silence_dbfs=-10.0,
    )  # fmt: skip
    assert [message for _level, message in makes.said] == [
        "It lasts only 4.0 s.",
        "The picture is 320×180; at least 1280×720 is asked for.",
        "It has 25.00 frames a second; 50.0–60.1 are asked for.",
        "Sound track 1 has 48000 Hz; at least 96000 are asked for.",
        "Nothing can be heard on sound track 1.",
    ]


def test_report_is_chinese_whoever_makes_it(record: Record, clip_no_sound: Path) -> None:
    assert record(clip_no_sound).originals[0]["findings"][0]["message"] == "没有声音。"


@pytest.mark.parametrize("fixture", ["clip_truncated", "clip_truncated_mkv"])
def test_unusable_original_is_named(record: Record, fixture: str, clip: Path, request) -> None:
    broken = request.getfixturevalue(fixture)
    with pytest.raises(MediaError, match=f"“{broken.name}” is incomplete"):
        record(clip, broken)


def test_damaged_original_is_reported_not_refused(
    record: Record, clip: Path, tmp_path: Path
) -> None:
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    assert "Parts of it are damaged" in record(path).said[0][1]


def test_progress_covers_all_originals(record: Record, clip: Path, clip_no_sound: Path) -> None:
    seen: list[float] = []
    with progress.report_to(lambda done, _what: seen.append(done)):
        record(clip, clip_no_sound)
    assert seen == sorted(seen)
    assert any(done <= 0.5 for done in seen)
    assert seen[-1] > 0.9


def test_names_from_two_cards_do_not_collide(
    record: Record, clip: Path, clip_no_sound: Path
) -> None:
    twin = clip_no_sound.parent / "card 2" / "clip.mp4"
    twin.parent.mkdir(exist_ok=True)
    twin.write_bytes(clip_no_sound.read_bytes())
    assert len({p.name for p in record(clip, twin).proxies}) == 2


def test_real_originals_are_reported(record: Record, shared_data: Path | None) -> None:
    """A telephone's, and one whose timecode starts at one hour."""
    names = ("phone_vfr_rotated180.mp4", "timecode_starts_1h.mov")
    paths = [shared_data / "video" / name for name in names] if shared_data else []
    if paths:
        originals = record(*paths).originals
        assert [o["start_timecode"] for o in originals] == [None, "01:00:00:00"]
        assert [o["video"][0]["rotation"] for o in originals] == [180, 0]
