"""05 音频提取 (audio extraction): the sound of the episode, for recognition and for listening.

Needs the picture. Makes 16 kHz mono for recognition, a copy to listen to and the peaks to draw,
in one pass over the picture; where the settings name who wears which microphone, also how loud each
channel is. Nobody signs: there is nothing to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.errors import MediaError
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, probe, source
from pipeline.media.ffmpeg import run as run_ffmpeg
from pipeline.media.waveform import write_peaks
from pipeline.queues import Queue
from pipeline.settings import Settings
from pipeline.speech.speaker_channels import write_levels
from pipeline.stage import Artefact, Scope, Stage

__all__ = ["STAGE", "Makes", "Needs"]

_SPEECH_RATE_HZ = 16_000  # what Whisper was trained on


@dataclass(frozen=True)
class Needs:
    """What the stage reads."""

    picture: Artefact


@dataclass(frozen=True)
class Makes:
    """What it writes; all begin where the picture begins. Levels only where the settings name
    speakers and the picture has the channels."""

    speech_audio: Path
    listening_audio: Path
    waveform: Path
    channel_levels: Path | None


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Extract the sound of the picture. Raises MediaError where it has none."""
    picture = needs.picture
    found = probe(picture.path, name=picture.name)
    if not found.audio:
        raise MediaError(
            _("“{name}” has no sound.").format(name=picture.name),
            remedy=_("Cut the episode again, with sound."),
            path=picture.path,
        )
    sound = source(picture.path)[str(found.audio[0].index)]
    speech, listening = folder / "speech.wav", folder / "listening.m4a"
    channels = len(settings.speakers.channels)
    separate = folder / "channels.wav" if 1 < channels <= found.audio[0].channels else None
    run_ffmpeg(
        *_outputs(sound, speech, listening, settings.audio.listening_bitrate, separate),
        duration_ms=found.duration_ms,
        what=picture.name,
    )
    waveform = write_peaks(speech, folder / "waveform.json", settings.audio.peaks_per_second)
    levels = None
    if separate is not None:
        levels = write_levels(separate, folder / "levels.json", channels)
        separate.unlink()
    return Makes(speech, listening, waveform, levels)


def _outputs(
    sound: Any, speech: Path, listening: Path, bitrate: int, separate: Path | None
) -> tuple[Any, ...]:
    # Silence is put in where the sound begins late or has gaps: times must be the picture's.
    aligned = sound.filter("aresample", **{"async": 1, "first_pts": 0})
    copies = aligned.filter_multi_output("asplit", outputs=2)
    speech_mono = copies[0].filter(
        "aformat", sample_fmts="s16", sample_rates=_SPEECH_RATE_HZ, channel_layouts="mono"
    )
    # Mono to listen to as well: the left microphone would else be heard in one ear alone.
    listening_mono = copies[1].filter("aformat", channel_layouts="mono")
    wav = {"c:a": "pcm_s16le", **BITEXACT}
    outputs = [
        ffmpeg.output(speech_mono, str(speech.absolute()), **wav),
        ffmpeg.output(
            listening_mono,
            str(listening.absolute()),
            **{"c:a": "aac", "b:a": bitrate, "ar": 48000, "movflags": "+faststart"},
            **BITEXACT,
        ),
    ]
    if separate:
        # Not a third copy: one that wants mono makes all copies of a split mono.
        aligned = sound.filter("aresample", _SPEECH_RATE_HZ, **{"async": 1, "first_pts": 0})
        outputs.append(ffmpeg.output(aligned, str(separate.absolute()), **wav))
    return tuple(outputs)


STAGE = Stage(
    number=5,
    slug="audio_extraction",
    title="音频提取",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    settings=("audio", "speakers"),
    queue=Queue.RENDER,
)
