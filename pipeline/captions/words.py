"""Recognised words with their times, as words.json holds them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.core.files import write_json
from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["Correction", "Doubt", "Word", "Words", "read_words", "write_words"]


@dataclass(frozen=True)
class Word:
    """One recognised word. `probability` is the recogniser's own, 0.0 to 1.0; `filler` says that
    it is a sound or word of hesitation."""

    start_ms: int
    end_ms: int
    text: str
    probability: float = 1.0
    speaker: str = ""
    filler: bool = False


@dataclass(frozen=True)
class Doubt:
    """A passage the recogniser doubts, and why."""

    start_ms: int
    end_ms: int
    reason: str


@dataclass(frozen=True)
class Correction:
    """A name or word recognised as something else: corrected where `certain`, else only offered.

    Writing `heard` in place of `written` undoes it. `confidence` is 0.0 to 1.0.
    """

    start_ms: int
    end_ms: int
    heard: str
    written: str
    certain: bool
    confidence: float


@dataclass(frozen=True)
class Words:
    """All that was recognised. `speech` holds the passages where somebody speaks, as (start_ms,
    end_ms); `corrections` what was done about homophones and the names of the glossary."""

    language: str
    words: tuple[Word, ...]
    speech: tuple[tuple[int, int], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    corrections: tuple[Correction, ...] = ()
    engine: str = ""
    model: str = ""


def write_words(words: Words, path: Path) -> Path:
    """Write words.json. Probabilities keep four decimals; `speaker` only where known, `filler`
    only where it is one."""
    data = asdict(words)
    for word in data["words"]:
        word["probability"] = round(word["probability"], 4)
        for key in ("speaker", "filler"):
            if not word[key]:
                del word[key]
    return write_json(path, data)


@cache
def _adapter() -> TypeAdapter[Words]:
    return TypeAdapter(Words)


def read_words(path: Path) -> Words:
    """Read words.json. Raises SubtitleError if it is not one."""
    try:
        return _adapter().validate_json(path.read_bytes())
    except ValidationError as error:
        raise SubtitleError(
            _("The file of recognised words cannot be read: {error}.").format(
                error=error.errors(include_url=False)[0]["msg"]
            ),
            path=path,
        ) from error
