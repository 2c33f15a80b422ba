"""An episode to screen: a picture with speech-like sound, cues, words, and the papers around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import write_srt
from pipeline.captions.words import Word, Words, write_words
from pipeline.core.files import write_json
from pipeline.settings import Settings, load
from pipeline.stage import Artefact
from tests.stages.papers import artefact

__all__ = ["CUES", "PICTURE", "SETTINGS", "SPEECH", "cues_file", "json_file", "words_file"]

PICTURE = (
    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8",
    "-f", "lavfi", "-i", "anoisesrc=d=8:c=pink:r=48000:seed=2:a=0.35",
    "-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-pix_fmt", "yuv420p", "-g", "25",
    "-c:a", "aac", "-b:a", "128k", "-t", "8",
)  # fmt: skip
"""8 s, 200 frames, that move in every corner; sound all the time, at about -24 LUFS."""

CUES = [
    Cue(0, 1600, "我一九六五年进了放映队"),
    Cue(2000, 3600, "家里的事不便多说"),
    Cue(4000, 5600, "那年冬天走了三百里"),
    Cue(6000, 7600, "如今都成了回忆"),
]
SPEECH = tuple((cue.start_ms, cue.end_ms) for cue in CUES)


def _settings() -> Settings:
    settings = load()
    fast = settings.burning.model_copy(update={"preset": "ultrafast"})
    return settings.model_copy(update={"burning": fast})


SETTINGS = _settings()
"""The settings as they are but for a quick encoder."""


def cues_file(kind: str, folder: Path, cues: list[Cue] = CUES) -> Artefact:
    """Subtitles as the store would hand them to a stage."""
    folder.mkdir(exist_ok=True)
    return artefact(kind, write_srt(cues, folder / f"{kind}.srt"))


def words_file(
    folder: Path, speech: tuple[tuple[int, int], ...] = SPEECH, who: str = ""
) -> Artefact:
    """Words of which each cue's speech holds one every 400 ms."""
    words = tuple(
        Word(ms, ms + 400, "字", speaker=who) for a, b in speech for ms in range(a, b - 399, 400)
    )
    return artefact("words", write_words(Words("zh", words, tuple(speech)), folder / "words.json"))


def json_file(kind: str, folder: Path, value: Any) -> Artefact:
    """A JSON artefact of that kind."""
    return artefact(kind, write_json(folder / f"{kind}.json", value))
