"""Names and terms that may occur in a recording: read them, and make a prompt of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.captions.formats.encoding import decode
from pipeline.core.files import read_at_most
from pipeline.errors import SubtitleError
from pipeline.i18n import _
from pipeline.speech.engines.base import RecognitionOptions

__all__ = ["MAX_GLOSSARY_BYTES", "prompt", "read_terms"]

MAX_GLOSSARY_BYTES = 1 << 20
_MAX_TERMS = 20_000
_MAX_TERM_CHARS = 500

_PROMPT_CHARS = 150
"""Whisper keeps 223 tokens of prompt; a long one costs time and draws words in that nobody said."""


def read_terms(path: Path) -> tuple[str, ...]:
    """Read a glossary: one term a line; of several columns the first counts; `#` starts a note.

    Raises SubtitleError where the file is not text, or holds more than a glossary does.
    """
    raw = read_at_most(path, MAX_GLOSSARY_BYTES)
    if len(raw) > MAX_GLOSSARY_BYTES:
        raise _too_much(path)
    text, _encoding = decode(raw, path)
    terms = unique(_first_column(line) for line in text.splitlines())
    if len(terms) > _MAX_TERMS or any(len(term) > _MAX_TERM_CHARS for term in terms):
        raise _too_much(path)
    return terms


def _too_much(path: Path) -> SubtitleError:
    return SubtitleError(
        _("{file} is no glossary: it may have {n} terms, each of {m} characters.").format(
            file=path.name, n=_MAX_TERMS, m=_MAX_TERM_CHARS
        ),
        remedy=_("Write one name or term a line."),
        path=path,
    )


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
