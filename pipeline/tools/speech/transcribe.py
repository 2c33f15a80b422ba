"""Recognise the speech of any media file, outside any production."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import ffmpeg

from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.settings import Settings
from pipeline.subtitles.words import Words
from pipeline.tools.ffmpeg import BITEXACT, check_media, execute, source
from pipeline.tools.speech.engines import open_engine
from pipeline.tools.speech.protocol import Listening
from pipeline.tools.speech.recognition import recognise
from pipeline.tools.speech.remembering import Remembering
from pipeline.tools.speech.sound import RATE

__all__ = ["transcribe"]


def transcribe(
    media: Path,
    settings: Settings,
    *,
    language: str = "zh",
    terms: Sequence[str] = (),
    audio_stream: int | None = None,
) -> Words:
    """Return the words said in a media file.

    `audio_stream` counts the sound tracks from 0; it must be given where there are several. Engine
    and model are those of `settings.speech`. Raises MediaError, MissingTool.
    """
    engine = Remembering(open_engine(settings.speech))
    listening = Listening(language, settings.speech.beam_size, tuple(terms))
    with tempfile.TemporaryDirectory(prefix="chifeng-") as folder:
        sound = Path(folder) / "speech.wav"
        _extract(media, sound, audio_stream)
        return recognise(sound, engine, settings.speech, listening, settings.hallucinations.phrases)


def _extract(media: Path, target: Path, audio_stream: int | None) -> None:
    found = check_media(media, sound=True)
    if audio_stream is None and len(found.audio) > 1:
        raise MediaError(
            _("“{name}” has {n} sound tracks.").format(name=media.name, n=len(found.audio)),
            remedy=_("Say which one to use, counted from 0."),
            path=media,
        )
    try:
        track = found.audio[audio_stream or 0]
    except IndexError as error:
        raise MediaError(
            _("“{name}” has no sound track {n}.").format(name=media.name, n=audio_stream),
            remedy=_("Say which one to use, counted from 0."),
            path=media,
        ) from error
    # Silence is put in where the sound begins late or has gaps: times must be the file's.
    even = source(media)[str(track.index)].filter("aresample", **{"async": 1, "first_pts": 0})
    mono = even.filter("aformat", sample_fmts="s16", sample_rates=RATE, channel_layouts="mono")
    sound = ffmpeg.output(mono, str(target.absolute()), acodec="pcm_s16le", **BITEXACT)
    execute(sound, duration_ms=found.duration_ms, what=_("taking the sound out"))
