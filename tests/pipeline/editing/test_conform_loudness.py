"""Loudness: reached by one gain, peaks held, measured again by another meter (loudnorm's)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import pytest

from pipeline.editing.conform.loudness import normalize_loudness
from pipeline.media.ffmpeg import capture, run, source
from pipeline.settings import Editing, load

Make = Callable[..., Path]
RAW = ("-ar", "48000", "-ac", "2", "-f", "f32le")
# Speech as far as a meter can tell: noise in the band of a voice, four syllables a second.
SPEECH = "anoisesrc=c=pink:d=8:r=48000:seed=1,highpass=200,lowpass=4000,tremolo=f=4:d=0.8"


@pytest.fixture(scope="module")
def editing() -> Editing:
    return load().editing


def sound(make_clip: Make, name: str, graph: str) -> Path:
    return make_clip(name, "-f", "lavfi", "-i", graph, *RAW)


def heard(path: Path) -> tuple[float, float]:
    """Return integrated loudness and true peak as loudnorm's meter finds them."""
    meter = source(path)["a:0"].filter("loudnorm", print_format="json")
    said = run(ffmpeg.output(meter, "-", format="null"))
    found: dict[str, Any] = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    return float(found["input_i"]), float(found["input_tp"])


def waves(path: Path) -> np.ndarray:
    raw = capture(ffmpeg.output(source(path)["a:0"], "pipe:1", format="f32le", ac=2, ar=48_000))
    return np.frombuffer(raw, np.float32)[::2]


@pytest.mark.parametrize("db", [-20, 0])
def test_quiet_and_loud_sound_come_out_at_the_target(
    make_clip: Make, tmp_path: Path, editing: Editing, db: int
) -> None:
    raw = sound(make_clip, f"speech{db}.f32", f"{SPEECH},volume={db}dB")
    levels = normalize_loudness(raw, tmp_path / "sound.m4a", editing)
    lufs, dbtp = heard(tmp_path / "sound.m4a")
    assert lufs == pytest.approx(editing.loudness_lufs, abs=0.5)
    assert dbtp <= editing.true_peak_dbtp
    assert levels.after.lufs == pytest.approx(lufs, abs=0.2)
    assert levels.after.dbtp == pytest.approx(dbtp, abs=0.2)
    assert not levels.limited


def test_a_blow_on_the_table_is_held_and_the_voice_keeps_its_dynamics(
    make_clip: Make, tmp_path: Path, editing: Editing
) -> None:
    blow = "aevalsrc='0.9*sin(2*PI*1500*t)*between(t,4,4.003)':s=48000:d=8"
    raw = sound(
        make_clip, "blow.f32", f"{SPEECH},volume=-12dB[v];{blow}[b];[v][b]amix=2:normalize=0"
    )
    levels = normalize_loudness(raw, tmp_path / "sound.m4a", editing)
    lufs, dbtp = heard(tmp_path / "sound.m4a")
    assert levels.limited
    assert dbtp <= editing.true_peak_dbtp
    assert lufs == pytest.approx(editing.loudness_lufs, abs=editing.loudness_tolerance_lu)
    # The voice before the blow and after it is raised by the same gain, and by that alone.
    before = np.fromfile(raw, np.float32)[::2]
    after = waves(tmp_path / "sound.m4a")
    for start, end in ((1, 3), (5, 7)):
        span = slice(start * 48_000, end * 48_000)
        gain = 20 * np.log10(after[span].std() / before[span].std())
        assert gain == pytest.approx(levels.gain_db, abs=0.3)
    # The limiter's look-ahead does not shift the sound.
    span = slice(48_000, 96_000)
    offsets = range(-300, 301, 4)
    match = [float(before[span] @ after[48_000 + k : 96_000 + k]) for k in offsets]
    assert abs(offsets[int(np.argmax(match))]) <= 48


def test_silence_is_left_alone_and_said_so(
    make_clip: Make, tmp_path: Path, editing: Editing
) -> None:
    raw = sound(make_clip, "silence.f32", "anullsrc=r=48000:d=3")
    levels = normalize_loudness(raw, tmp_path / "sound.m4a", editing)
    assert levels.gain_db == 0
    assert [r.english for r in levels.remarks] == [
        "There is no sound to be heard; the level was not changed."
    ]


def test_what_is_too_short_to_measure_is_left_alone(
    make_clip: Make, tmp_path: Path, editing: Editing
) -> None:
    raw = sound(make_clip, "short.f32", f"{SPEECH},atrim=end=0.2")
    assert normalize_loudness(raw, tmp_path / "sound.m4a", editing).gain_db == 0
