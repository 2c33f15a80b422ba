"""First-version subtitles: what is said in the episode, recognised and cut into cues.

Needs the speech_audio and, where there is one, the interviewee's glossary; makes the words with
their times, confidence and doubts, and the draft_subtitles in the style of the language. Nobody
signs: the editor corrects and signs the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import Settings
from pipeline.stage import Artefact, Scope, Stage, Subject
from pipeline.subtitles.segmentation import segment
from pipeline.subtitles.words import write_words
from pipeline.subtitles.writing import write_srt
from pipeline.tools import speech
from pipeline.tools.ffmpeg import probe

__all__ = ["STAGE", "Makes", "Needs"]


@dataclass(frozen=True)
class Needs:
    """The sound, the language it is in, and the names that occur."""

    subject: Subject
    speech_audio: Artefact
    glossary: Artefact | None


@dataclass(frozen=True)
class Makes:
    """The first version."""

    draft_subtitles: Path
    words: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Recognise the episode and cut the words into cues.

    Raises MediaError where nobody speaks, MissingTool without an engine or model.
    """
    own = speech.read_terms(needs.glossary.path) if needs.glossary else ()
    terms = speech.unique([*own, *settings.glossary.terms])
    language = needs.subject.language
    words = speech.recognise(
        needs.speech_audio.path,
        speech.Remembering(speech.open_engine(settings.speech)),
        settings.speech,
        speech.Listening(language, settings.speech.beam_size, own),
        settings.hallucinations.phrases,
    )
    styles = settings.subtitles.style
    style = settings.subtitle_styles[styles.get(language, styles["default"])]
    film_ms = probe(needs.speech_audio.path, name=needs.speech_audio.name).duration_ms
    cues = segment(words.words, style, language, names=terms, film_ms=film_ms)
    return Makes(
        draft_subtitles=write_srt(cues, folder / "draft.srt"),
        words=write_words(words, folder / "words.json"),
    )


STAGE = Stage(
    number=6,
    slug="first_version_subtitles",
    title="字幕初稿",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    settings=(
        "speech",
        "hallucinations",
        "glossary",
        "subtitles",
        "subtitle_styles",
    ),
)
