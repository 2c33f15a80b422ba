"""The ways people get subtitles from Whisper, and this project's.

    python -m benchmarks.subtitle_pipelines WAY SOUND THREADS

prints what a way finds and what it costs, as JSON: each runs in a process of its own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Word
from pipeline.errors import MediaError
from pipeline.settings import load
from pipeline.speech import RecognitionOptions, find_model, open_engine, postprocessing, recognise
from pipeline.speech.homophones import correct_homophones

__all__ = ["OURS", "WAYS", "Cues", "Found", "perform"]

Cues = list[tuple[int, int, str]]
_LANGUAGE = "zh"
OURS = "ours"


class Found(NamedTuple):
    """The cues a way makes, the seconds of wall and processor time it takes after loading, and
    its peak memory."""

    cues: Cues
    wall_s: float
    cpu_s: float
    peak_mib: float = 0.0


def perform(way: str, sound: Path, threads: int) -> Found:
    """Have a way recognise a sound in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.subtitle_pipelines", way, str(sound), str(threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Found(**json.loads(done.stdout.splitlines()[-1]))


def ours(sound: Path, threads: int) -> Found:
    """This project, as stage 6 does it. A sound in which nobody speaks has no cues."""
    settings = load()
    speech = settings.speech.model_copy(update={"threads": threads})
    engine = open_engine(speech)
    correct_homophones(
        postprocessing.simplified_words([Word(0, 0, "明昧")])
    )  # loads the word lists too
    wall, cpu = time.monotonic(), time.process_time()
    listening = RecognitionOptions(_LANGUAGE, speech.beam_size)
    try:
        words = recognise(sound, engine, speech, listening, settings.hallucinations.phrases).words
    except MediaError:
        words = ()
    cues = segment(words, settings.style_for(_LANGUAGE), _LANGUAGE)
    return Found(
        [(cue.start_ms, cue.end_ms, cue.text) for cue in cues],
        time.monotonic() - wall,
        time.process_time() - cpu,
    )


def whisper_command(sound: Path, threads: int) -> Found:
    """The `whisper` command with its defaults; loading cannot be told apart and is counted."""
    model = find_model("base", "openai").path
    command = [sys.executable, "-m", "whisper.transcribe", str(sound), "--model", str(model)]
    command += ["--language", _LANGUAGE, "--threads", str(threads), "--output_format", "json"]
    wall, cpu = time.monotonic(), _children_cpu_s()
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*command, "--output_dir", folder], check=True, **quiet)
        seconds = time.monotonic() - wall, _children_cpu_s() - cpu
        found = json.loads((Path(folder) / f"{sound.stem}.json").read_text("utf-8"))
    return Found([(_ms(s["start"]), _ms(s["end"]), s["text"]) for s in found["segments"]], *seconds)


def faster(sound: Path, threads: int, *, batched: bool = False, **how: Any) -> Found:
    """faster-whisper with int8 on a processor, as its manual shows it."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    path = str(find_model("base", "ctranslate2").path)
    model: Any = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=threads)
    model = BatchedInferencePipeline(model) if batched else model
    wall, cpu = time.monotonic(), time.process_time()
    segments, _info = model.transcribe(str(sound), language=_LANGUAGE, **how)
    cues = [(_ms(s.start), _ms(s.end), s.text) for s in segments]
    return Found(cues, time.monotonic() - wall, time.process_time() - cpu)


def stable(sound: Path, threads: int) -> Found:
    """stable-ts with its defaults.

    It imports torchaudio at once but needs it only to resample, filter or save sound: where it is
    missing, an empty module stands in for it.
    """
    if importlib.util.find_spec("torchaudio") is None:
        sys.modules["torchaudio"] = types.ModuleType("torchaudio")
    import stable_whisper
    import torch

    torch.set_num_threads(threads)
    model = stable_whisper.load_model(str(find_model("base", "openai").path))
    wall, cpu = time.monotonic(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        result = model.transcribe(str(sound), language=_LANGUAGE, verbose=None)
    seconds = time.monotonic() - wall, time.process_time() - cpu
    return Found([(_ms(s.start), _ms(s.end), s.text) for s in result.segments], *seconds)


_ALL: dict[str, Callable[[Path, int], Found]] = {
    "whisper": whisper_command,
    "faster-whisper": faster,
    "faster-whisper vad_filter": lambda s, t: faster(s, t, vad_filter=True),
    "faster-whisper batched": lambda s, t: faster(s, t, batched=True),
    "stable-ts": stable,
    OURS: ours,
}

WAYS = tuple(
    way for way in _ALL if way != "stable-ts" or importlib.util.find_spec("stable_whisper")
)
"""Their names; stable-ts only where it is installed (`pip install --no-deps stable-ts`)."""


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    way, sound, threads = sys.argv[1:]
    found = _ALL[way](Path(sound), int(threads))
    who = resource.RUSAGE_CHILDREN if way == "whisper" else resource.RUSAGE_SELF
    peak = resource.getrusage(who).ru_maxrss / 1024
    print(json.dumps(found._replace(peak_mib=peak)._asdict()))


if __name__ == "__main__":
    main()
