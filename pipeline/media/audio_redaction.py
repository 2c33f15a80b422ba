"""Redact sound: mute masked passages and cut passages to the sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ffmpeg

from pipeline.media.ffmpeg import AudioStream
from pipeline.media.redaction import RedactionPlan, Span

__all__ = ["between_any", "mute", "redact_audio"]

# Sound is muted in steps of a hundredth of a second, with a margin of two AAC frames, over which
# the codec spreads sound.
_STEPS_PER_SECOND = 100
_SPREAD_SAMPLES = 2 * 1024


def redact_audio(stream: Any, track: AudioStream, withheld: RedactionPlan) -> Any:
    """Return the sound, muted where the picture is masked and without the cut passages."""
    stream = mute(stream, track.rate_hz, withheld.spans_ms(withheld.masks))
    if withheld.cuts:
        stream = _cut_sound(stream, track.rate_hz, withheld)
    return stream


def mute(stream: Any, rate_hz: int, spans: Sequence[Span]) -> Any:
    """Return the sound, muted in the passages (milliseconds) and the margin around them."""
    if not spans:
        return stream
    # The volume filter reads the time once per block of samples: make blocks short.
    step = rate_hz // _STEPS_PER_SECOND
    margin = 1 / _STEPS_PER_SECOND + _SPREAD_SAMPLES / rate_hz
    muted = [(start / 1000 - margin, end / 1000 + margin) for start, end in spans]
    stream = stream.filter("asetnsamples", n=step, p=0)
    return stream.filter("volume", volume=0, enable=between_any("t", muted))


def _cut_sound(stream: Any, rate_hz: int, withheld: RedactionPlan) -> Any:
    """Join the kept parts, to the sample. Each branch drops the rest at once, to save memory."""
    branches = stream.filter_multi_output("asplit", len(withheld.kept))
    parts = []
    for number, (first, end) in enumerate(withheld.kept):
        bounds = {"start_sample": round(first * rate_hz / withheld.rate)}
        if end < withheld.total:
            bounds["end_sample"] = round(end * rate_hz / withheld.rate)
        part = branches[number].filter("atrim", **bounds)
        parts.append(part.filter("asetpts", expr="PTS-STARTPTS"))
    return ffmpeg.concat(*parts, v=0, a=1)


def between_any(variable: str, spans: Sequence[tuple[float, float] | Span]) -> str:
    """Return an ffmpeg expression that is true inside any of the spans, both ends included."""
    return "+".join(f"between({variable},{start:.6f},{end:.6f})" for start, end in spans)
