"""Find where somebody speaks (Silero VAD), and cut it into windows in the silences.

The detector is the one faster-whisper ships, run block by block with its state carried over, so
that the length of a recording does not matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.speech.audio_reader import RATE, Sound

__all__ = ["HOP_MS", "Span", "overlap_ms", "speech_probabilities", "speech_spans", "windows"]

HOP = 512
HOP_MS = HOP * 1000 // RATE
_CONTEXT = 64
_BLOCK_HOPS = 1000
_FRESH_HOPS = 125
_FRESH_WEIGHT = np.float32(0.55)

_SPEECH = 0.5
_SILENCE = 0.35
_PAD_MS = 240
_SHORTEST_MS = 96


class Span(NamedTuple):
    """From `start_ms` up to, not including, `end_ms`."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """Return the length in milliseconds."""
        return self.end_ms - self.start_ms


def overlap_ms(a: Span, b: Span) -> int:
    """Return for how long the spans overlap."""
    return max(0, min(a.end_ms, b.end_ms) - max(a.start_ms, b.start_ms))


def speech_probabilities(sound: Sound) -> NDArray[np.float32]:
    """Return the probability of speech in each hop of 32 ms.

    The detector runs twice: with the state of all before, and with a fresh state every four
    seconds. After loud music the carried state misses the first seconds of a voice. The fresh state
    takes music for a voice more easily (up to 0.88 was seen), so it counts less: 0.5 / 0.55.
    """
    from faster_whisper.vad import get_vad_model

    session = get_vad_model().session
    state, context = _blank(), np.zeros(_CONTEXT, np.float32)
    found = []
    for block in sound.blocks(_BLOCK_HOPS * HOP):
        hops = np.pad(block, (0, -block.size % HOP)).reshape(-1, HOP)
        before = np.vstack([context, hops[:-1, -_CONTEXT:]])
        context = hops[-1, -_CONTEXT:]
        inputs = np.concatenate([before, hops], axis=1)
        output, state["h"], state["c"] = session.run(None, {"input": inputs, **state})
        fresh = [
            session.run(None, {"input": inputs[at : at + _FRESH_HOPS], **_blank()})[0].reshape(-1)
            for at in range(0, len(inputs), _FRESH_HOPS)
        ]
        found.append(np.maximum(output.reshape(-1), _FRESH_WEIGHT * np.concatenate(fresh)))
    return np.concatenate(found) if found else np.zeros(0, np.float32)


def _blank() -> dict[str, NDArray[np.float32]]:
    return {name: np.zeros((1, 1, 128), np.float32) for name in ("h", "c")}


def speech_spans(probability: NDArray[np.float32], min_silence_ms: int) -> tuple[Span, ...]:
    """Return where speech is, from its probability per hop.

    Speech begins at 0.5 and ends below 0.35 (Silero's hysteresis); silences shorter than
    `min_silence_ms` belong to it, bursts of less than a tenth of a second do not.
    """
    spans: list[Span] = []
    start: int | None = None
    for index, value in enumerate([*probability.tolist(), 0.0]):
        if start is None and value >= _SPEECH:
            start = index
        elif start is not None and value < _SILENCE:
            spans.append(Span(start * HOP_MS, index * HOP_MS))
            start = None
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_ms - joined[-1].end_ms < min_silence_ms:
            joined[-1] = Span(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    return tuple(s for s in joined if s.length_ms >= _SHORTEST_MS)


def windows(
    spans: tuple[Span, ...], probability: NDArray[np.float32], window_ms: int, end_ms: int
) -> tuple[Span, ...]:
    """Join `spans` into windows of at most `window_ms`, each with a little silence around it.

    A longer span is divided where speech is least likely.
    """
    room = window_ms - 2 * _PAD_MS
    parts = [part for span in spans for part in divide(span, probability, room)]
    packed: list[Span] = []
    for part in parts:
        if packed and part.end_ms - packed[-1].start_ms <= room:
            packed[-1] = Span(packed[-1].start_ms, part.end_ms)
        else:
            packed.append(part)
    return _padded(packed, end_ms)


def divide(span: Span, probability: NDArray[np.float32], room_ms: int) -> list[Span]:
    """Divide `span` into parts of at most `room_ms`, cutting where speech is least likely."""
    parts = []
    smoothed = np.convolve(probability, np.ones(5) / 5, mode="same")
    while span.length_ms > room_ms:
        earliest = span.start_ms + min(room_ms // 2, span.length_ms // 3)
        latest = min(span.start_ms + room_ms, span.end_ms - HOP_MS)
        hops = smoothed[earliest // HOP_MS : latest // HOP_MS]
        cut = earliest + int(np.argmin(hops)) * HOP_MS if hops.size else latest
        parts.append(Span(span.start_ms, cut))
        span = Span(cut, span.end_ms)
    return [*parts, span]


def _padded(spans: list[Span], end_ms: int) -> tuple[Span, ...]:
    """Widen each span into the silence around it, at most half way to its neighbour."""
    padded = []
    for index, span in enumerate(spans):
        before = spans[index - 1].end_ms if index else -2 * _PAD_MS
        after = spans[index + 1].start_ms if index + 1 < len(spans) else end_ms + 2 * _PAD_MS
        start = span.start_ms - min(_PAD_MS, (span.start_ms - before) // 2)
        stop = span.end_ms + min(_PAD_MS, (after - span.end_ms) // 2)
        padded.append(Span(max(0, start), min(end_ms, stop)))
    return tuple(padded)
