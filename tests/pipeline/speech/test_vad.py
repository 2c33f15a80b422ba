"""Speech is found, joined over short silences, and cut into windows where it is quietest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.recordings import NOISES
from pipeline.speech.audio_reader import Samples, Sound
from pipeline.speech.vad import (
    HOP_MS,
    Span,
    overlap_ms,
    speech_probabilities,
    speech_spans,
    windows,
)
from tests.pipeline.speech.conftest import WriteSound, silence


def _likely(*parts: tuple[int, float]) -> Samples:
    """Probabilities: so many hops of this value, then so many of that."""
    return np.concatenate([np.full(hops, value, np.float32) for hops, value in parts])


def test_speech_begins_at_half_and_ends_below_a_third() -> None:
    likely = _likely((10, 0.1), (10, 0.6), (10, 0.4), (10, 0.2), (10, 0.9))
    assert speech_spans(likely, 100) == (Span(320, 960), Span(1280, 1600))


def test_short_silence_belongs_to_speech_and_a_click_does_not() -> None:
    likely = _likely((10, 0.9), (5, 0.0), (10, 0.9), (30, 0.0), (2, 0.9), (20, 0.0))
    assert speech_spans(likely, 400) == (Span(0, 800),)


def test_a_long_speech_is_cut_where_it_is_quietest() -> None:
    likely = _likely((300, 0.9), (6, 0.6), (300, 0.9))
    first, second = windows(speech_spans(likely, 400), likely, 15_000, 606 * HOP_MS)
    assert first.end_ms == second.start_ms
    assert 300 <= first.end_ms // HOP_MS <= 306


_PARTS = st.lists(st.tuples(st.integers(1, 700), st.sampled_from([0.0, 0.45, 0.9])), max_size=12)


@given(_PARTS, st.sampled_from([5_000, 15_000, 30_000]))
def test_windows_hold_all_speech_in_order_and_are_never_too_long(
    parts: list[tuple[int, float]], window_ms: int
) -> None:
    likely = _likely((1, 0.0), *parts)
    end_ms = likely.size * HOP_MS
    spans = speech_spans(likely, 400)
    found = windows(spans, likely, window_ms, end_ms)
    assert all(0 < window.length_ms <= window_ms for window in found)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(found))
    for span in spans:
        assert sum(overlap_ms(span, window) for window in found) == span.length_ms


def test_the_detector_tells_a_voice_from_silence_and_carries_on_over_blocks(
    spoken: Samples, write_sound: WriteSound
) -> None:
    """40 s, so that more than one block is read: silence with the sentences at 33 s."""
    sound_file = write_sound("late.wav", np.concatenate([silence(33), spoken[: 16_000 * 4]]))
    with Sound(sound_file) as sound:
        spans = speech_spans(speech_probabilities(sound), 400)
    assert spans[0].start_ms > 32_500
    assert spans[-1].end_ms > 35_000


def test_after_loud_music_the_first_seconds_of_a_voice_are_found(
    spoken: Samples, write_sound: WriteSound
) -> None:
    """The detector's memory of music hides a voice for seconds."""

    def found(name: str, *parts: Samples) -> int:
        with Sound(write_sound(name, np.concatenate(parts))) as sound:
            spans = speech_spans(speech_probabilities(sound), 160)
        return sum(span.length_ms for span in spans if span.end_ms > 20_000)

    for kind in ("chords", "fiddle"):
        music = NOISES[kind](20)
        plain = found("plain.wav", silence(20), spoken)
        assert found("after.wav", music, spoken) > 0.9 * plain
        assert found("music.wav", music, music) == 0
