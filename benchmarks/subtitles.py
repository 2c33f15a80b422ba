"""First-version subtitles beside the ways people get them with the same weights.

    python -m benchmarks.subtitles [--data FOLDER] [--ways ours,whisper] [--threads 2]

Joins the Mandarin clips that have a reference, with pauses of 0.6 to 2.5 s, and has each way
recognise the whole: `whisper` (the openai-whisper command), faster-whisper as it comes, with its
VAD filter, and batched; then this project. Each runs in a process of its own. Printed for each:
character error rate (normalised, raw, and of the clips whose reference a person wrote), deletions,
share of the speech that lies under a cue, rule violations per 100 cues (Subtitle Edit's numbers
for Simplified Chinese), seconds of wall and of processor time after loading, peak memory. Timings
mean something on a quiet machine only; the load is printed. With so little speech the pauses
alone move the error rate by a tenth: compare over several seeds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cer import Errors, errors
from pipeline.settings import load
from pipeline.subtitles.segmentation import segment
from pipeline.tools.speech import Listening, find_model, open_engine, recognise, voice
from pipeline.tools.speech.sound import RATE, Sound
from pipeline.tools.speech.voice import Span

Cues = list[tuple[int, int, str]]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "speech_zh"
_REFERENCE = re.compile(r'"?\[(human|script|published[^\]]*)\]\s*(.*)', re.DOTALL)


def join_clips(data: Path, target: Path, seed: int) -> list[dict[str, Any]]:
    """Write the joined sound; return where each clip lies, its reference and who wrote it."""
    from faster_whisper.audio import decode_audio

    pauses = np.random.default_rng(seed)
    parts, clips, at = [], [], 0
    with (data.parent / "MANIFEST.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        found = _REFERENCE.match(row["reference"].replace('""', '"').strip('"'))
        if not row["file"].startswith("speech_zh/") or not found or "+" in row["language"]:
            continue
        pause = np.zeros(int(pauses.uniform(0.6, 2.5) * RATE), np.float32)
        sound = decode_audio(str(data.parent / row["file"]), sampling_rate=RATE)
        start = at + pause.size
        at = start + sound.size
        parts += [pause, sound]
        clips.append(
            {"start_ms": start * 1000 // RATE, "end_ms": at * 1000 // RATE,
             "by": found[1].split(",")[0], "text": found[2]}
        )  # fmt: skip
    whole = np.concatenate([*parts, np.zeros(RATE, np.float32)])
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes())
    return clips


def ours(sound: Path, threads: int) -> tuple[Cues, float, float]:
    """This project, as stage 6 does it."""
    settings = load()
    speech = settings.speech.model_copy(update={"threads": threads})
    engine = open_engine(speech)
    wall, cpu = time.monotonic(), time.process_time()
    words = recognise(
        sound, engine, speech, Listening("zh", speech.beam_size), settings.hallucinations.phrases
    )
    cues = segment(words.words, settings.subtitle_styles["zh-tv"], "zh")
    seconds = time.monotonic() - wall, time.process_time() - cpu
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in cues], *seconds


def whisper_command(sound: Path, threads: int) -> tuple[Cues, float, float]:
    """The `whisper` command with its defaults; loading cannot be told apart and is counted."""
    model = find_model("base", "openai").path
    command = [sys.executable, "-m", "whisper.transcribe", str(sound), "--model", str(model)]
    command += ["--language", "zh", "--threads", str(threads), "--output_format", "json"]
    wall, cpu = time.monotonic(), _children_cpu_s()
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*command, "--output_dir", folder], check=True, **quiet)
        seconds = time.monotonic() - wall, _children_cpu_s() - cpu
        found = json.loads((Path(folder) / f"{sound.stem}.json").read_text("utf-8"))
    return [(_ms(s["start"]), _ms(s["end"]), s["text"]) for s in found["segments"]], *seconds


def faster(sound: Path, threads: int, *, batched: bool = False, **how: Any) -> tuple[Any, ...]:
    """faster-whisper with int8 on a processor, as its manual shows it."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    path = str(find_model("base", "ctranslate2").path)
    model: Any = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=threads)
    model = BatchedInferencePipeline(model) if batched else model
    wall, cpu = time.monotonic(), time.process_time()
    segments, _info = model.transcribe(str(sound), language="zh", **how)
    cues = [(_ms(s.start), _ms(s.end), s.text) for s in segments]
    return cues, time.monotonic() - wall, time.process_time() - cpu


