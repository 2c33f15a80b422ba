"""Burned subtitles: on the right frames, at the right place, and nothing else changed.

By x264 everywhere; the same once more by every graphics card's encoder that works on this machine.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.errors import SubtitleError
from pipeline.media.burn_in import burn, check_glyphs
from pipeline.media.encoders import HARDWARE, encoder_works
from pipeline.media.encoders import X264 as SOFTWARE
from pipeline.media.ffmpeg import probe
from pipeline.media.redaction import RedactionPlan
from pipeline.settings import load
from tests.films import grey, ink, samples

SETTINGS = load()
STYLE = SETTINGS.subtitle_styles["zh-tv"]
FAST = SETTINGS.burning.model_copy(update={"preset": "ultrafast", "crf": 12})
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")


ENCODERS = (SOFTWARE, *(name for name in HARDWARE if encoder_works(name)))


@pytest.fixture(scope="module")
def picture(make_clip) -> Path:
    """3 s, 480x270 at 30000/1001: a slow change of greys, and noise that never is silent."""
    shown = "gradients=s=480x270:r=30000/1001:d=4:c0=0x303030:c1=0x606060:speed=0.02:seed=1"
    sound = "anoisesrc=d=3:a=0.3:r=48000:seed=1"
    sources = ("-f", "lavfi", "-i", shown, "-f", "lavfi", "-i", sound, "-frames:v", "90")
    return make_clip("grey.mp4", *sources, *X264, "-c:a", "aac", "-b:a", "128k")


@pytest.fixture(params=ENCODERS)
def burned(picture, tmp_path, request):
    """Burn cues into the picture; returns the film."""
    how = FAST.model_copy(update={"encoder": request.param})

    def make(*cues: Cue, **options) -> Path:
        film = tmp_path / "film.mp4"
        burn(picture, film, cues, STYLE, how, **options)
        return film

    return make


def shown_frames(film: Path, picture: Path) -> list[int]:
    return [int(n) for n in np.flatnonzero(ink(film, picture).any(axis=(1, 2)))]


def test_a_cue_is_on_its_first_and_last_frame_and_on_no_other(burned, picture):
    # At 30000/1001 the frames 15 and 45 are at 500.5 and 1501.5 ms.
    film = burned(Cue(501, 1502, "我在赤峰图书馆工作"), Cue(2000, 2100, "二"))
    assert shown_frames(film, picture) == [*range(15, 45), *range(60, 63)]


def test_a_cue_stands_centred_at_the_bottom(burned, picture):
    _frames, rows, columns = np.nonzero(ink(burned(Cue(0, 3000, "国国国国国国")), picture))
    assert 270 * 0.84 < rows.min() < rows.max() < 270 * 0.94
    assert abs((columns.min() + columns.max()) / 2 - 239.5) <= 1.5
    # Six characters of 5 % of the height, side by side.
    assert columns.max() - columns.min() == pytest.approx(6 * 270 * 0.05, abs=4)


def test_white_letters_have_a_dark_outline(burned, picture):
    film = grey(burned(Cue(0, 3000, "国家图书馆")))[30]
    changed = abs(film - grey(picture)[30]) > 30
    assert film[changed].max() > 230
    assert (film[changed] > 160).sum() > 100
    assert (film[changed] < 30).sum() > 100


def test_everything_else_stays(burned, picture):
    film = burned(Cue(500, 1500, "我在赤峰图书馆工作"))
    before, after = probe(picture), probe(film)
    assert after.video[0].frame_rate == before.video[0].frame_rate == Fraction(30000, 1001)
    assert after.video[0].frames == before.video[0].frames
    assert (after.video[0].width, after.video[0].height) == (480, 270)
    assert after.video[0].pixel_format == before.video[0].pixel_format
    assert np.array_equal(samples(film), samples(picture))  # copied, not coded again
    top = slice(0, 200)
    assert abs(grey(film)[:, top] - grey(picture)[:, top]).mean() < 1.5


@pytest.mark.parametrize("burned", [SOFTWARE], indirect=True)  # no card promises it
def test_equal_cues_give_equal_bytes(burned):
    cue = Cue(500, 1500, "我在赤峰图书馆工作")
    assert burned(cue).read_bytes() == burned(cue).read_bytes()


def test_the_film_can_be_watched_while_it_loads(burned):
    data = burned(Cue(0, 1000, "一")).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_typed_commands_stay_text_at_the_bottom(burned, picture):
    typed = [r"{\an8}上", "<script>x", r"\N\h\n", "100% 'a' \"b\" ; #", "{}{", r"{\p1}m 0 0"]
    film = burned(*(Cue(n * 500, n * 500 + 500, text) for n, text in enumerate(typed)))
    changed = ink(film, picture)
    assert changed.any(axis=(1, 2)).all()
    _frames, rows, _columns = np.nonzero(changed)
    assert 270 * 0.84 < rows.min() < rows.max() < 270 * 0.95


def test_every_character_is_drawn_as_itself(burned):
    """No two of them look alike, as two empty boxes would."""
    film = grey(burned(*(Cue(n * 300, n * 300 + 300, c) for n, c in enumerate("赤峰记忆㊣ä?〇"))))
    looks = {(film[n * 9 + 4, 220:260] > 200).tobytes() for n in range(8)}
    assert len(looks) == 8


def test_a_missing_glyph_is_named_with_its_cue_before_anything_is_rendered(burned, tmp_path):
    with pytest.raises(SubtitleError, match=r"At 00:01\.000: The font .* has no “😀” \(U\+1F600\)"):
        burned(Cue(0, 900, "好"), Cue(1000, 2000, "好😀"))
    assert not list(tmp_path.iterdir())


def test_every_cue_that_cannot_be_drawn_is_told_before_signing():
    found = check_glyphs([Cue(0, 900, "好"), Cue(1000, 1900, "😀ᠮ"), Cue(2000, 2900, "😀")], STYLE)
    assert [(f.level, f.start_ms) for f in found] == [("error", 1000), ("error", 2000)]
    assert "“😀” (U+1F600), “ᠮ” (U+182E)" in found[0].message


def test_a_cue_beyond_the_end_is_refused(burned):
    with pytest.raises(SubtitleError, match=r"Cue 1 is to be shown at 00:03.100"):
        burned(Cue(3100, 4000, "晚"))


def test_a_long_line_stays_inside_the_picture(burned, picture):
    _frames, _rows, columns = np.nonzero(ink(burned(Cue(0, 3000, "很长的一句话" * 10)), picture))
    assert columns.min() > 10 and columns.max() < 470


@pytest.mark.parametrize("name", ["it's: a [x],;=.mp4", "-片 头 🎬%d.mp4", "a\\b'c\".mp4"])
def test_any_name_will_do(picture, tmp_path, name):
    folder = tmp_path / f"folder {name}"
    folder.mkdir()
    odd = folder / name
    odd.symlink_to(picture)
    burn(odd, folder / f"out {name}", [Cue(0, 3000, "赤峰")], STYLE, FAST)
    assert shown_frames(folder / f"out {name}", picture) == list(range(90))


def test_a_masked_passage_is_black_with_a_card_and_silent(burned, picture):
    withheld = RedactionPlan.of([((1000, 2000), "mask")], Fraction(30000, 1001), 90)
    film = burned(Cue(0, 900, "前"), withheld=withheld, card="此段不公开")
    first, end = withheld.masks[0].first, withheld.masks[0].end
    assert (first, end) == (29, 60)
    frames = grey(film)
    inside = frames[first:end]
    assert (inside[:, :60].max(), inside[:, 200:].max()) < (20, 20)
    assert (inside[:, 100:170] > 200).any(axis=(1, 2)).all()  # the card, on every frame
    assert frames[first - 1, :60].mean() > 30 and frames[end, :60].mean() > 30
    assert not samples(film)[48_000:96_000].any()
    assert abs(samples(film)[: 48_000 - 9_600]).max() > 3000
    assert abs(samples(film)[96_000 + 9_600 :]).max() > 3000
    assert probe(film).video[0].frames == 90


def test_a_cut_passage_is_gone_from_picture_and_sound_to_the_frame(burned, picture):
    withheld = RedactionPlan.of([((1001, 2002), "cut")], Fraction(30000, 1001), 90)
    film = burned(Cue(1001, 1502, "后"), withheld=withheld)
    before, after = grey(picture), grey(film)
    assert len(after) == 60
    kept = np.concatenate([before[:30], before[60:]])
    assert abs(after[:, :200] - kept[:, :200]).mean(axis=(1, 2)).max() < 2
    assert np.flatnonzero((after[:, 200:] > 180).any(axis=(1, 2))).tolist() == list(range(30, 45))
    was, now = samples(picture).astype(float), samples(film).astype(float)
    gone = slice(round(30 * 1601.6), round(60 * 1601.6))
    expected = np.delete(was, gone)[: now.size]
    assert abs(now.size - (was.size - 48_048)) <= 1024
    match = np.corrcoef(now[50_000 : expected.size - 2000], expected[50_000:-2000])[0, 1]
    assert match > 0.9  # noise matches itself only where it is shifted to the sample


def test_masks_and_cuts_go_together(burned):
    wishes = [((500, 800), "mask"), ((1000, 1500), "cut"), ((2000, 2300), "mask")]
    withheld = RedactionPlan.of(wishes, Fraction(30000, 1001), 90)
    frames = grey(burned(withheld=withheld, card="不公开"))
    dark = np.flatnonzero(frames[:, :60].max(axis=(1, 2)) < 20).tolist()
    masks = [range(14, 24), range(59 - 16, 69 - 16)]
    assert dark == [n for mask in masks for n in mask]
    assert len(frames) == withheld.frames == 74
