"""First-version subtitles beside the ways people get them with the same weights.

    python -m benchmarks.subtitles [--seeds 7,11] [--threads 2] [--ways ours,whisper]
    python -m benchmarks.subtitles --noise 45
    python -m benchmarks.subtitles --long 15,60,120

Joins the Mandarin clips that have a reference, with pauses of 0.6 to 2.5 s (a seed is a set of
pauses), and has each way recognise the whole: `whisper` (the openai-whisper command),
faster-whisper as it comes, with its VAD filter, and batched, stable-ts where it is installed; then
this project. Each runs in a process of its own. Printed for each: character error rate (normalised,
raw, and of the clips whose reference is called human), deletions and the most characters left out
in a row, share of the speech that lies under a cue, rule violations per 100 cues (our own rules,
then Subtitle Edit's numbers), seconds of wall and of processor time after loading (the model; of
this project the word lists too, which take a second or two however long the sound is), peak memory.
With so little speech the pauses alone move the error rate by a tenth: the seeds count together, and
our rate as a share of each peer's comes with its 95 % interval (paired bootstrap over clips).
Timings mean something on a quiet machine only; the load is printed.

`--noise` counts what is invented in so many minutes of silence, white noise and music, in the
recordings of noise among the data, and around speech. `--long` measures peak memory at several
lengths. Every bar is printed with whether it is held; one that is missed makes the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import recordings
from benchmarks.cer import Errors, errors_by_part, longest_omission, pooled, ratio_interval
from benchmarks.endurance import Bars, lengths, noises
from benchmarks.recordings import DATA, Clip
from benchmarks.subtitle_pipelines import OURS, WAYS, Cues, Found, perform
from pipeline.captions import rules
from pipeline.captions.cues import Cue
from pipeline.settings import load
from pipeline.speech import vad
from pipeline.speech.audio_reader import Sound
from pipeline.speech.vad import Span

_SHARE_OF_PEERS = 0.95
_TIMES_WHISPER = 4.0
_HEAD = (
    f"{'':28}     CER     raw   human   del  row"
    "  covered   own/100    SE/100   wall s    cpu s     MiB"
)


@dataclass
class Result:
    """What a way made of all joined recordings: errors of each clip, and the rest of each sound."""

    clips: list[Errors] = field(default_factory=list)
    raw: list[Errors] = field(default_factory=list)
    human: list[Errors] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    covered: list[float] = field(default_factory=list)
    omitted: int = 0

    def add(self, found: Found, clips: Sequence[Clip], speech: Sequence[Span]) -> None:
        """Add one joined recording."""
        wanted = [clip.text for clip in clips]
        recognised = "".join(text for _start, _end, text in found.cues)
        by_clip = errors_by_part(wanted, recognised)
        self.clips += by_clip
        self.human += [e for e, c in zip(by_clip, clips, strict=True) if c.by == "human"]
        self.raw += errors_by_part(wanted, recognised, raw=True)
        self.omitted = max(self.omitted, longest_omission(wanted, recognised))
        self.covered.append(covered(speech, found.cues))
        self.found.append(found)

    @property
    def wall_s(self) -> float:
        """Return the seconds all recordings took."""
        return sum(found.wall_s for found in self.found)

    @property
    def breaches(self) -> tuple[float, float]:
        """Return the violations per 100 cues of our own rules and of Subtitle Edit's."""
        cues = sum(len(found.cues) for found in self.found) or 1
        own, other = (
            sum(count(found.cues) for found in self.found) for count in (own_rules, subtitle_edit)
        )
        return 100 * own / cues, 100 * other / cues

    def row(self, name: str) -> str:
        """Return the line of the table."""
        errors = pooled(self.clips)
        own, other = self.breaches
        rounds = len(self.found)
        return (
            f"{name:28}{errors.rate:8.3f}{pooled(self.raw).rate:8.3f}{pooled(self.human).rate:8.3f}"
            f"{errors.deletions:6d}{self.omitted:5d}{sum(self.covered) / rounds:9.1%}"
            f"{own:10.1f}{other:10.1f}"
            f"{self.wall_s:9.1f}{sum(f.cpu_s for f in self.found):9.1f}"
            f"{max(f.peak_mib for f in self.found):8.0f}"
        )


def own_rules(cues: Cues) -> int:
    """Count the breaches of the rules and style that stage 6 is held to."""
    style = load().style_for("zh")
    return len(rules.check([Cue(*cue) for cue in cues], style))


