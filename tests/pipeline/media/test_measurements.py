"""Each fault is measured on a clip made to have it, and not on one without."""

from __future__ import annotations

import re
import subprocess

import pytest
from ffmpeg import get_args, merge_outputs

from pipeline.errors import MediaError
from pipeline.media import measurements
from pipeline.media.ffmpeg import execute, ffmpeg_path, probe
from pipeline.media.frame_compare import (
    Still,
    count_uncovered_frames,
    luma_difference,
    peak_dbfs,
    rate_and_frame_count,
)
from pipeline.media.measurements import measure
from pipeline.settings import load
from tests.films import grey

LIMITS = load().verification.model_copy(
    update={"black_min_ms": 300, "freeze_min_ms": 700, "silence_min_ms": 700}
)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
LOSSLESS = (*X264, "-qp", "0")
AAC = ("-c:a", "aac", "-b:a", "128k")
PCM = ("-c:a", "pcm_s16le")


@pytest.fixture(scope="module")
def faulty(make_clip):
    """4 s: black from 1.0 to 1.5 s, still from 2.5 s to the end, silent from 2.0 to 3.0 s."""
    shown = (
        "testsrc2=s=320x180:r=25:d=2.52,drawbox=t=fill:c=black:enable='between(t,0.99,1.49)',"
        "tpad=stop_mode=clone:stop_duration=1.48"
    )
    sound = "sine=f=300:r=48000:d=4,volume=0:enable='between(t,2,2.99)'"
    return make_clip("faulty.mp4", *_lavfi(shown, sound), *X264, *AAC)


@pytest.fixture(scope="module")
def loud(make_clip):
    """2 s of PCM whose sine is driven 12 dB into the ceiling."""
    sound = "sine=f=300:r=48000:d=2,volume=30dB"
    return make_clip("loud.mov", *_lavfi("testsrc2=s=320x180:r=25:d=2", sound), *X264, *PCM)


def _lavfi(*sources: str) -> list[str]:
    return [word for source in sources for word in ("-f", "lavfi", "-i", source)]


def near(spans, *expected):
    return [pytest.approx(span, abs=60) for span in spans] == list(expected)


def test_black_still_and_silent_passages_are_found(faulty):
    found = measure(faulty, LIMITS)
    assert near(found.black, (1000, 1500))
    ((start, end),) = found.frozen  # coding takes a few frames to come to rest
    assert 2400 < start < 2900 and end == 4000
    assert near(found.silent, (2000, 3000))


def test_a_clip_without_faults_has_none(clip):
    found = measure(clip, LIMITS)
    assert found.black == found.frozen == found.silent == ()
    assert found.clipped_share == 0.0
    assert (found.frames, found.picture_ms) == (100, 4000)
    assert abs(found.sound_ms - 4000) < 30


def test_loudness_and_peak_are_those_of_a_known_tone(make_clip):
    """A 1 kHz sine of -20 dBFS in both channels has -20 LUFS (EBU Tech 3341)."""
    sound = "aevalsrc='0.1*sin(2*PI*1000*t)|0.1*sin(2*PI*1000*t)':s=48000:d=4"
    path = make_clip("tone.mov", *_lavfi("testsrc2=s=320x180:r=25:d=4", sound), *X264, *PCM)
    found = measure(path, LIMITS)
    assert found.loudness_lufs == pytest.approx(-20.0, abs=0.2)
    assert found.true_peak_dbtp == pytest.approx(-20.0, abs=0.2)


def test_clipped_samples_are_counted_not_occasions(loud):
    # A sine of 30 dB - 18 dB = 12 dB over full scale is beyond it for 84 % of its time.
    assert measure(loud, LIMITS).clipped_share == pytest.approx(0.84, abs=0.02)


def test_one_pass_decodes_the_film_once(clip, monkeypatch):
    graphs = []
    monkeypatch.setattr(
        measurements, "execute", lambda *g, **o: graphs.append(g) or execute(*g, **o)
    )
    assert measure(clip, LIMITS).frames == 100
    (outputs,) = graphs
    assert get_args(merge_outputs(*outputs)).count("-i") == 1


@pytest.mark.parametrize("order", ["top", "bottom"])
def test_the_order_of_fields_is_seen_whatever_the_file_says(make_clip, order):
    """Fifty pictures a second woven into 25 frames, coded as if they were whole."""
    moving = (
        f"testsrc2=s=320x180:r=50:d=2,interlace=scan={ {'top': 'tff', 'bottom': 'bff'}[order] }"
    )
    sound = "sine=f=300:r=48000:d=2"
    path = make_clip(f"{order}.mp4", *_lavfi(moving, sound), *X264, *AAC)
    assert measure(path, LIMITS).field_order == order


def test_large_pictures_are_thinned_and_faults_still_found(make_clip):
    """3 s of 1280x720: the second is black, the third stands still."""
    shown = (
        "testsrc2=s=1280x720:r=25:d=2,drawbox=t=fill:c=black:enable='between(t,0.99,1.49)',"
        "tpad=stop_mode=clone:stop_duration=1"
    )
    path = make_clip("large.mp4", *_lavfi(shown, "sine=f=300:r=48000:d=3"), *X264, *AAC)
    found = measure(path, LIMITS)
    assert near(found.black, (1000, 1500))
    assert [end for _start, end in found.frozen] == [3000]
    assert found.frames == 75


