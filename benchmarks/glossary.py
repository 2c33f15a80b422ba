"""How many of the name corrections people made by hand the glossary makes or offers.

    python -m benchmarks.glossary [--data FOLDER] [--show]

Six first versions by Whisper (medium) and what people made of them. The glossary is made of the
names that occur in the human version, without a look at the machine's: the speakers, and what
jieba tags as a person (only with a surname in front, two to four characters), a place, an
institution or a proper noun, less a list of words of the language that it tags so. A name that
stands in the human version where the first version has another text is a correction, if the person
left at least half of what stands around it (else the passage was `rewritten`). Of these, `alike`
counts where the first version has something that sounds at all like the name. A correction counts
as made where the name now stands in its place, as offered where it is offered there. A wrong change
is one after which the place does not read as in the human version. Each file is done with its own
names, then with those of all six and two hundred names that do not occur. The limits were chosen
looking at all six: no file is held out, and other recordings may fare worse.
"""

from __future__ import annotations

import argparse
import csv
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from pipeline.captions import chinese
from pipeline.captions.chinese import is_chinese
from pipeline.captions.words import Correction, Word, Words
from pipeline.settings import Sounds, load
from pipeline.speech.glossary import Entry, correct_names
from pipeline.speech.glossary.phonetics import PhoneticDistance, readings

DATA = (
    Path(__file__).resolve().parents[2]
    / "shared/data/subtitles/zh_whisper_first_version_vs_human"
)  # fmt: skip
FILES = ("all63", "all7", "hoho27", "hoho52", "kp15", "kp42")
_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_SURNAMES = frozenset("".join(_LISTS["surnames"].split()))
_WORDS = frozenset(_LISTS["words"].split())
_DISTRACTORS: list[str] = _LISTS["others"].split()


@dataclass
class Tally:
    """What was counted over one or more files."""

    chars: int = 0
    wanted: int = 0
    rewritten: int = 0
    alike: int = 0
    made: int = 0
    offered: int = 0
    changes: int = 0
    wrong: int = 0
    offers: int = 0
    offers_right: int = 0
    missed: list[str] = field(default_factory=list)
    wrongly: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another file in."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def line(self, name: str) -> str:
        """Return the figures as a row of the table."""
        helped = 100 * (self.made + self.offered) / max(self.wanted, 1)
        wrong = 1000 * self.wrong / max(self.chars, 1)
        offers = 1000 * self.offers / max(self.chars, 1)
        return (
            f"{name:16}{self.chars:7}{self.rewritten:9}{self.wanted:8}{self.alike:7}{self.made:6}{self.offered:8}"
            f"{helped:8.0f} %"
            f"{self.changes:9}{self.wrong:6}{wrong:9.2f}{offers:9.2f}"
            f"{100 * self.offers_right / max(self.offers, 1):8.0f} %"
        )


HEAD = (
    f"{'':16}{'chars':>7}{'rewritten':>9}{'wanted':>8}{'alike':>7}{'made':>6}{'offered':>8}{'helped':>10}{'changes':>9}"
    f"{'wrong':>6}{'wrong‰':>9}{'offers‰':>9}{'right':>10}"
)


def rows(path: Path) -> list[dict[str, str]]:
    """Return the lines of one of the tables."""
    with path.open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def names(human: Iterable[dict[str, str]]) -> list[str]:
    """Return the names that occur in a human version."""
    found: dict[str, None] = {}
    tagger = chinese._tagger()
    for row in human:
        speaker = chinese.to_simplified(row["speaker"])
        if len(speaker) == 3 and speaker[0] in _SURNAMES:
            found[speaker] = None
        for pair in tagger.cut(chinese.to_simplified(row["text"])):
            person = pair.flag.startswith("nr") and pair.word[0] in _SURNAMES
            if len(pair.word) > 1 and ((person and len(pair.word) < 5) or pair.flag in _PLACES):
                found[pair.word] = None
    return [name for name in found if name not in _WORDS]


_PLACES = ("ns", "nt", "nz")


def spoken(raw: Iterable[dict[str, str]], clip: tuple[int, int]) -> list[Word]:
    """Return the characters of a first version as words, spread over the time of their line."""
    words = []
    for row in raw:
        start, end = _ms(row["from"]), _ms(row["to"])
        text = chinese.to_simplified(row["text"])
        if not text or end <= clip[0] or start >= clip[1]:
            continue
        step = (end - start) / len(text)
        words += [
            Word(int(start + i * step), int(start + (i + 1) * step), c) for i, c in enumerate(text)
        ]
        words.append(Word(end, end, "，"))
    return words


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def measure(before: list[Word], human: str, entries: list[Entry], table: Sounds) -> Tally:
    """Correct a first version and hold it against what a person made of it."""
    after = correct_names(Words("zh", tuple(before)), entries, table)
    old = "".join(word.text for word in before)
    new = "".join(word.text for word in after.words)
    starts = {w.start_ms: i for i, w in reversed([*enumerate(before)]) if w.end_ms > w.start_ms}
    ear = PhoneticDistance(table)
    tally = Tally(chars=sum(c.isalnum() for c in old))
    to_old = _aligned(human, old)
    from_old = _aligned(old, human)
    offers = {starts[c.start_ms]: c for c in after.corrections if not c.certain}
    for at, name in _named(human, {entry.text for entry in entries}):
        begin, end = to_old[at], to_old[at + len(name) - 1] + 1
        if old[begin:end] == name or name in old[max(0, begin - 2) : end + 2]:
            continue
        if not _kept(human, old, to_old, at, at + len(name)):
            tally.rewritten += 1
            continue
        tally.wanted += 1
        tally.alike += _alike(old, begin, name, ear)
        near = range(max(0, begin - 2), end + 2)
        if name in new[max(0, begin - 2) : end + 2]:
            tally.made += 1
        elif any(i in offers and offers[i].written == name for i in near):
            tally.offered += 1
        else:
            tally.missed.append(f"{name} ← {old[begin:end]}")
    for found in after.corrections:
        at = starts[found.start_ms]
        right = _stands(found, human, from_old, at)
        if found.certain:
            tally.changes += 1
            tally.wrong += not right
            if not right:
                tally.wrongly.append(
                    f"{found.heard} → {found.written} in {old[max(0, at - 6) : at + 10]}"
                    f" (human: {human[max(0, from_old[at] - 6) : from_old[at] + 10]})"
                )
        else:
            tally.offers += 1
            tally.offers_right += right
    return tally


