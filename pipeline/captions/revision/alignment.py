"""Find which cues of two versions belong together, by their text first and their times second.

Cues equal in text and times are matched first, then cues of equal text, so that a shifted version
still finds its pairs; what lies between is aligned character by character (Levenshtein), so
that a cue that was split, joined with the next, or corrected stays with what became of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz.distance import Levenshtein

from pipeline.captions.cues import Cue, overlap_ms

__all__ = ["Pair", "align", "bare_text"]


@dataclass(frozen=True)
class Pair:
    """Old cues `old_from..old_to` became new cues `new_from..new_to`; either may be none."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int


def bare_text(cues: Sequence[Cue]) -> str:
    """Return the text of the cues without the spaces and line ends that cutting adds."""
    return "".join("".join(cue.text.split()) for cue in cues)


def align(old: Sequence[Cue], new: Sequence[Cue]) -> list[Pair]:
    """Return pairs that together cover every cue of both, in the order of each."""
    return _aligned(old, new, Pair(0, len(old), 0, len(new)), [_exactly, _by_text])


def _exactly(cue: Cue) -> Hashable:
    return cue


def _by_text(cue: Cue) -> Hashable:
    return bare_text([cue])


def _aligned(
    old: Sequence[Cue],
    new: Sequence[Cue],
    within: Pair,
    keys: list[Callable[[Cue], Hashable]],
) -> list[Pair]:
    """Match cues of equal key; align what is left between them by the next key, then by
    characters."""
    if within.old_from == within.old_to and within.new_from == within.new_to:
        return []
    if not keys:
        return _by_characters(old, new, within)
    a = _unique(keys[0], old[within.old_from : within.old_to])
    b = _unique(keys[0], new[within.new_from : within.new_to])
    pairs, i, j = [], within.old_from, within.new_from
    for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        i2, j2 = within.old_from + block.a, within.new_from + block.b
        pairs += _aligned(old, new, Pair(i, i2, j, j2), keys[1:])
        pairs += [Pair(i2 + k, i2 + k + 1, j2 + k, j2 + k + 1) for k in range(block.size)]
        i, j = i2 + block.size, j2 + block.size
    return pairs


def _unique(key: Callable[[Cue], Hashable], cues: Sequence[Cue]) -> list[Hashable]:
    """Return the keys; one that occurs twice says nothing of which is which, and matches none."""
    keys = [key(cue) for cue in cues]
    counts = Counter(keys)
    return [k if counts[k] == 1 else object() for k in keys]


def _by_characters(old: Sequence[Cue], new: Sequence[Cue], within: Pair) -> list[Pair]:
    """Link the cues that share characters; linked cues become one pair."""
    pairs: list[Pair] = []
    i, j = within.old_from, within.new_from
    for linked in [*_linked(old, new, within), None]:
        i2 = linked.old_from if linked else within.old_to
        j2 = linked.new_from if linked else within.new_to
        pairs += _by_time(old, new, Pair(i, i2, j, j2))
        if linked:
            pairs.append(linked)
            i, j = linked.old_to, linked.new_to
    return pairs


def _linked(old: Sequence[Cue], new: Sequence[Cue], within: Pair) -> list[Pair]:
    a, owner_a = _characters(old, within.old_from, within.old_to)
    b, owner_b = _characters(new, within.new_from, within.new_to)
    shared: set[tuple[int, int]] = set()
    for operation in Levenshtein.opcodes(a, b):
        if operation.tag == "equal":
            length = operation.src_end - operation.src_start
            shared |= {
                (owner_a[operation.src_start + k], owner_b[operation.dest_start + k])
                for k in range(length)
            }
    linked: list[Pair] = []
    for i, j in sorted(shared):
        if linked and (i < linked[-1].old_to or j < linked[-1].new_to):
            last = linked[-1]
            linked[-1] = Pair(
                last.old_from, max(last.old_to, i + 1), last.new_from, max(last.new_to, j + 1)
            )
        else:
            linked.append(Pair(i, i + 1, j, j + 1))
    return linked


def _characters(cues: Sequence[Cue], start: int, end: int) -> tuple[str, list[int]]:
    texts = [bare_text([cue]) for cue in cues[start:end]]
    return "".join(texts), [start + k for k, text in enumerate(texts) for _ in text]


def _by_time(old: Sequence[Cue], new: Sequence[Cue], within: Pair) -> list[Pair]:
    """Pair cues that share no text: one with one in the same place, several by their times."""
    olds = range(within.old_from, within.old_to)
    news = range(within.new_from, within.new_to)
    if len(olds) == len(news):
        return [Pair(i, i + 1, j, j + 1) for i, j in zip(olds, news, strict=True)]
    pairs, j = [], within.new_from
    for i in olds:
        k = next((k for k in range(j, within.new_to) if _same_time(old[i], new[k])), None)
        if k is None:
            pairs.append(Pair(i, i + 1, j, j))
            continue
        pairs += [Pair(i, i, m, m + 1) for m in range(j, k)]
        pairs.append(Pair(i, i + 1, k, k + 1))
        j = k + 1
    return pairs + [Pair(within.old_to, within.old_to, m, m + 1) for m in range(j, within.new_to)]


def _same_time(a: Cue, b: Cue) -> bool:
    return 2 * overlap_ms(a, b) >= min(a.duration_ms, b.duration_ms) > 0
