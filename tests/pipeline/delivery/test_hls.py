"""The ladder of sizes: players can read it, its playlists are true, nothing withheld shows."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import write_srt, write_vtt
from pipeline.core.files import read_json, write_json
from pipeline.delivery.deliver import make_delivery
from pipeline.delivery.hls import Playlist
from pipeline.delivery.hls_checks import ladder_faults
from pipeline.delivery.source import Release
from pipeline.errors import ToolFailed
from pipeline.media.burn_in import burn
from pipeline.media.ffmpeg import ffmpeg_path, ffprobe_path
from pipeline.media.redaction import RedactionPlan
from pipeline.repository.store import digest
from pipeline.settings import load

SETTINGS = load()
PROFILE = SETTINGS.delivery["stream"].model_copy(
    update={
        "ladder": ((1080, 2_000_000), (180, 600_000), (120, 300_000)), "segment_ms": 1000,
        "files": ("hls", "captions"), "preset": "ultrafast",
    }
)  # fmt: skip
MASK = (2000, 3000)
# Reading a playlist means opening other files: allowed here, where we wrote them all.
_OPEN = ("-protocol_whitelist", "file", "-format_whitelist", "hls,mov,webvtt")


@pytest.fixture(scope="module")
def material(make_clip, tmp_path_factory) -> Release:
    """4.48 s at 25 fps (112 frames), the third second masked."""
    picture = make_clip(
        "to climb.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4.48",
        "-f", "lavfi", "-i", "anoisesrc=d=4.48:c=pink:r=48000:seed=2:a=0.35",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("released")
    cues, master = [Cue(0, 800, "我进了放映队")], folder / "master.mp4"
    how = SETTINGS.burning.model_copy(update={"preset": "ultrafast"})
    withheld = RedactionPlan.of([(MASK, "mask")], Fraction(25), 112)
    burn(picture, master, cues, SETTINGS.style_for("zh"), how, withheld=withheld, card="此处不公开")
    told = {
        "withheld": [{"start_ms": MASK[0], "end_ms": MASK[1], "action": "mask"}],
        "consent": {"uses": ["website"]},
    }
    return Release.of(
        master, digest(master), write_vtt(cues, folder / "final.vtt"),
        write_srt(cues, folder / "final.srt"), write_json(folder / "record.json", told),
    )  # fmt: skip


@pytest.fixture(scope="module")
def stream(material: Release, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("delivery") / "stream"
    make_delivery(material, PROFILE, SETTINGS, folder)
    return folder


def probed(playlist: Path, *questions: str) -> dict:
    command = [ffprobe_path(), "-v", "error", *_OPEN, "-of", "json", *questions, playlist]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def decoded(playlist: Path, *options: str) -> bytes:
    command = [ffmpeg_path(), "-nostdin", "-v", "error", *_OPEN, "-i", playlist, *options, "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


def test_the_master_playlist_is_read_with_every_size_and_its_sound(stream):
    told = probed(stream / "hls" / "master.m3u8", "-show_streams", "-show_programs")
    sizes = {(s["width"], s["height"]) for s in told["streams"] if s["codec_type"] == "video"}
    assert sizes == {(320, 180), (214, 120)}
    assert {s["codec_type"] for s in told["streams"]} >= {"video", "audio"}
    rates = [int(p["tags"]["variant_bitrate"]) for p in told["programs"]]
    assert len(rates) == 2 and rates[0] > rates[1] > 0


def test_it_tells_rates_codecs_and_captions_as_the_files_are(stream):
    text = (stream / "hls" / "master.m3u8").read_text("utf-8")
    sound = Playlist.read(stream / "hls" / "sound")
    told = re.findall(r"-INF:BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+).*\n(\d+)p/", text)
    assert [height for *_rates, height in told] == ["180", "120"]
    for peak, average, height in told:
        video = Playlist.read(stream / "hls" / f"{height}p")
        assert int(peak) == video.peak + sound.peak
        assert int(average) == video.average + sound.average
        assert video.peak < 2.5 * {"180": 600_000, "120": 300_000}[height]
    assert re.findall('CODECS="(avc1[.][0-9a-f]{6}),mp4a.40.2"', text)
    assert 'URI="captions/index.m3u8"' in text
    cues = decoded(stream / "hls" / "captions" / "index.m3u8", "-f", "webvtt").decode()
    assert "我进了放映队" in cues


def test_every_size_is_cut_at_the_same_key_frames(stream):
    for name in ("180p", "120p"):
        index = stream / "hls" / name / "index.m3u8"
        lengths = [length for length, _path in Playlist.read(index.parent).segments]
        assert lengths == pytest.approx([1, 1, 1, 1, 0.48], abs=0.001)
        assert "#EXT-X-ENDLIST" in index.read_text("utf-8")
        packets = probed(index, "-show_entries", "packet=pts_time,flags")["packets"]
        keys = [float(p["pts_time"]) for p in packets if "K" in p["flags"]]
        assert np.diff(sorted(keys)) == pytest.approx([1, 1, 1, 1], abs=0.001)
        assert len(packets) == 112


def test_what_is_withheld_is_in_no_size_and_not_in_the_sound(stream):
    for name, (w, h) in (("180p", (320, 180)), ("120p", (214, 120))):
        raw = decoded(stream / "hls" / name / "index.m3u8", "-f", "rawvideo", "-pix_fmt", "gray")
        shown = np.frombuffer(raw, np.uint8).reshape(-1, h, w)
        assert len(shown) == 112
        edge = shown[:, :, : w // 4]
        assert edge[50:75].max() <= 40 < 150 < edge[:50].max()
    sound = stream / "hls" / "sound" / "index.m3u8"
    heard = np.frombuffer(decoded(sound, "-f", "s16le", "-ac", "1", "-ar", "48000"), "<i2")
    heard = abs(heard.astype(int))
    assert heard[48 * 2000 : 48 * 3000].max() <= 3 and heard[: 48 * 1900].max() > 500


def test_the_list_names_every_file_of_it(stream):
    told = {f["name"]: f["sha256"] for f in read_json(stream / "manifest.json")["files"]}
    there = {
        f.relative_to(stream).as_posix(): digest(f)
        for f in stream.rglob("*") if f.is_file() and f.name != "manifest.json"
    }  # fmt: skip
    assert told == there
    assert "hls/180p/00004.m4s" in told


def test_a_ladder_that_leaks_or_lies_is_not_handed_out(material, stream, tmp_path):
    master = stream / "hls" / "master.m3u8"
    assert ladder_faults(master, material, PROFILE) == []
    loud = RedactionPlan.of([((0, 1000), "mask")], Fraction(25), 112)
    found = ladder_faults(master, replace_withheld(material, loud), PROFILE)
    assert "a withheld passage can be heard" in found and "a withheld passage can be seen" in found
    longer = PROFILE.model_copy(update={"segment_ms": 2000})
    assert "a segment is not as long as the profile says" in ladder_faults(master, material, longer)
    text = master.read_text("utf-8")
    try:
        master.write_text(re.sub(r"-INF:BANDWIDTH=\d+", "-INF:BANDWIDTH=1000", text), "utf-8")
        assert "the playlist tells a wrong rate" in ladder_faults(master, material, PROFILE)
    finally:
        master.write_text(text, "utf-8", newline="\n")
    with pytest.raises(ToolFailed, match="withheld passage can be"):
        make_delivery(replace_withheld(material, loud), PROFILE, SETTINGS, tmp_path / "stream")
    assert list(tmp_path.iterdir()) == []


def replace_withheld(material: Release, withheld: RedactionPlan) -> Release:
    return replace(material, withheld=withheld)
