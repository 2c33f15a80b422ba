"""What probe and check_media say of all sorts of media."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest

from pipeline.errors import MediaError, ToolFailed
from pipeline.media.ffmpeg import check_media, decoded_frames, probe, run, source

NASTY_NAMES = [
    "with space.mp4",
    "王桂兰 第01集：童年.mp4",
    "🎬📼.mp4",
    'it\'s "quoted".mp4',
    "colon:semi;comma,.mp4",
    "-dash.mp4",
    "back\\slash %03d [x].mp4",
    "http:evil.mp4",
]


def test_plain_clip(clip: Path) -> None:
    found = check_media(clip, picture=True, sound=True)
    video, audio = found.video[0], found.audio[0]
    assert found.duration_ms == 4000
    assert found.size == clip.stat().st_size
    assert (video.codec, video.frames, video.frame_rate) == ("h264", 100, Fraction(25))
    assert (video.display_width, video.display_height, video.rotation) == (320, 180, 0)
    assert (audio.codec, audio.rate_hz, audio.channels) == ("aac", 48000, 1)
    assert not video.variable_rate
    assert found.start_timecode is None


def test_uneven_frames_are_seen(clip_vfr: Path) -> None:
    assert probe(clip_vfr).video[0].variable_rate


def test_matroska_rounding_is_not_uneven(clip_mkv: Path) -> None:
    assert not probe(clip_mkv).video[0].variable_rate


def test_interlaced_is_not_uneven(make_clip) -> None:
    filters = "testsrc2=size=320x180:rate=50:duration=2,interlace"
    flags = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme")
    path = make_clip("interlaced.ts", "-f", "lavfi", "-i", filters, *flags)
    video = probe(path).video[0]
    assert (video.frame_rate, video.variable_rate) == (Fraction(25), False)
    assert video.field_order != "progressive"


def test_rotation_turns_what_is_shown(clip_rotated: Path) -> None:
    video = probe(clip_rotated).video[0]
    assert (video.width, video.height) == (320, 180)
    assert (video.display_width, video.display_height, video.rotation) == (180, 320, 90)


def test_wide_pixels_widen_what_is_shown(clip_anamorphic: Path) -> None:
    video = probe(clip_anamorphic).video[0]
    assert video.sample_aspect == Fraction(4, 3)
    assert (video.display_width, video.display_height) == (427, 180)


def test_every_sound_track_is_listed(clip_two_sounds: Path) -> None:
    assert [track.index for track in probe(clip_two_sounds).audio] == [1, 2]


def test_timecode_is_read(clip: Path, make_clip) -> None:
    path = make_clip("timecode.mov", "-i", clip, "-c", "copy", "-timecode", "10:00:00:00")
    assert probe(path).start_timecode == "10:00:00:00"


def test_length_is_found_where_the_header_has_none(clip: Path, make_clip) -> None:
    path = make_clip("live.mkv", "-i", clip, "-c", "copy", "-f", "matroska", "-live", "1")
    assert probe(path).duration_ms == pytest.approx(4000, abs=60)


def test_cover_picture_is_no_video(clip: Path, make_clip) -> None:
    cover = make_clip("cover.jpg", "-i", clip, "-frames:v", "1", "-update", "1")
    args = ("-map", "0:a", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic")
    path = make_clip("song.m4a", "-i", clip, "-i", cover, *args)
    found = check_media(path)
    assert found.video == ()
    assert len(found.audio) == 1


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_any_name_will_do(name: str, clip: Path, tmp_path: Path) -> None:
    path = tmp_path / name
    shutil.copy(clip, path)
    assert check_media(path).duration_ms == 4000
    out = tmp_path / f"out {name}"
    run(ffmpeg.output(source(path)["0"], str(out), c="copy"))
    assert probe(out).video[0].frames == 100


@pytest.mark.parametrize("fixture", ["clip_truncated", "clip_truncated_mkv", "clip_no_index"])
def test_broken_off_media_is_refused(fixture: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(MediaError, match=r"incomplete.*Copy it from the camera card"):
        check_media(request.getfixturevalue(fixture))


def test_frames_of_broken_off_media_are_missing(clip_mkv: Path, clip_truncated_mkv: Path) -> None:
    assert decoded_frames(clip_mkv) == 100
    assert 0 < decoded_frames(clip_truncated_mkv) < 90


def test_header_alone_is_refused(clip_mkv: Path, tmp_path: Path) -> None:
    path = tmp_path / "header.mkv"
    path.write_bytes(clip_mkv.read_bytes()[:600])
    with pytest.raises(MediaError, match="incomplete"):
        check_media(path)


def test_long_last_frame_is_not_broken_off(make_clip) -> None:
    filters = "testsrc2=size=320x180:rate=1:duration=2,tpad=stop=1,setpts='if(eq(N,2),9,N)/TB'"
    path = make_clip("held.mp4", "-f", "lavfi", "-i", filters, "-fps_mode", "vfr", "-c:v", "mpeg4")
    assert check_media(path).duration_ms >= 9000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"xy", "is not a picture or sound file"),
        ("这不是视频。".encode(), "is not a picture or sound file"),
        (b"<html><body>404</body></html>", "is not a picture or sound file"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nhello\n", "of a kind that is not taken"),
    ],
)
def test_what_is_not_media_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "named.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=message) as caught:
        check_media(path)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.mp4", tmp_path):
        with pytest.raises(MediaError, match="There is no file"):
            probe(path)


def test_the_name_people_know_is_used(tmp_path: Path) -> None:
    path = tmp_path / "0a1b2c"
    path.write_bytes(b"xy")
    with pytest.raises(MediaError, match=r"“采访.mp4”"):
        check_media(path, name="采访.mp4")


def test_too_large_a_picture_is_refused(clip: Path) -> None:
    with pytest.raises(MediaError, match="320×180"):
        probe(clip, max_pixels=50_000)


def test_missing_picture_or_sound_is_said(clip_no_sound: Path, clip_no_picture: Path) -> None:
    with pytest.raises(MediaError, match="has no sound"):
        check_media(clip_no_sound, sound=True)
    with pytest.raises(MediaError, match="has no picture"):
        check_media(clip_no_picture, picture=True)


@contextmanager
def _bait(folder: Path) -> Iterator[Path]:
    """A file that shows whether anybody read it: what lies in a pipe is gone once read."""
    path = folder / "secret.ts"
    os.mkfifo(path)
    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(handle, b"untouched")
    try:
        yield path
        assert os.read(handle, 100) == b"untouched"
    finally:
        os.close(handle)


@pytest.mark.parametrize(
    "script",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{bait}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{bait}'\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
        "<AdaptationSet><Representation><BaseURL>{bait}</BaseURL></Representation>"
        "</AdaptationSet></Period></MPD>",
    ],
    ids=["hls", "concat", "dash"],
)
def test_playlist_is_refused_and_opens_nothing(script: str, tmp_path: Path) -> None:
    with _bait(tmp_path) as bait:
        path = tmp_path / "interview.mp4"
        path.write_text(script.format(bait=bait))
        with pytest.raises(MediaError, match="is a playlist"):
            check_media(path)
        with pytest.raises(ToolFailed):
            run(ffmpeg.output(source(path), "-", format="null"))


def test_real_media_passes_or_is_refused_clearly(shared_data: Path | None) -> None:
    """Every file others made is either taken, with its frames, or refused with a reason."""
    refused = set()
    for path in sorted((shared_data or Path()).glob("video/*")) if shared_data else ():
        assert check_media(path).duration_ms > 0, path.name
    for path in sorted((shared_data or Path()).glob("broken/*")) if shared_data else ():
        try:
            check_media(path)
        except MediaError as error:
            assert error.remedy
            refused.add(path.name)
    expected = {
        "git_symlink_as.wav",
        "header_only_pymediainfo_sample.mkv",
        "missing_wav_header.wav",
        "text with space in name.mp4",
        "ts_teletext_only.ts",
        "two_byte.mp4",
        "zero_byte.mp4",
    }
    assert refused == (expected if shared_data else set())
