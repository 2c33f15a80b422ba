"""Take the sound out of any media file, as recognition hears it."""

from __future__ import annotations

from pathlib import Path

import ffmpeg

from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, check_media, execute, source
from pipeline.speech.audio_reader import RATE

__all__ = ["extract_audio"]


def extract_audio(media: Path, target: Path, audio_stream: int | None = None) -> int:
    """Write the sound of a media file as 16 kHz mono WAV; return how long the file is, in ms.

    `audio_stream` counts the sound tracks from 0; it must be given where there are several. Raises
    MediaError.
    """
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
    return found.duration_ms
