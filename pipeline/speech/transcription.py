"""From sound to the first version of the subtitles: recognised, names put right, cut into cues.

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
from pipeline.speech.glossary import Entry, corrected, fillers_marked
from pipeline.speech.language_segments import LanguageSegment

__all__ = ["cues_of", "recognised", "transcribe"]


def recognised(
    sound: Path,
    settings: Settings,
    language: str,
    *,
    entries: Sequence[Entry] = (),
    prompt: Sequence[str] = (),
    languages: Sequence[LanguageSegment] = (),
) -> Words:
    """Return the words of a 16 kHz mono WAV file, misheard names put right.

    `prompt` are the names told to the engine beforehand, `entries` those looked for afterwards,
    `languages` the stretches in another language. Raises MediaError where nobody speaks,
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
    words = corrected(words, entries, settings.sounds)
    return replace(words, words=fillers_marked(words.words, settings.fillers))


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
        film_ms = speech.take_sound(media, sound, audio_stream)
        try:
            words = recognised(
                sound, settings, language, entries=entries, prompt=prompt, languages=languages
            )
        except MediaError as error:
            raise MediaError(
                _("Nobody speaks in “{name}”.").format(name=media.name),
                remedy=_("Listen to it: is it the right recording, and the right sound track?"),
                path=media,
            ) from error
        return words, film_ms


def cues_of(
    words: Words, style: SubtitleStyle, entries: Sequence[Entry], film_ms: int | None
) -> list[Cue]:
    """Return the words cut into cues; the names that people wrote down are never cut."""
    names = [entry.text for entry in entries if entry.sure]
    return segment(words.words, style, words.language, names=names, film_ms=film_ms)
