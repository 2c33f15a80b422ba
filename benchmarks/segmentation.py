"""Where cues are cut, held against where people cut them.

    python -m benchmarks.segmentation [--data FOLDER] [--files all63,hoho27,kp15]

The text of six subtitle files that people corrected is joined into one stream of words, without
anything at the borders of their cues, and cut again: greedily, as the usual tools do (a new cue
at a pause of 0.5 s, after a full stop, and where the next word no longer fits; once at the
recogniser's words, which in Chinese are mostly single characters, once at jieba's, once with 13
instead of 16 characters, so that cues are as long as ours), and by this project. Times are spread
evenly over each of the people's cues, whose borders are in whole seconds.

Printed for each: precision, recall and F1 of the borders of cues and lines (the people's own are
the reference; they kept most of what their recogniser had cut, so nobody can come near 1), the
share of lines that end inside a word, of cues with one to three characters, of lines that start
or end with a word that belongs to the neighbour (by our own list of such words), characters per
line, breaches per 100 cues of Subtitle Edit's numbers (people and greedy tools leave no gap
between cues: each counts), and seconds. The weights of
pipeline/captions/segmentation/break_costs.py were chosen on all7,
hoho52 and kp42; the other three are the default, because a claim counts only there.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.recordings import DATA
from benchmarks.subtitles import subtitle_edit
from pipeline.captions import chinese
from pipeline.captions.cues import Cue
from pipeline.captions.segmentation.break_costs import LEADS, TRAILS
from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Word
from pipeline.settings import load

PAIRS = DATA / "subtitles" / "zh_whisper_first_version_vs_human"
_TOKEN = re.compile(r"[A-Za-z0-9.%]+|.")
_STYLES = load().subtitle_styles


def human_cues(file: Path) -> list[Cue]:
    """Return the cues of one corrected file, in Simplified characters."""
    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    cues = [
        Cue(_ms(row["from"]), _ms(row["to"]), chinese.to_simplified(row["text"].strip()))
        for row in rows
    ]
    return [cue for cue in cues if _letters(cue.text)]


def words_of(cues: Iterable[Cue]) -> list[Word]:
    """Return the tokens a recogniser would give, evenly spread over each cue."""
    words: list[Word] = []
    for cue in cues:
        step = cue.duration_ms / max(_letters(cue.text), 1)
        done = 0
        for token in _TOKEN.findall(cue.text):
            start = cue.start_ms + round(step * done)
            done += _letters(token)
            words.append(Word(start, cue.start_ms + round(step * done), token))
    return words


def repeated(words: Sequence[Word], length_ms: int) -> list[Word]:
    """Return as much of the words, said again and again, as fills the time."""
    made: list[Word] = []
    while made[-1].end_ms < length_ms if made else True:
        by = made[-1].end_ms + 1000 if made else 0
        made += [replace(w, start_ms=w.start_ms + by, end_ms=w.end_ms + by) for w in words]
    return [word for word in made if word.end_ms <= length_ms]


def greedy(words: Sequence[Word], most: int = 16) -> list[Cue]:
    """Fill cues as the usual tools do."""
    cues: list[Cue] = []
    for word in words:
        last = cues[-1] if cues else None
        fits = last and len((last.text + word.text).strip()) <= most
        ended = last and last.text[-1:] in "。？！?!"
        if last and fits and not ended and word.start_ms - last.end_ms < 500:
            cues[-1] = Cue(last.start_ms, word.end_ms, last.text + word.text)
        else:
            cues.append(Cue(word.start_ms, word.end_ms, word.text))
    return [Cue(cue.start_ms, cue.end_ms, cue.text.strip()) for cue in cues if _letters(cue.text)]


def greedy_by_words(words: Sequence[Word], most: int = 16) -> list[Cue]:
    """Fill cues with whole words of jieba's."""
    whole, index = [], 0
    for text in chinese.words("".join(word.text for word in words)):
        first, size = index, 0
        while size < len(text) and index < len(words):
            size += len(words[index].text)
            index += 1
        if index > first:
            run = words[first:index]
            joined = "".join(word.text for word in run)
            whole.append(Word(run[0].start_ms, run[-1].end_ms, joined))
    return greedy(whole, most)


