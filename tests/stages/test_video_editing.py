"""Stage 4: the cut holds exactly the frames it should, each with its own sound, at one loudness."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.files import read_json, write_json
from pipeline.core.progress import report_to
from pipeline.errors import ChifengError, FormError, MediaError
from pipeline.media.ffmpeg import probe
from pipeline.settings import Settings, load
from pipeline.stage import Artefact, Scope, Subject
from stages.video_editing import STAGE, Makes, Needs
from tests.coded import X264, coded, numbers, out_of_step, samples
from tests.pipeline.editing.exports import Cut, spine

Make = Callable[..., Path]
PCM = ("-c:a", "pcm_s16le")
SUBJECT = Subject("wang/01", Scope.EPISODE, "王桂兰", "culture", 1, "zh", 1, "")


@pytest.fixture(scope="module")
def settings() -> Settings:
    held = load()
    quick = held.editing.model_copy(update={"preset": "ultrafast"})
    return held.model_copy(update={"editing": quick}).only(STAGE.settings)


def changed(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update={"editing": settings.editing.model_copy(update=values)})


def artefact(kind: str, path: Path, name: str = "") -> Artefact:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Artefact(kind, sha256, name or path.name, path, path.stat().st_size)


@dataclass
class Room:
    """A folder to work in, and the stage performed there."""

    folder: Path
    settings: Settings

    def by_list(self, text: str, *originals: Path, suffix: str = ".csv", **starts: str) -> Makes:
        """Conform an edit list; `starts` gives start timecodes by the stem of the original."""
        listing = self.folder / f"list{suffix}"
        listing.write_text(text, "utf-8")
        return self._run(originals, starts, edit_list=artefact("edit_list", listing))

    def by_cut(self, path: Path) -> Makes:
        return self._run((path,), {}, finished_cut=artefact("finished_cut", path))

    def _run(
        self, originals: tuple[Path, ...], starts: dict[str, str],
        edit_list: Artefact | None = None, finished_cut: Artefact | None = None,
    ) -> Makes:  # fmt: skip
        held = tuple(artefact("camera_originals", path) for path in originals)
        told = [{"sha256": o.sha256, "start_timecode": starts.get(o.path.stem)} for o in held]
        report = write_json(self.folder / "recording_report.json", {"originals": told})
        needs = Needs(SUBJECT, artefact("recording_report", report), held, edit_list, finished_cut)
        out = self.folder / f"out{len(list(self.folder.glob('out*')))}"
        out.mkdir()
        makes = STAGE.run(needs, self.settings, out)
        assert sorted(p.name for p in out.iterdir()) == ["edit_report.json", "picture.mp4"]
        return makes


@pytest.fixture
def room(tmp_path: Path, settings: Settings) -> Room:
    return Room(tmp_path, settings)


@pytest.fixture(scope="module")
def pal(make_clip: Make) -> Path:
    """8 s at 25 fps, H.264 with B-frames and a key frame every 2 s, AAC, every frame numbered."""
    return coded(make_clip, "pal.mp4")


def findings(makes: Makes) -> list[str]:
    return [one["english"] for one in read_json(makes.edit_report)["findings"]]


def csv(name: str, rate: Fraction, *parts: tuple[int, int]) -> str:
    rows = (f"1,{name},{float(a / rate):.6f},{float(b / rate):.6f}\n" for a, b in parts)
    return "episode,source,in,out\n" + "".join(rows)


def frames(*parts: tuple[int, int]) -> list[int]:
    return [number for start, end in parts for number in range(start, end)]


# Containers and codecs as cameras and recorders write them: with and without timestamps of their
# own, in milliseconds and in frames, with frames that refer to later ones.
SOURCES = {
    "phone.mp4": ("30000/1001", X264),
    "screen.mkv": ("30000/1001", X264),
    "film.mkv": ("24000/1001", X264),
    "card.mts": ("25", X264),
    "studio.mxf": ("25", ("-c:v", "mpeg2video", "-b:v", "5M", "-bf", "2", "-g", "12", *PCM)),
    "old.avi": ("25", ("-c:v", "mpeg4", "-q:v", "3", *PCM)),
}


@pytest.mark.parametrize("name", SOURCES)
def test_exactly_the_frames_of_the_list_with_their_sound(
    name: str, make_clip: Make, room: Room
) -> None:
    rate, codecs = SOURCES[name]
    source = coded(make_clip, name, *codecs, rate=rate, seconds=5)
    parts = ((61, 85), (3, 22), (89, 112))  # from the middle, back to the beginning, to the end
    makes = room.by_list(csv(name, Fraction(rate), *parts), source)
    assert numbers(makes.picture) == frames(*parts)
    assert out_of_step(makes.picture) == ([], 7)


def test_a_finished_cut_keeps_every_frame(pal: Path, room: Room) -> None:
    told: list[float] = []
    with report_to(lambda done, _what: told.append(done)):
        makes = room.by_cut(pal)
    assert told == sorted(told)
    assert told[-1] > 0.95
    assert numbers(makes.picture) == list(range(200))
    assert out_of_step(makes.picture) == ([], 19)
    (part,) = read_json(makes.edit_report)["parts"]
    assert (part["in_frame"], part["out_frame"], part["end_ms"]) == (0, 200, 8000)


def test_parts_of_one_frame_and_many_cuts_stay_in_step(pal: Path, room: Room) -> None:
    rate = Fraction(25)
    parts = [(n, n + 1) for n in range(150, 100, -10)] + [(9, 21)] * 6
    makes = room.by_list(csv("pal", rate, *parts), pal)
    assert numbers(makes.picture) == frames(*parts)
    assert out_of_step(makes.picture) == ([], 6)
    report = read_json(makes.edit_report)
    assert [p["start_ms"] for p in report["parts"]][:6] == [0, 40, 80, 120, 160, 200]
    assert report["parts"][0]["in_frame"] == 150


def test_sound_that_begins_before_the_picture_stays_with_it(
    pal: Path, make_clip: Make, room: Room
) -> None:
    # Picture 400 ms later than sound: tones come ten frames before their frames.
    late = make_clip(
        "late.mp4", "-itsoffset", "0.4", "-i", pal, "-i", pal,
        "-map", "0:v", "-map", "1:a", "-c", "copy",
    )  # fmt: skip
    makes = room.by_list(csv("late", Fraction(25), (95, 125)), late)
    assert numbers(makes.picture) == list(range(95, 125))
    assert out_of_step(makes.picture, frames_early=10) == ([], 3)


def test_timecode_chooses_between_two_cards_with_one_file_name(pal: Path, room: Room) -> None:
    cards = [room.folder / name for name in ("C0001.mp4", "C0001 (2).mp4")]
    for number, path in enumerate(cards, 1):  # a box called "free" is what players skip
        path.write_bytes(
            pal.read_bytes() + (8 + number).to_bytes(4, "big") + b"free" + b"x" * number
        )
    starts = {"C0001": "10:00:00:00", "C0001 (2)": "14:00:00:00"}
    text = "source,in,out\nC0001.mp4,{0}:00:01:00,{0}:00:02:00\n"
    for hour, name in ((14, "C0001 (2).mp4"), (10, "C0001.mp4")):
        makes = room.by_list(text.format(hour), *cards, **starts)
        assert [part["source"] for part in read_json(makes.edit_report)["parts"]] == [name]
    refusal = r"C0001.mp4 \(\w{12}, timecode from 10:00:00:00\), C0001 \(2\).mp4 \(\w{12}, timecode"
    with pytest.raises(FormError, match=refusal):
        room.by_list(text.format("00"), *cards, **starts)


def test_frames_the_camera_lost_do_not_shift_the_sound(make_clip: Make, room: Room) -> None:
    # Frames 41 to 43 are missing: 40 stands for them, and what follows stays where it was.
    lost = coded(make_clip, "lost.mp4", *X264, "-fps_mode", "vfr",
                 video=",select='not(between(n,41,43))'")  # fmt: skip
    makes = room.by_list(csv("lost", Fraction(25), (38, 75)), lost)
    assert numbers(makes.picture) == [38, 39, 40, 40, 40, 40, *range(44, 75)]
    assert out_of_step(makes.picture)[0] == []


def test_a_variable_rate_becomes_an_even_one(make_clip: Make, room: Room) -> None:
    uneven = ",select='not(mod(n,7)*mod(n,5))+not(mod(n,2))'"
    phone = coded(make_clip, "uneven.mp4", *X264, "-fps_mode", "vfr", video=uneven)
    makes = room.by_cut(phone)
    picture = probe(makes.picture).video[0]
    assert not picture.variable_rate
    assert picture.frame_rate in (Fraction(24000, 1001), 24, 25)
    assert [n % 10 for n in numbers(makes.picture)].count(0) >= 20  # none of those lost
    assert any("variable frame rate" in text for text in findings(makes))
    assert out_of_step(makes.picture, tolerance=1.0)[0] == []


def test_other_sizes_and_rates_are_brought_to_the_main_recording(
    pal: Path, make_clip: Make, room: Room
) -> None:
    tall = coded(make_clip, "tall.mp4", rate="50", seconds=2, video=",crop=160:180:80:0")
    text = "source,in,out\n" + "tall,0.4,0.8\n" + "pal,1,3\n" + "tall,,0.2\n"
    makes = room.by_list(text, pal, tall)
    picture = probe(makes.picture).video[0]
    assert (picture.width, picture.height, picture.frame_rate) == (320, 180, 25)
    assert numbers(makes.picture)[10:60] == list(range(25, 75))
    # Bars 2 to 5 of the tall picture stand in the middle, black at the sides.
    shown = [n >> 2 & 15 for n in numbers(makes.picture)[:10]]
    assert shown == [n >> 2 & 15 for n in range(20, 40, 2)]
    assert read_json(makes.edit_report)["parts"][2] == {
        "source": "tall.mp4", "sha256": artefact("", tall).sha256, "source_frame_rate": "50",
        "in_frame": 0, "out_frame": 10, "frames_before": 0, "frames_after": 90,
        "start_ms": 2400, "end_ms": 2600,
    }  # fmt: skip
    assert len(findings(makes)) == 2
    assert out_of_step(makes.picture, first=10, last=60)[0] == []


def test_the_picture_is_upright_and_its_pixels_square(
    clip_rotated: Path, clip_anamorphic: Path, room: Room
) -> None:
    upright = probe(room.by_cut(clip_rotated).picture).video[0]
    assert (upright.width, upright.height, upright.rotation) == (180, 320, 0)
    square = probe(room.by_cut(clip_anamorphic).picture).video[0]
    assert (square.width, square.height, square.sample_aspect) == (426, 180, 1)


def test_fields_become_whole_frames(make_clip: Make, room: Room) -> None:
    woven = (
        "-c:v",
        "mpeg2video",
        "-b:v",
        "8M",
        "-flags",
        "+ilme+ildct",
        "-field_order",
        "tt",
        *PCM,
    )
    weave = ",tinterlace=interleave_top,setfield=tff"
    studio = coded(make_clip, "fields.mov", *woven, rate="50", seconds=2, video=weave)
    makes = room.by_cut(studio)
    picture = probe(makes.picture).video[0]
    assert (picture.field_order, picture.frame_rate) == ("progressive", 25)
    # One field of each pair; of the first, whichever, for nothing is before it.
    assert numbers(makes.picture)[1:] == list(range(2, 100, 2))
    assert findings(makes) == ["“fields.mov” is interlaced; it was deinterlaced."]


def test_high_dynamic_range_becomes_the_usual_one(make_clip: Make, room: Room) -> None:
    hlg = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    ten_bits = ("-pix_fmt", "yuv420p10le", "-x264-params", hlg)
    phone = coded(make_clip, "hlg.mov", *X264, *ten_bits, seconds=2)
    assert probe(phone).video[0].transfer == "arib-std-b67"
    makes = room.by_list(csv("hlg", Fraction(25), (7, 27)), phone)
    assert probe(makes.picture).video[0].transfer in ("bt709", "smpte170m")
    assert numbers(makes.picture) == list(range(7, 27))
    assert "high dynamic range" in findings(makes)[0]


def test_the_picture_is_what_later_stages_and_players_expect(pal: Path, room: Room) -> None:
    makes = room.by_list(csv("pal", Fraction(25), (10, 47)), pal)
    found = probe(makes.picture)
    (picture,), (sound,) = found.video, found.audio
    assert (picture.codec, picture.pixel_format, picture.frames) == ("h264", "yuv420p", 37)
    assert (sound.codec, sound.rate_hz, sound.channels) == ("aac", 48_000, 2)
    assert sound.duration_ms is not None and abs(sound.duration_ms - 37 * 40) < 40
    data = makes.picture.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays while it is being fetched


def test_equal_needs_give_equal_bytes(pal: Path, room: Room) -> None:
    text = csv("pal", Fraction(25), (60, 75), (3, 22))
    first, second = room.by_list(text, pal), room.by_list(text, pal)
    assert first.picture.read_bytes() == second.picture.read_bytes()
    assert first.edit_report.read_bytes() == second.edit_report.read_bytes()


def test_timecode_counts_from_the_start_timecode_of_the_report(pal: Path, room: Room) -> None:
    text = "source,in,out\npal,10:00:02:00,10:00:02:10\npal,00:00:01:00,00:00:01:05\n"
    makes = room.by_list(text, pal, pal="10:00:00:00")
    assert numbers(makes.picture) == frames((50, 60), (25, 30))


def test_an_edl_is_conformed(pal: Path, room: Room) -> None:
    edl = (
        "TITLE: 王桂兰\nFCM: NON-DROP FRAME\n"
        "001  PAL  AA/V  C  10:00:02:00 10:00:02:10 01:00:00:00 01:00:00:10\n"
        "002  PAL  AA/V  C  10:00:00:00 10:00:00:05 01:00:00:10 01:00:00:15\n"
    )
    makes = room.by_list(edl, pal, suffix=".edl", pal="10:00:00:00")
    assert numbers(makes.picture) == frames((50, 60), (0, 5))


def test_a_timeline_is_conformed_with_its_gaps_and_the_sound_below(
    pal: Path, make_clip: Make, room: Room
) -> None:
    """The second camera covers the first, whose voice goes on; then black; then the first."""
    second = coded(make_clip, "second.mp4", seconds=4, sound=",volume=0.01")
    cuts = [Cut(pal.name, 0, 200), Cut(second.name, 0, 100)]
    story = (
        '<asset-clip ref="a0" offset="3600s" start="1s" duration="3s">'
        '<asset-clip ref="a1" lane="1" offset="2s" start="0.2s" duration="1s" srcEnable="video"/>'
        '</asset-clip><gap offset="3603s" duration="0.4s"/>'
        '<asset-clip ref="a0" offset="3603.4s" start="6s" duration="1s"/>'
    )
    text = spine(story, cuts, Fraction(25))
    makes = room.by_list(text, pal, second, suffix=".fcpxml")
    black = [0] * 10
    shown = [*frames((25, 50), (5, 30), (75, 100)), *black, *frames((150, 175))]
    assert numbers(makes.picture) == shown
    # The tones are those of the first camera all the time, also under the second's pictures.
    voice = [*frames((25, 100)), *black, *frames((150, 175))]
    assert out_of_step(makes.picture, shown=voice, last=84)[0] == []
    heard = samples(makes.picture)
    assert abs(heard[76 * 1920 : 84 * 1920]).max() < 0.001
    report = read_json(makes.edit_report)
    assert [p.get("sound", {"source": "own"}) for p in report["parts"]][2:] == [
        {"source": "own"}, None, {"source": "own"},
    ]  # fmt: skip
    assert report["parts"][1]["sound"]["source"] == "pal.mp4"
    assert report["parts"][1]["sound"]["from_ms"] == 2000
    assert findings(makes) == [
        "From 0:00:03.000 to 0:00:03.400 the edit list has no picture: black."
    ]


@pytest.fixture(scope="module")
def first_camera(make_clip: Make) -> Path:
    """10 s: every frame numbered, every tenth with its tone, a murmur under them."""
    murmur = "anoisesrc=a=0.1:r=48000:d=10:seed=4,lowpass=3000,tremolo=f=3:d=0.9"
    under = f"[t];{murmur}[m];[t][m]amix=2:normalize=0"
    return coded(make_clip, "first.mov", *X264, seconds=10, sound=under)


@pytest.fixture(scope="module")
def second_camera(first_camera: Path, make_clip: Make) -> Path:
    """The same moment from 60 frames later on, its sound far away and noisy."""
    noise = "anoisesrc=a=0.002:r=48000:seed=9[n];[v][n]amix=2:duration=first:normalize=0"
    far = f"volume=0.05,aecho=0.8:0.5:17:0.3[v];{noise}"
    return make_clip(
        "second camera.mp4", "-i", first_camera, "-ss", "2.4", *X264, "-filter_complex",
        f"[0:a]{far}[a]", "-map", "0:v", "-map", "[a]",
    )  # fmt: skip


def test_several_cameras_are_laid_against_each_other_by_their_sound(
    first_camera: Path, second_camera: Path, room: Room
) -> None:
    text = (
        "source,in,out,声音,机位\n"
        "first,3,4,,\n"
        "first,4,5.2,,second camera\n"  # the first one's clock and sound, the second's picture
        "second camera,3,4,first,\n"  # the second one's clock and picture, the first's sound
    )
    makes = room.by_list(text, first_camera, second_camera)
    assert numbers(makes.picture) == frames((75, 130), (135, 160))
    # The second camera's own tones are too faint to be counted.
    assert out_of_step(makes.picture) == ([], 7)
    parts = read_json(makes.edit_report)["parts"]
    assert [p["source"] for p in parts] == ["first.mov", *["second camera.mp4"] * 2]
    assert [p.get("sound", {}).get("from_ms") for p in parts] == [None, 4000, 5400]
    told = [text for text in findings(makes) if "begins" in text]
    assert told[0].startswith("“second camera.mp4” begins 2.4 s after “first.mov”, as their sound")
    assert told[1].startswith("“first.mov” begins -2.4 s after “second camera.mp4”")
    with pytest.raises(FormError, match="does not hold all of that moment"):
        room.by_list("source,in,out,camera\nfirst,1,2,second camera\n", first_camera, second_camera)


def test_cameras_without_a_common_sound_are_laid_by_timecode_or_not_at_all(
    pal: Path, clip_no_sound: Path, room: Room
) -> None:
    text = "source,in,out,camera\npal,2,3,no sound\n"
    with pytest.raises(FormError, match="cannot be laid against"):
        room.by_list(text, pal, clip_no_sound)
    starts = {"pal": "10:00:00:00", "no sound": "10:00:01:05"}
    makes = room.by_list(text, pal, clip_no_sound, **starts)
    (part,) = read_json(makes.edit_report)["parts"]
    assert (part["in_frame"], part["sound"]["from_ms"]) == (20, 2000)
    assert "by their timecode" in findings(makes)[0]


def test_a_recorder_is_the_sound_of_a_list(first_camera: Path, make_clip: Make, room: Room) -> None:
    recorder = make_clip("recorder.wav", "-i", first_camera, "-ss", "0.73", "-vn")
    text = "集,素材,入点,出点,声音\n1,first,3,6,recorder\n"
    makes = room.by_list(text, first_camera, recorder)
    assert numbers(makes.picture) == frames((75, 150))
    assert out_of_step(makes.picture)[0] == []
    (part,) = read_json(makes.edit_report)["parts"]
    assert part["sound"]["source"] == "recorder.wav"
    assert part["sound"]["from_ms"] == pytest.approx(2270, abs=2)


def test_only_the_lines_of_this_episode_count(pal: Path, room: Room) -> None:
    text = "集,素材,入点,出点\n2,nowhere,0,1\n1,pal,0,0.4\n"
    assert numbers(room.by_list(text, pal).picture) == list(range(10))
    with pytest.raises(FormError, match="no lines for episode 1"):
        room.by_list("集,素材,入点,出点\n2,pal,0,1\n", pal)


@pytest.mark.parametrize(
    ("text", "suffix", "says"),
    [
        ("source,in,out\nC9,0,1\n", ".csv", "line 2: there is no original “C9”.*pal.mp4"),
        ("source,in,out\npal,7,9\n", ".csv", "line 2: 7 – 9 is not in “pal.mp4”.* 8.0 s"),
        ("001 PAL V C 00:00:00:00 00:00:00:27 00:00:00:00 00:00:00:27\n", ".edl", "at 25.0"),
    ],
)
def test_lists_that_do_not_fit_the_originals_are_refused(
    pal: Path, room: Room, text: str, suffix: str, says: str
) -> None:
    with pytest.raises(FormError, match=says):
        room.by_list(text, pal, suffix=suffix)


def test_several_sounds_are_listed_and_chosen(
    clip_two_sounds: Path, room: Room, settings: Settings
) -> None:
    with pytest.raises(MediaError, match=r"2 sound tracks.*0: aac.*1: aac") as refused:
        room.by_cut(clip_two_sounds)
    assert "audio_stream" in refused.value.remedy
    room.settings = changed(settings, audio_stream=1)
    quiet = read_json(room.by_cut(clip_two_sounds).edit_report)["sound"]
    room.settings = changed(settings, audio_stream=0)
    loud = read_json(room.by_cut(clip_two_sounds).edit_report)["sound"]
    assert loud["loudness_before_lufs"] - quiet["loudness_before_lufs"] == pytest.approx(20, abs=1)
    room.settings = changed(settings, audio_stream=2)
    with pytest.raises(MediaError, match="none with the number chosen"):
        room.by_cut(clip_two_sounds)


@pytest.mark.parametrize(
    ("fixture", "says"),
    [
        ("clip_no_sound", "has no sound"),
        ("clip_no_picture", "has no picture"),
        ("clip_truncated", "incomplete"),
        ("clip_truncated_mkv", "incomplete"),
        ("clip_no_index", "incomplete"),
    ],
)
def test_what_cannot_be_cut_is_refused(
    request: pytest.FixtureRequest, room: Room, fixture: str, says: str
) -> None:
    with pytest.raises(MediaError, match=says):
        room.by_cut(request.getfixturevalue(fixture))


def test_a_rate_may_be_demanded(pal: Path, room: Room, settings: Settings) -> None:
    room.settings = changed(settings, frame_rate=29.97)
    makes = room.by_list(csv("pal", Fraction(25), (0, 50)), pal)
    picture = probe(makes.picture).video[0]
    assert (picture.frame_rate, picture.frames) == (Fraction(30000, 1001), 60)
    assert sorted(set(numbers(makes.picture))) == list(range(50))


def test_findings_are_shown_in_the_readers_language(
    make_clip: Make, room: Room, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = coded(make_clip, "quiet.mp4", seconds=2, sound=",volume=0.02")
    makes = room.by_cut(quiet)
    assert STAGE.check is not None
    assert "very quiet" in STAGE.check(makes, settings)[0].message
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    assert "录音音量过低" in STAGE.check(makes, settings)[0].message


# Real files: how many frames come out, or why none do.
REAL: dict[str, int | str] = {
    "ac3_5.1_mpeg4.mp4": 68,
    "audio_only.mov": "has no picture",
    "avalon_videoshort_no_audio.mp4": "has no sound",
    "mkv_embedded_srt.mkv": "has no sound",
    "ohd_1-minute-test.mp4": "has no sound",
    "phone_vfr_rotated180.mp4": 57,
    "two_video_two_audio.avi": "2 sound tracks",
}


def test_real_files_are_cut_or_refused_with_the_reason(
    shared_data: Path | None, room: Room
) -> None:
    for name, expected in REAL.items() if shared_data else ():
        assert shared_data is not None
        path = shared_data / "video" / name
        try:
            found: int | str = read_json(room.by_cut(path).edit_report)["picture"]["frames"]
        except ChifengError as error:
            found = str(error)
        if isinstance(expected, int):
            assert found == expected, name
        else:
            assert isinstance(found, str) and expected in found, name
