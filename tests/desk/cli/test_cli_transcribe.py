"""`chifeng transcribe`: subtitles of any file, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.captions.formats.reader import read
from pipeline.speech import RecognisedWindow, RecognitionOptions, transcription
from pipeline.speech import result_cache as cache
from pipeline.speech.audio_reader import Samples
from tests.fake_engine import FakeEngine


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeEngine:
    """An engine that hears a fixed text, and an empty memory."""
    fake = FakeEngine("那时候王贵兰是我的老师，")
    monkeypatch.setattr(transcription.speech, "open_engine", lambda _settings: fake)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    return fake


@pytest.fixture
def film(mandarin: tuple[Path, str], make_clip: Callable[..., Path]) -> Path:
    """The Mandarin sentences with a picture, under an awkward name."""
    picture = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=5", "-shortest")
    return make_clip("-它 '的:片[1].mp4", "-i", mandarin[0], *picture, "-c:a", "aac")


def test_every_format_is_written_whole(chifeng, film: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("王桂兰\n", "utf-8")
    for suffix in ("srt", "vtt", "json"):
        target = tmp_path / f"out.{suffix}"
        done = chifeng(
            "transcribe", "--output", str(target), "--glossary", str(names), "--", str(film)
        )
        assert done.code == 0, done.err
        assert str(target) in done.out
        assert "王桂兰" in target.read_text("utf-8").replace("\n", "")
    assert "".join(cue.text for cue in read(tmp_path / "out.srt")).startswith("那时候王桂兰")
    told = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert {c["heard"] for c in told["corrections"] if c["certain"]} == {"王贵兰"}
    assert [*tmp_path.glob(".*part")] == []


def test_it_writes_beside_the_recording_but_over_nothing(chifeng, film: Path) -> None:
    beside = film.with_suffix(".srt")
    assert chifeng("transcribe", "--", str(film)).code == 0
    beside.write_text("corrected by hand", "utf-8")
    again = chifeng("transcribe", "--", str(film))
    assert again.code == 3 and "--force" in again.err
    assert beside.read_text("utf-8") == "corrected by hand"
    assert chifeng("transcribe", "--force", "--", str(film)).code == 0
    assert "王" in beside.read_text("utf-8")


def test_standard_output_holds_nothing_but_the_subtitles(
    chifeng, film: Path, tmp_path: Path
) -> None:
    done = chifeng("transcribe", "--output", "-", "--", str(film))
    assert done.code == 0
    (tmp_path / "piped.srt").write_text(done.out, "utf-8")
    assert len(read(tmp_path / "piped.srt")) > 1
    assert done.out.startswith("1\n00:00:0")


def test_stopped_it_writes_nothing_and_goes_on_from_where_it_was(
    chifeng, film: Path, tmp_path: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.srt"
    heard: list[int] = []
    hear = engine.transcribe

    def stop(windows: list[Samples], listening: RecognitionOptions) -> list[RecognisedWindow]:
        heard.append(len(windows))
        if len(heard) == 2:
            raise KeyboardInterrupt
        return hear(windows, listening)

    monkeypatch.setattr(engine, "transcribe", stop)
    halves = tmp_path / "parts.txt"  # two languages: two batches
    halves.write_text("0:06 1:00 en\n", "utf-8")
    words = ("transcribe", "--output", str(target), "--languages", str(halves), "--", str(film))
    assert chifeng(*words).code == 130
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == []
    assert chifeng(*words).code == 0
    assert len(heard) == 3  # the first batch was not heard again
    assert target.exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("missing.mp4",), 3, "There is no file missing.mp4"),
        (("x.mp4", "--output", "x.docx"), 3, ".srt, .vtt or .json"),
        (("x.mp4", "--output", "nowhere/x.srt"), 3, "There is no folder nowhere"),
        (("x.mp4", "--style", "zh-cinema"), 2, "zh-netflix"),
        (("x.mp4", "--engine", "siri"), 2, "faster-whisper"),
        (("x.mp4", "--glossary", "none.txt"), 3, "none.txt"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(
    chifeng, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = chifeng("transcribe", *words)
    assert answer.code == code
    assert said in answer.err


def test_a_language_nobody_knows_and_a_film_without_sound(
    chifeng, clip_no_sound: Path, film: Path, tmp_path: Path
) -> None:
    target = str(tmp_path / "o.srt")
    unknown = chifeng("transcribe", "--language", "xx", "-o", target, "--", str(film))
    assert unknown.code == 2 and "zh for Chinese" in unknown.err
    silent = chifeng("transcribe", str(clip_no_sound), "-o", target)
    assert silent.code == 3 and "no sound" in silent.err
    assert not Path(target).exists()