def _named(human: str, known: set[str]) -> list[tuple[int, str]]:
    """Return where names stand in the human version; inside a longer one none is counted."""
    found: list[tuple[int, str]] = []
    taken: set[int] = set()
    for name in sorted(known, key=lambda n: (-len(n), n)):
        for at in _places(human, name):
            span = range(at, at + len(name))
            if not taken.intersection(span):
                found.append((at, name))
                taken.update(span)
    return sorted(found)


_AROUND = 6


def _kept(human: str, old: str, to_old: list[int], start: int, end: int) -> bool:
    """Say whether the person left at least half of what stands around a name as it was."""
    around = [i for i in (*range(start - _AROUND, start), *range(end, end + _AROUND))
              if 0 <= i < len(human) and human[i] != "，"]  # fmt: skip
    same = sum(to_old[i] < len(old) and old[to_old[i]] == human[i] for i in around)
    return 2 * same >= len(around)


_NEAR = 0.62


def _alike(old: str, at: int, name: str, ear: PhoneticDistance) -> bool:
    """Say whether the first version has something there that sounds at all like the name."""
    wanted = readings(name)
    for start in range(max(0, at - 2), at + 3):
        recognised = old[start : start + len(name)]
        if is_chinese(recognised) and len(recognised) == len(name):
            apart = [ear.nearest(a, b) for a, b in zip(readings(recognised), wanted, strict=True)]
            if sum(apart) / len(apart) <= _NEAR:
                return True
    return False


def _stands(found: Correction, human: str, from_old: list[int], at: int) -> bool:
    place = from_old[at]
    return found.written in human[max(0, place - 3) : place + len(found.written) + 3]


def _places(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)


def _aligned(one: str, other: str) -> list[int]:
    """Return for each character of `one` where it stands in `other`, or would."""
    places = [0] * len(one)
    for op in Levenshtein.opcodes(one, other):
        width, there = op.src_end - op.src_start, op.dest_end - op.dest_start
        for i in range(width):
            places[op.src_start + i] = min(op.dest_start + min(i, max(there - 1, 0)), len(other))
    return places


def pair(data: Path, name: str) -> tuple[list[Word], str, list[str]]:
    """Return a first version, the human version of the same minutes, and the names in it."""
    human = rows(data / f"{name}_human.csv")
    clip = min(_ms(r["from"]) for r in human), max(_ms(r["to"]) for r in human)
    words = spoken(rows(data / f"{name}_whisper_raw.csv"), clip)
    text = "，".join(chinese.to_simplified(row["text"]) for row in human)
    return words, text, names(human)


def _verdict(title: str, whole: Tally) -> str:
    done = whole.made + whole.offered
    helped, wrong = done / max(whole.wanted, 1), 1000 * whole.wrong / max(whole.chars, 1)
    return (
        f"{title}: {helped:.0%} made or offered (> 60 %: {_held(helped > 0.6)}; of those that "
        f"sound at all alike {done / max(whole.alike, 1):.0%}), {wrong:.2f} wrong changes "
        f"per 1,000 characters (< 1: {_held(wrong < 1)})"
    )


def _held(so: bool) -> str:
    return "held" if so else "missed"


def main() -> None:
    """Measure all six, with small and with large glossaries."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--show", action="store_true", help="print what was missed and wrong")
    options = parser.parse_args()
    table = load().sounds
    pairs = {name: pair(options.data, name) for name in FILES}
    everything = list(dict.fromkeys([n for _w, _t, ns in pairs.values() for n in ns]))
    verdicts = []
    for title, extra in (
        ("names of the file", []),
        (f"names of all ({len(everything)}) and {len(_DISTRACTORS)} others",
         [*everything, *_DISTRACTORS]),
    ):  # fmt: skip
        print(f"\n{title}\n{HEAD}")
        whole = Tally()
        for name in FILES:
            words, human, own = pairs[name]
            entries = [Entry(n) for n in dict.fromkeys([*own, *extra])]
            tally = measure(words, human, entries, table)
            print(tally.line(f"{name} ({len(own)})"))
            if options.show:
                print("\n".join(f"   missed {each}" for each in tally.missed))
                print("\n".join(f"   WRONG {each}" for each in tally.wrongly))
            whole.add(tally)
        print(whole.line("all"))
        verdicts.append(_verdict(title, whole))
    print("\n" + "\n".join(verdicts))


if __name__ == "__main__":
    main()
