"""First-version subtitles: what is said in the episode, recognised and cut into cues.

Needs the speech_audio; the names that occur come from the interviewee's glossary, where there is
one, from the interviewee_file and the outline; spoken_languages says where another language is
spoken than the interviewee's, channel_levels who speaks. Makes the words with their times,
confidence, doubts and what was done about misheard names, and the draft_subtitles in the style of
the language. Nobody signs: the editor corrects and signs the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.captions.formats.writer import write_srt
from pipeline.captions.words import write_words
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.media.ffmpeg import probe
from pipeline.queues import Queue
from pipeline.settings import Settings
from pipeline.speech import read_terms
from pipeline.speech.glossary import NAME_FIELDS, Entry, collect_entries
from pipeline.speech.language_segments import read_languages
from pipeline.speech.speaker_channels import assign_speakers
from pipeline.speech.transcription import make_cues, recognise_words
from pipeline.stage import Artefact, Scope, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]


def _read_file(needs: Needs) -> IntervieweeFile | None:
    """Return the fields of the interviewee file in which names stand."""
    if needs.interviewee_file is None:
        return None
    return IntervieweeFile.read(needs.interviewee_file.path).only(*NAME_FIELDS)


@dataclass(frozen=True)
class Needs:
    """The sound, the language it is in, and where the names that occur are written."""

    subject: Subject
    speech_audio: Artefact
    glossary: Artefact | None
    interviewee_file: Artefact | None
    outline: Artefact | None
    spoken_languages: Artefact | None
    channel_levels: Artefact | None
    USES: ClassVar = {"interviewee_file": _read_file}
    UNTIL_SIGNED: ClassVar = dict.fromkeys(
        ("glossary", "interviewee_file", "outline"), "initial_proofreading"
    )


@dataclass(frozen=True)
class Makes:
    """The first version."""

    draft_subtitles: Path
    words: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Recognise the episode and cut the words into cues.

    Raises MediaError where nobody speaks, MissingTool without an engine or model.
    """
    own = read_terms(needs.glossary.path) if needs.glossary else ()
    entries = _entries(needs, [*own, *settings.glossary.terms])
    others = needs.spoken_languages
    words = recognise_words(
        needs.speech_audio.path,
        settings,
        needs.subject.language,
        entries=entries,
        prompt=own,
        languages=read_languages(others.path) if others else (),
    )
    levels = needs.channel_levels
    words = assign_speakers(words, levels.path if levels else None, settings.speakers)
    film_ms = probe(needs.speech_audio.path, name=needs.speech_audio.name).duration_ms
    cues = make_cues(words, settings.style_for(needs.subject.language), entries, film_ms)
    return Makes(
        draft_subtitles=write_srt(cues, folder / "draft.srt"),
        words=write_words(words, folder / "words.json"),
    )


def _entries(needs: Needs, terms: list[str]) -> tuple[Entry, ...]:
    file = _read_file(needs)
    outline = needs.outline.path.read_text("utf-8") if needs.outline else ""
    return collect_entries(terms, file, outline)


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
        "sounds",
        "fillers",
        "speakers",
        "subtitles",
        "subtitle_styles",
    ),
    queue=Queue.SPEECH,
)
