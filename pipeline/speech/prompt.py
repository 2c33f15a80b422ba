"""Names and terms that may occur in a recording: read them, and make a prompt of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.captions.formats.encoding import decode
from pipeline.speech.engines.base import RecognitionOptions

__all__ = ["prompt", "read_terms"]

_PROMPT_CHARS = 150
"""Whisper keeps 223 tokens of prompt; a long one costs time and draws words in that nobody said."""


def read_terms(path: Path) -> tuple[str, ...]:
    """Read a glossary: one term a line; of several columns the first counts; `#` starts a note.

    Raises SubtitleError where the file is not text.
    """
    text, _encoding = decode(path.read_bytes(), path)
    return unique(_first_column(line) for line in text.splitlines())


def unique(terms: Iterable[str]) -> tuple[str, ...]:
    """Return the terms without repetition or empty ones, in order."""
    return tuple(dict.fromkeys(term.strip() for term in terms if term.strip()))


def _first_column(line: str) -> str:
    line = line.split("#", 1)[0]
    for separator in ("\t", ",", "，"):
        line = line.split(separator, 1)[0]
    return line.strip().strip('"').strip()


def prompt(options: RecognitionOptions) -> str | None:
    """Return the terms as the text before the speech; None without terms."""
    text = ""
    for term in options.terms:
        longer = f"{text}、{term}" if text else term
        if len(longer) > _PROMPT_CHARS:
            break
        text = longer
    return text + "。" if text else None
