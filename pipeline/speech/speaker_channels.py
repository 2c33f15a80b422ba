"""Find the speaker of each word: the person whose microphone is the loudest.

For films in which each person's lavalier has a sound channel of its own. Stage 5 measures how loud
each channel is every 20 ms, stage 6 compares them over each word.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.captions.words import Doubt, Word, Words
from pipeline.core.artefacts.channel_levels import ChannelLevels
from pipeline.settings import Speakers

__all__ = ["assign_speakers", "write_levels"]

_STEP_MS = 20
_STEPS_AT_ONCE = 4096
_FLOOR_DB = -90

# Words of an unclear moment belong to the speaker on both sides when it is as short as this.
_MAX_GAP_MS = 600
_PAUSE_MS = 500
# So much unclear speech without a break is listed; with this share of all, nothing is marked.
_MIN_DOUBT_MS = 1000
_MAX_UNCLEAR_SHARE = 0.5

# What the editor reads beside a doubt, in the crew's language whoever runs the program.
UNCLEAR = "听不出这里是谁在说话"
ALIKE = "各声道声音相近，分不出说话人，全片未标注"
ONE_CHANNEL = "影片声道数不够，分不出说话人，全片未标注"

Levels = NDArray[np.float64]


def write_levels(sound: Path, path: Path, channels: int) -> Path:
    """Write how loud each of the first `channels` of a 16-bit WAV file is, and return `path`."""
    with wave.open(str(sound), "rb") as reader:
        width, step = reader.getnchannels(), reader.getframerate() * _STEP_MS // 1000
        found: list[NDArray[np.int64]] = []
        while piece := reader.readframes(step * _STEPS_AT_ONCE):
            samples = np.frombuffer(piece, "<i2").reshape(-1, width)[:, :channels]
            padded = np.pad(samples, ((0, -len(samples) % step), (0, 0))).astype(np.float64)
            power = np.square(padded / 32768).reshape(-1, step, channels).mean(axis=1)
            audible = np.maximum(power, 10 ** (_FLOOR_DB / 10))
            found.append(np.rint(10 * np.log10(audible)).astype(int))
    levels = np.concatenate(found).T.tolist() if found else [[] for _channel in range(channels)]
    return ChannelLevels(channels=tuple(map(tuple, levels)), step_ms=_STEP_MS).write(path)


def assign_speakers(words: Words, levels_file: Path | None, settings: Speakers) -> Words:
    """Return the words with their speakers, and doubts where these are unclear.

    `levels_file` is what `write_levels` wrote, or None where the film has too few channels. Nothing
    changes while no channels are named.
    """
    if not settings.channels or not words.words:
        return words
    if levels_file is None:
        return _unassigned(words, ONE_CHANNEL)
    levels = np.array(ChannelLevels.read(levels_file).channels, float)
    assigned = _fill_gaps([replace(w, speaker=_loudest(w, levels, settings)) for w in words.words])
    unclear = sum(word.end_ms - word.start_ms for word in assigned if not word.speaker)
    if unclear > _MAX_UNCLEAR_SHARE * sum(word.end_ms - word.start_ms for word in assigned):
        return _unassigned(words, ALIKE)
    doubts = [*words.doubts, *_doubts(assigned)]
    doubts.sort(key=lambda d: (d.start_ms, d.end_ms, d.reason))
    return replace(words, words=tuple(assigned), doubts=tuple(doubts))


def _loudest(word: Word, levels: Levels, settings: Speakers) -> str:
    """Return whose channel is clearly the loudest during a word; "" where none is."""
    first = word.start_ms // _STEP_MS
    during = levels[:, first : max(first + 1, -(-word.end_ms // _STEP_MS))]
    if not during.shape[1]:
        return ""
    power = 10 * np.log10(np.mean(10 ** (during / 10), axis=1))
    order = np.argsort(power)
    clear = power[order[-1]] - power[order[-2]] >= settings.margin_db
    return settings.channels[int(order[-1])] if clear else ""


def _fill_gaps(words: Sequence[Word]) -> list[Word]:
    """Give an unclear moment to the speaker who is clear right before and right after it."""
    assigned = list(words)
    for start, end in _runs(words):
        if not 0 < start <= end < len(words):
            continue
        before, after = words[start - 1], words[end]
        short = words[end - 1].end_ms - words[start].start_ms <= _MAX_GAP_MS
        close = max(words[start].start_ms - before.end_ms, after.start_ms - words[end - 1].end_ms)
        if short and close < _PAUSE_MS and before.speaker == after.speaker:
            assigned[start:end] = [replace(w, speaker=before.speaker) for w in words[start:end]]
    return assigned


def _doubts(words: Sequence[Word]) -> Iterator[Doubt]:
    for start, end in _runs(words):
        span = words[start].start_ms, words[end - 1].end_ms
        if span[1] - span[0] >= _MIN_DOUBT_MS:
            yield Doubt(*span, UNCLEAR)


def _runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the runs of words without a speaker, as indices (start, end)."""
    index = 0
    for unclear_run, run in groupby(words, key=lambda word: not word.speaker):
        size = len(list(run))
        if unclear_run:
            yield index, index + size
        index += size


def _unassigned(words: Words, reason: str) -> Words:
    whole = Doubt(words.words[0].start_ms, words.words[-1].end_ms, reason)
    return replace(words, doubts=(whole, *words.doubts))