WAYS: dict[str, Callable[[Path, int], tuple[Any, ...]]] = {
    "whisper": whisper_command,
    "faster-whisper": faster,
    "faster-whisper vad_filter": lambda s, t: faster(s, t, vad_filter=True),
    "faster-whisper batched": lambda s, t: faster(s, t, batched=True),
    "ours": ours,
}


def perform(way: str, sound: Path, threads: int) -> None:
    """Print what one way finds and what it costs, as JSON, for the parent process."""
    cues, wall_s, cpu_s = WAYS[way](sound, threads)
    who = resource.RUSAGE_CHILDREN if way == "whisper" else resource.RUSAGE_SELF
    peak = resource.getrusage(who).ru_maxrss / 1024
    print(json.dumps({"cues": cues, "wall_s": wall_s, "cpu_s": cpu_s, "peak_mib": peak}))


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


def violations(cues: Cues) -> float:
    """Return breaches per 100 cues: 2 lines of 16 characters, 9 a second, 833-7007 ms, 83 ms."""
    count = 0
    for index, (start, end, text) in enumerate(cues):
        lines = text.strip().split("\n")
        length = end - start
        count += sum(len(line) > 16 for line in lines) + (len(lines) > 2)
        count += not 833 <= length <= 7007
        count += sum(map(len, lines)) * 1000 > 9 * length
        if index + 1 < len(cues):
            count += cues[index + 1][0] - end < 83
    return 100 * count / max(len(cues), 1)


def heard_in(cues: Cues, clips: Iterable[dict[str, Any]]) -> str:
    """Return the text of the cues whose middle lies in one of the clips."""
    spans = [(c["start_ms"] - 300, c["end_ms"] + 300) for c in clips]
    return "".join(
        text for start, end, text in cues if any(a <= (start + end) / 2 <= b for a, b in spans)
    )


def _row(way: str, found: dict[str, Any], clips: list[dict[str, Any]], speech: Any) -> str:
    cues = [(a, b, text) for a, b, text in found["cues"]]
    text, wanted = "".join(t for _a, _b, t in cues), "".join(c["text"] for c in clips)
    by_people = [c for c in clips if c["by"] == "human"]
    result: Errors = errors(wanted, text)
    raw = errors(wanted, text, raw=True)
    human = errors("".join(c["text"] for c in by_people), heard_in(cues, by_people))
    return (
        f"{way:28}{result.rate:8.3f}{raw.rate:8.3f}{human.rate:8.3f}{result.deletions:6d}"
        f"{covered(speech, cues):9.1%}{violations(cues):10.0f}"
        f"{found['wall_s']:9.1f}{found['cpu_s']:9.1f}{found['peak_mib']:8.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=7, help="decides the pauses")
    parser.add_argument("--perform", help=argparse.SUPPRESS)
    parser.add_argument("--sound", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.perform:
        perform(asked.perform, asked.sound, asked.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "joined.wav"
        clips = join_clips(asked.data, sound, asked.seed)
        with Sound(sound) as opened:
            speech = voice.speech(voice.probabilities(opened), 160)
            seconds = opened.duration_ms / 1000
        print(
            f"{len(clips)} clips, {seconds:.0f} s, {asked.threads} threads, load {os.getloadavg()}"
        )
        print(f"{'':28}     CER     raw   human   del  covered  viol/100   wall s    cpu s     MiB")
        for way in asked.ways.split(","):
            command = [sys.executable, "-m", "benchmarks.subtitles", "--perform", way]
            command += ["--sound", str(sound), "--threads", str(asked.threads)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(_row(way, json.loads(done.stdout.splitlines()[-1]), clips, speech), flush=True)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