WAYS: dict[str, Callable[[Sequence[Word]], list[Cue]]] = {
    "greedy": greedy,
    "greedy by words": greedy_by_words,
    "greedy, shorter": lambda words: greedy_by_words(words, 13),
    "ours zh-tv": lambda words: segment(words, _STYLES["zh-tv"]),
    "ours zh-netflix": lambda words: segment(words, _STYLES["zh-netflix"]),
}


@dataclass
class Score:
    """What one way did, added up over files."""

    ours: int = 0
    theirs: int = 0
    shared: int = 0
    cues: int = 0
    lines: int = 0
    inside: int = 0
    orphans: int = 0
    hanging: int = 0
    letters: int = 0
    breaches: int = 0
    seconds: float = 0.0

    def add(self, cues: list[Cue], human: Sequence[Cue]) -> None:
        lines = [line for cue in cues for line in cue.lines]
        borders, reference = _borders(lines), _borders([cue.text for cue in human])
        within = _inside_words(human)
        self.ours += len(borders)
        self.theirs += len(reference)
        self.shared += len(borders & reference)
        self.inside += len(borders & within)
        self.cues += len(cues)
        self.lines += len(lines)
        self.orphans += sum(_letters(cue.text) <= 3 for cue in cues)
        self.letters += sum(map(_letters, lines))
        for line in lines:
            words = chinese.words(line)
            self.hanging += words[0] in TRAILS or words[-1] in LEADS
        shown = [(cue.start_ms, cue.end_ms, cue.text) for cue in cues]
        self.breaches += subtitle_edit(shown)

    def row(self, name: str) -> str:
        precision, recall = self.shared / max(self.ours, 1), self.shared / max(self.theirs, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        return (
            f"{name:18}{precision:10.3f}{recall:8.3f}{f1:8.3f}{self.inside / self.lines:9.1%}"
            f"{self.orphans / self.cues:9.1%}{self.hanging / self.lines:9.1%}"
            f"{self.letters / self.lines:8.1f}{100 * self.breaches / self.cues:10.1f}"
            f"{self.seconds:8.2f}"
        )


def _borders(lines: Sequence[str]) -> set[int]:
    found, at = set(), 0
    for line in lines[:-1]:
        at += _letters(line)
        found.add(at)
    return found


def _inside_words(cues: Sequence[Cue]) -> set[int]:
    found, at = set(), 0
    for word in chinese.words("".join(cue.text for cue in cues)):
        size = _letters(word)
        found |= set(range(at + 1, at + size))
        at += size
    return found


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=PAIRS)
    parser.add_argument("--files", default="all63,hoho27,kp15")
    options = parser.parse_args()
    files = [human_cues(options.data / f"{name}_human.csv") for name in options.files.split(",")]
    chinese.words("先把词典读进来")
    print(f"{options.files}: {sum(map(len, files))} cues of people")
    print(f"{'':18} precision  recall      F1   inside  1-3 chr  hanging  chars   viol/100 seconds")
    people = Score()
    for human in files:
        people.add(human, human)
    print(people.row("people"))
    for name, way in WAYS.items():
        score = Score()
        for human in files:
            words = words_of(human)
            began = time.process_time()
            cues = way(words)
            score.seconds += time.process_time() - began
            score.add(cues, human)
        print(score.row(name))
    two_hours = repeated(words_of(max(files, key=len)), 7_200_000)
    chars = sum(len(word.text) for word in two_hours)
    for style in ("zh-tv", "zh-netflix"):
        began = time.process_time()
        segment(two_hours, _STYLES[style])
        print(f"{style}: two hours, {chars} characters, in {time.process_time() - began:.2f} s")


if __name__ == "__main__":
    main()
