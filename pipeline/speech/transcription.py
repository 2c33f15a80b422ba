"""Make the first version of the subtitles: recognise, correct names, cut into cues.

What stage 6 does for an episode and `chifeng transcribe` for any file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import speech
from pipeline.captions.cues import Cue
from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Words
from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.settings import Settings, SubtitleStyle
from pipeline.speech.glossary import Entry, correct_names, mark_fillers
from pipeline.speech.language_segments import LanguageSegment

__all__ = ["make_cues", "recognise_words", "transcribe"]


def recognise_words(
    sound: Path,
    settings: Settings,
    language: str,
    *,
    entries: Sequence[Entry] = (),
    prompt: Sequence[str] = (),
    languages: Sequence[LanguageSegment] = (),
) -> Words:
    """Return the words of a 16 kHz mono WAV file, with names corrected.

    `prompt` are the names given to the engine, `entries` those corrected afterwards, `languages`
    the segments in another language. Raises MediaError where nobody speaks,
    MissingTool without an engine or model.
    """
    words = speech.recognise(
        sound,
        speech.CachingEngine(speech.open_engine(settings.speech)),
        settings.speech,
        speech.RecognitionOptions(language, settings.speech.beam_size, tuple(prompt)),
        settings.hallucinations.phrases,
        languages,
    )
    words = correct_names(words, entries, settings.sounds)
    return replace(words, words=mark_fillers(words.words, settings.fillers))


def transcribe(
    media: Path,
    settings: Settings,
    language: str = "zh",
    *,
    entries: Sequence[Entry] = (),
    prompt: Sequence[str] = (),
    languages: Sequence[LanguageSegment] = (),
    audio_stream: int | None = None,
) -> tuple[Words, int]:
    """Return the words said in any media file, and how long it is, in milliseconds.

    `audio_stream` counts the sound tracks from 0; it must be given where there are several. Raises
    MediaError, MissingTool.
    """
    with tempfile.TemporaryDirectory(prefix="chifeng-") as folder:
        sound = Path(folder) / "speech.wav"
        film_ms = speech.extract_audio(media, sound, audio_stream)
        try:
            words = recognise_words(
                sound, settings, language, entries=entries, prompt=prompt, languages=languages
            )
        except MediaError as error:
            raise MediaError(
                _("Nobody speaks in “{name}”.").format(name=media.name),
                remedy=_("Listen to it: is it the right recording, and the right sound track?"),
                path=media,
            ) from error
        return words, film_ms


def make_cues(
    words: Words, style: SubtitleStyle, entries: Sequence[Entry], film_ms: int | None
) -> list[Cue]:
    """Return the words cut into cues; the names that people wrote down are never cut."""
    names = [entry.text for entry in entries if entry.sure]
    return segment(words.words, style, words.language, names=names, film_ms=film_ms)
