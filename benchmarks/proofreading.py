"""Keystrokes to bring a first version to what people made of it, in three ways.

    python -m benchmarks.proofreading [--files kp15,kp42,hoho52]

The first versions are those of Whisper, the references what people corrected them to (six such
pairs; `hoho27` is left out by default, because the people threw most of it away). Both are put in
Simplified characters. Nobody types here: for each way the presses of an optimal editor are counted,
who knows what must be changed, makes no mistake and always takes the cheapest of the operations
that the way offers. Times (in whole seconds) are left alone in all ways.

What a change costs: a Chinese letter 2.4 presses (an assumption: a full pinyin syllable has some
three letters, whole words are commonly typed abbreviated; choosing is included), any other letter
1. A run of letters to be replaced is selected with Shift and arrows (one press a letter, Shift+End
if that is fewer). Moving inside a cue is one press a letter from the nearer end, Home and End one
press each.

- page: the proofreading page. To the next cue that needs work: F8 where the first version gave
  cause for doubt (simulated: the share of changed cues given by --doubted, default 0.4; there are
  no probabilities in these files), else Enter for each cue on the way, which is also how one reads
  along; half of that where the film carries the selection along while it plays (--follow). Split
  Ctrl+Enter, merge Alt+M, remove Alt+X, each one press and undoable; the same misheard word in
  three or more cues is replaced everywhere by Alt+P, its two texts, Ctrl+Enter and Esc.
- srt: the SRT file in a plain text editor. Five lines a cue: to the cue n lines down costs the
  cheaper of n presses and a search (Ctrl+F, three letters, Enter, Esc). Split and merge mean to
  write a number and two times (30 presses; numbers below are left to a tool). Its own replace-all
  (Ctrl+H) is counted as the page's.
- typing: oTranscribe-like, an empty page: every letter typed, Enter and the time mark (Ctrl+J) for
  each cue.

Listening is not counted: it is the same in all three. Seconds are presses times 0.28 (a good
typist's 215 presses a minute, corrections included; Dhakal et al., CHI 2018: 52 words a minute
are the average of 168,000 people, 260 presses a minute in running text, which this is not).
Moving and waiting for eyes are not in it: take the ratio, not the seconds.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from benchmarks.recordings import DATA
from pipeline.captions import chinese
from pipeline.captions.cues import Cue
from pipeline.captions.revision.alignment import align

PAIRS = DATA / "subtitles" / "zh_whisper_first_version_vs_human"
HAN, OTHER, SECONDS = 2.4, 1.0, 0.28
_TIMES = 30
_SEARCH = 3 * HAN + 3
_OFTEN = 3


@dataclass
class Change:
    """What must happen at one place: the cues before and after, and the letters to replace."""

    at: int
    old: list[str]
    new: list[str]

    @property
    def edits(self) -> list[tuple[int, str, str]]:
        """Return (where, what goes, what comes), the cues of each side as one text."""
        before, after = "".join(self.old), "".join(self.new)
        return [
            (op.src_start, before[op.src_start : op.src_end], after[op.dest_start : op.dest_end])
            for op in Levenshtein.opcodes(before, after)
            if op.tag != "equal"
        ]

    @property
    def cuts(self) -> int:
        """Return how many borders are to be taken away or put in."""
        return abs(len(self.old) - len(self.new)) if self.old and self.new else 0


def cues_of(file: Path) -> list[Cue]:
    """Read one file of the pairs."""
    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    found = [
        Cue(_ms(r["from"]), _ms(r["to"]), chinese.to_simplified(r["text"].strip())) for r in rows
    ]
    return [cue for cue in found if cue.text]


def changes(first: Sequence[Cue], human: Sequence[Cue]) -> list[Change]:
    """Return what a proofreader had to do."""
    found = []
    for pair in align(first, human):
        old = [cue.text for cue in first[pair.old_from : pair.old_to]]
        new = [cue.text for cue in human[pair.new_from : pair.new_to]]
        if old != new:
            found.append(Change(pair.old_from, old, new))
    return found


def typed(text: str) -> float:
    """Return the presses for a text."""
    return sum(HAN if "\u4e00" <= letter <= "\u9fff" else OTHER for letter in text)


def replaced(todo: Sequence[Change]) -> tuple[set[tuple[str, str]], float]:
    """Return the replacements worth making everywhere at once, and what they cost."""
    counts = Counter(
        (gone, come) for change in todo for _at, gone, come in change.edits if len(gone) > 1
    )
    chosen = {edit for edit, times in counts.items() if times >= _OFTEN}
    return chosen, sum(typed(gone) + typed(come) + 4 for gone, come in chosen)


def edited(change: Change, done: set[tuple[str, str]]) -> float:
    """Return the presses inside the cues of one place: moving, selecting, typing."""
    length, at, cost = sum(map(len, change.old)), 0, 0.0
    for where, gone, come in change.edits:
        if (gone, come) in done:
            continue
        way = min(abs(where - at), 1 + where, 1 + max(length - where - len(gone), 0))
        cost += way + (min(len(gone), 1 + max(length - where - len(gone), 0)) if gone else 0)
        cost += typed(come) if come else 1
        at = where + len(gone)
    return cost


def page(todo: Sequence[Change], cues: int, doubted: float, follow: bool) -> float:
    """Return the presses on the proofreading page."""
    done, cost = replaced(todo)
    walk = cues * (0.5 if follow else 1.0)
    for n, change in enumerate(todo):
        cost += 1 if (n * doubted) % 1 + doubted >= 1 else 0  # F8; the others are met on the way
        if not change.new:
            cost += len(change.old)
        elif not change.old:
            cost += sum(2 + typed(text) for text in change.new)
        else:
            cost += edited(change, done) + 2 * change.cuts
    return cost + walk


def srt(todo: Sequence[Change], _cues: int) -> float:
    """Return the presses in a text editor, with the cursor going from place to place."""
    done, cost, line = replaced(todo)[0], replaced(todo)[1], 0
    for change in todo:
        cost += min((change.at - line) * 4, _SEARCH)
        line = change.at
        if not change.new:
            cost += 5 * len(change.old)
        elif not change.old:
            cost += sum(_TIMES + typed(text) for text in change.new)
        else:
            cost += edited(change, done) + _TIMES * change.cuts
    return cost


def typing(human: Sequence[Cue]) -> float:
    """Return the presses of who types it all."""
    return sum(typed(cue.text) + 2 for cue in human)


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def main() -> int:
    """Print the presses and seconds of each way for each pair, and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=PAIRS)
    parser.add_argument("--files", default="kp15,kp42,hoho52,all7,all63")
    parser.add_argument("--doubted", type=float, default=0.4)
    parser.add_argument("--follow", action="store_true")
    options = parser.parse_args()
    print(f"{'':8} {'cues':>6} {'changed':>8} {'page':>9} {'srt':>9} {'typing':>9}"
          f" {'page/srt':>9} {'page/typing':>12}")  # fmt: skip
    sums = [0.0, 0.0, 0.0]
    for name in options.files.split(","):
        first = cues_of(options.data / f"{name}_whisper_raw.csv")
        human = cues_of(options.data / f"{name}_human.csv")
        todo = changes(first, human)
        cost = (
            page(todo, len(first), options.doubted, options.follow), srt(todo, len(first)),
            typing(human),
        )  # fmt: skip
        sums = [a + b for a, b in zip(sums, cost, strict=True)]
        _row(name, len(first), len(todo), cost)
    _row("all", 0, 0, sums)
    return 0


def _row(name: str, cues: int, changed: int, cost: Sequence[float]) -> None:
    by_page, by_srt, by_typing = cost
    seconds = " ".join(f"{presses * SECONDS:.0f}" for presses in cost)
    print(f"{name:8} {cues:6} {changed:8} {by_page:9.0f} {by_srt:9.0f} {by_typing:9.0f}"
          f" {by_page / by_srt:9.2f} {by_page / by_typing:12.2f}"
          f"   seconds {seconds}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