def subtitle_edit(cues: Cues) -> int:
    """Count breaches of 2 lines of 16 characters, 9 a second, 833-7007 ms, 83 ms apart."""
    count = 0
    for index, (start, end, text) in enumerate(cues):
        lines = text.strip().split("\n")
        length = end - start
        count += sum(len(line) > 16 for line in lines) + (len(lines) > 2)
        count += not 833 <= length <= 7007
        count += sum(map(len, lines)) * 1000 > 9 * length
        if index + 1 < len(cues):
            count += cues[index + 1][0] - end < 83
    return count


def covered(speech: Iterable[Span], cues: Cues) -> float:
    """Return the share of the speech that lies under a cue."""
    under = total = 0
    marks = sorted((start, end) for start, end, _text in cues)
    for span in speech:
        total += span.length_ms
        at = span.start_ms
        for start, end in marks:
            begin, stop = max(at, start), min(span.end_ms, end)
            if stop > begin:
                under += stop - begin
                at = stop
    return under / max(total, 1)


def compare(
    data: Path, ways: Sequence[str], seeds: Sequence[int], threads: int, bars: Bars
) -> None:
    """Have every way recognise the clips joined by every seed, and hold ours beside the others."""
    results = {way: Result() for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            sound = Path(folder) / f"{seed}.wav"
            clips = recordings.join_clips(data, sound, seed)
            with Sound(sound) as opened:
                speech = vad.speech_spans(vad.speech_probabilities(opened), 160)
                seconds = opened.duration_ms / 1000
            print(f"\nseed {seed}: {len(clips)} clips, {seconds:.0f} s, {threads} threads")
            print(f"load {os.getloadavg()}\n{_HEAD}")
            for way in ways:
                found = perform(way, sound, threads)
                alone = Result()
                for result in (alone, results[way]):
                    result.add(found, clips, speech)
                print(alone.row(way), flush=True)
    print(f"\nall {len(seeds)} seeds\n{_HEAD}")
    for way, result in results.items():
        print(result.row(way))
    if OURS in results and len(results) > 1:
        print()
        _hold_beside(results, bars, len(seeds))


def _hold_beside(results: dict[str, Result], bars: Bars, seeds: int) -> None:
    ours = results[OURS]
    peers = {way: result for way, result in results.items() if way != OURS}
    rate = pooled(ours.clips).rate
    for way, peer in peers.items():
        low, high = ratio_interval(_by_clip(ours, seeds), _by_clip(peer, seeds))
        share = rate / pooled(peer.clips).rate
        print(f"our CER is {share:.2f} of that of {way} (95 %: {low:.2f} to {high:.2f})")
    best = min(pooled(peer.clips).rate for peer in peers.values())
    fewest = min(pooled(peer.clips).deletions for peer in peers.values())
    deletions = pooled(ours.clips).deletions
    bars.hold(rate <= _SHARE_OF_PEERS * best, f"CER {rate:.4f} <= 0.95 x {best:.4f}")
    row = min(peer.omitted for peer in peers.values())
    bars.hold(
        ours.omitted <= row, f"characters left out in a row {ours.omitted} <= any peer's, {row}"
    )
    bars.hold(deletions <= fewest, f"deletions {deletions} <= the fewest of any peer, {fewest}")
    own, other = ours.breaches
    bars.hold(own == 0, f"breaches of our own rules {own:.1f} = 0 per 100 cues")
    bars.hold(other == 0, f"breaches of Subtitle Edit's {other:.1f} = 0 per 100 cues")
    for way, times in (("whisper", _TIMES_WHISPER), ("faster-whisper batched", 1.0)):
        if way in peers:
            faster = peers[way].wall_s / ours.wall_s
            bars.hold(faster >= times, f"{faster:.2f} >= {times} times as fast as {way}")


def _by_clip(result: Result, seeds: int) -> list[Errors]:
    """Return the errors of each clip over all seeds: how it is drawn in the bootstrap."""
    clips = len(result.clips) // seeds
    return [pooled(result.clips[clip::clips]) for clip in range(clips)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seeds", default="7,11", help="each decides a set of pauses")
    parser.add_argument("--noise", type=float, metavar="MINUTES")
    parser.add_argument("--long", metavar="MINUTES,MINUTES")
    options = parser.parse_args()
    bars = Bars()
    if options.noise:
        noises(options.data, options.noise, options.threads, bars)
    elif options.long:
        lengths(options.data, [float(m) for m in options.long.split(",")], options.threads, bars)
    else:
        seeds = [int(seed) for seed in options.seeds.split(",")]
        compare(options.data, options.ways.split(","), seeds, options.threads, bars)
    sys.exit(1 if bars.missed else 0)


if __name__ == "__main__":
    main()