def test_thinning_finds_what_whole_pictures_would(make_clip):
    """6 s of 1920x1080, a second each: moving; a strip of 24 lines moving; still; black but for
    such a strip; black but for a square of 4 %; a grain of noise."""
    strip = "between(t,0.99,1.99)+between(t,2.99,3.99)"
    shown = (
        "color=gray:s=1920x1080:r=25:d=6[room];color=white:s=500x500:r=25[head];"
        "color=white:s=500x24:r=25[strip];color=white:s=288x288:r=25[square];"
        "[room]drawbox=t=fill:c=black:enable='between(t,2.99,4.99)'[a];"
        "[a][head]overlay=x=20*n:y=300:enable='lt(t,0.99)'[b];"
        f"[b][strip]overlay=x=mod(n\\,2)*400:y=613:enable='{strip}'[c];"
        "[c][square]overlay=x=501:y=301:enable='between(t,3.99,4.99)':shortest=0[d];"
        "[d]noise=alls=6:allf=t:enable='gt(t,4.99)',trim=end=6"
    )
    path = make_clip("lines.mp4", *_lavfi(shown, "sine=f=300:r=48000:d=6"), *LOSSLESS, *AAC)
    found = measure(path, LIMITS)
    black, frozen = _looked_at_whole(path)
    assert near(found.black, *black) and near(found.black, (3000, 4000))
    assert near(found.frozen, *frozen)
    assert [round(start, -3) for start, _end in found.frozen] == [2000, 4000]


def _looked_at_whole(path):
    """Return what ffmpeg's filters find black and still on every line."""
    black = f"blackdetect=d={LIMITS.black_min_ms / 1000}"
    freeze = f"freezedetect=n={LIMITS.freeze_noise_db}dB:d={LIMITS.freeze_min_ms / 1000}"
    command = [str(ffmpeg_path()), "-i", str(path), "-vf", f"{black},{freeze}", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr

    def spans(pattern):
        return [tuple(round(float(s) * 1000) for s in pair) for pair in re.findall(pattern, log)]

    return (
        spans(r"black_start:([\d.]+) black_end:([\d.]+)"),
        spans(r"freeze_start: ([\d.]+)(?:.|\n)*?freeze_end: ([\d.]+)"),
    )


@pytest.mark.parametrize("size", ["640x360", "1280x720", "1920x1080"])
def test_black_and_still_of_exactly_the_limit_are_found(make_clip, size):
    """2 s of noise with 8 frames of black, and 18 times its last frame again."""
    shown = (
        f"testsrc2=s={size}:r=25:d=1.28,noise=alls=6:allf=t,"
        "drawbox=t=fill:c=black:enable='between(n,10,17)',tpad=stop_mode=clone:stop=18"
    )
    sources = _lavfi(shown, "sine=f=300:r=48000:d=2")
    found = measure(make_clip(f"limit {size}.mp4", *sources, *LOSSLESS, *AAC), LIMITS)
    assert near(found.black, (400, 720))
    assert near(found.frozen, (1240, 2000))


def test_levels_beyond_those_of_television_are_measured(make_clip, clip):
    """Chroma aside, every pixel has the luma of a computer's white, 255."""
    bright = "color=white:s=320x180:r=25:d=1,format=yuv420p,lutyuv=y=255"
    path = make_clip("bright.mp4", *_lavfi(bright, "sine=f=300:r=48000:d=1"), *X264, *AAC)
    assert measure(path, LIMITS).out_of_range_share > 0.99
    assert measure(clip, LIMITS).out_of_range_share < 0.2


def test_silence_has_neither_loudness_nor_peak(make_clip):
    sources = _lavfi("testsrc2=s=320x180:r=25:d=2", "anullsrc=r=48000:d=2")
    path = make_clip("silent.mp4", *sources, *X264, *AAC, "-t", "2")
    found = measure(path, LIMITS)
    assert (found.loudness_lufs, found.true_peak_dbtp) == (None, None)
    assert near(found.silent, (0, 2000))


def test_sound_that_ends_early_is_measured_as_it_decodes(make_clip):
    sources = _lavfi("testsrc2=s=320x180:r=25:d=3", "sine=f=300:r=48000:d=2")
    found = measure(make_clip("short sound.mp4", *sources, *X264, *AAC), LIMITS)
    assert (found.picture_ms, round(found.sound_ms, -2)) == (3000, 2000)


def test_what_lacks_sound_or_picture_is_not_measured(clip_no_sound, clip_no_picture):
    for path in (clip_no_sound, clip_no_picture):
        with pytest.raises(MediaError, match="lacks picture or sound"):
            measure(path, LIMITS)


def test_two_frames_are_compared_exactly(clip):
    whole, video = grey(clip), probe(clip).video[0]
    for one, other in ((0, 0), (1, 2), (24, 99)):
        found = luma_difference(Still(clip, video, one), Still(clip, video, other), top=0, height=1)
        assert abs(found - abs(whole[one] - whole[other])).max() <= 1
    stills = Still(clip, video, 50), Still(clip, video, 70)
    band = luma_difference(*stills, top=0.5, height=0.5)
    assert abs(band - abs(whole[50] - whole[70])[90:]).max() <= 1


def test_frames_that_are_not_black_are_counted(faulty):
    video = probe(faulty).video[0]
    assert count_uncovered_frames(faulty, video, 25, 37) == 0
    assert count_uncovered_frames(faulty, video, 20, 37) == 5
    assert count_uncovered_frames(faulty, video, 25, 40) == 2


def test_the_peak_of_a_passage_is_that_of_the_passage(faulty):
    track = probe(faulty).audio[0]
    assert peak_dbfs(faulty, track, 2100, 2900) < -80
    assert peak_dbfs(faulty, track, 500, 900) > -20


def test_rate_and_number_of_frames(clip, clip_mkv, clip_no_picture):
    assert rate_and_frame_count(clip) == rate_and_frame_count(clip_mkv) == (25, 100)
    with pytest.raises(MediaError, match="has no picture"):
        rate_and_frame_count(clip_no_picture)
