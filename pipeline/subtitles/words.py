"""Recognised words with their times: what stage 6 hears, and how it is kept in words.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import SubtitleError
from pipeline.i18n import _
from pipeline.jsonfile import read_json, write_json

__all__ = ["Doubt", "Word", "Words", "read_words", "write_words"]


@dataclass(frozen=True)
class Word:
    """One recognised word. `probability` is the recogniser's own, 0.0 to 1.0."""

    start_ms: int
    end_ms: int
    text: str
    probability: float = 1.0
    speaker: str = ""


@dataclass(frozen=True)
class Doubt:
    """A passage the recogniser doubts, and why."""

    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True)
class Words:
    """All that was recognised. `speech` holds the passages where somebody speaks, as (start_ms,
    end_ms)."""

    language: str
    words: tuple[Word, ...]
    speech: tuple[tuple[int, int], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    engine: str = ""
    model: str = ""


def write_words(words: Words, path: Path) -> Path:
    """Write words.json. Probabilities keep four decimals; `speaker` only where known."""
    data = asdict(words)
    for word in data["words"]:
        word["probability"] = round(word["probability"], 4)
        if not word["speaker"]:
            del word["speaker"]
    return write_json(path, data)


def read_words(path: Path) -> Words:
    """Read words.json. Raises SubtitleError if it is not one."""
    try:
        data = read_json(path)
        return Words(
            language=data["language"],
            words=tuple(Word(**word) for word in data["words"]),
            speech=tuple((int(a), int(b)) for a, b in data.get("speech", ())),
            doubts=tuple(Doubt(**doubt) for doubt in data.get("doubts", ())),
            engine=data.get("engine", ""),
            model=data.get("model", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SubtitleError(
            _("The file of recognised words cannot be read: {error}.").format(error=error),
            path=path,
        ) from error
