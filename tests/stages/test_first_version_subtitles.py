"""Stage 6 on real Mandarin with the real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cer import errors
from pipeline.captions.formats.reader import read
from pipeline.captions.words import read_words
from pipeline.settings import load
from pipeline.speech import result_cache as cache
from stages.first_version_subtitles import STAGE, Needs
from tests.stages.papers import EPISODE, artefact

pytestmark = pytest.mark.model


def test_an_episode_gets_its_first_version_and_the_same_one_twice(
    mandarin: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glossary = artefact("glossary", tmp_path / "names.txt", "王桂兰\n")
    needs = Needs(EPISODE, artefact("speech_audio", mandarin[0]), glossary, None, None, None, None)
    defaults = load()
    one_thread = defaults.speech.model_copy(update={"threads": 1})
    settings = defaults.model_copy(update={"speech": one_thread}).only(STAGE.settings)
    made = []
    for name in ("one", "two"):
        monkeypatch.setattr(cache, "cache_folder", lambda at=tmp_path / f"cache-{name}": at)
        folder = tmp_path / name
        folder.mkdir()
        made.append(STAGE.run(needs, settings, folder))
    first, second = made
    assert first.draft_subtitles.read_bytes() == second.draft_subtitles.read_bytes()
    assert first.words.read_bytes() == second.words.read_bytes()

    cues, words = read(first.draft_subtitles), read_words(first.words)
    assert errors(mandarin[1], "".join(cue.text for cue in cues)).rate < 0.45
    assert all(len(cue.text) <= 18 for cue in cues)
    assert words.language == "zh" and words.engine == "faster-whisper"
    assert words.speech and words.speech[0][0] < 3000
