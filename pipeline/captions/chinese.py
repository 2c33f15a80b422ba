"""What is known about Chinese: its words, how common they are, Simplified and Traditional."""

from __future__ import annotations

from functools import cache
from math import log
from typing import Any

__all__ = [
    "is_chinese",
    "is_mostly_chinese",
    "is_traditional",
    "log_word_total",
    "names",
    "to_simplified",
    "word_counts",
    "words",
]


@cache
def word_counts() -> dict[str, int]:
    """Return jieba's word list with how often each word was seen."""
    return {word: count for word, count in _tokenizer().FREQ.items() if count}


@cache
def log_word_total() -> float:
    """Return the natural logarithm of the sum of all counts."""
    return log(sum(word_counts().values()))


def is_chinese(text: str) -> bool:
    """Say whether a text is Chinese characters and nothing else."""
    return bool(text) and all("\u4e00" <= c <= "\u9fff" for c in text)


def words(text: str) -> list[str]:
    """Cut a text into its words; joined they are the text again."""
    return [str(word) for word in _tokenizer().lcut(text)]


def names(text: str) -> list[str]:
    """Return the names of persons, places and institutions in a text, as far as jieba knows them
    (its tags nr, ns, nt)."""
    found = _tagger().cut(to_simplified(text))
    return [str(pair.word) for pair in found if pair.flag[:2] in ("nr", "ns", "nt")]


@cache
def _tagger() -> Any:
    from jieba.posseg import POSTokenizer

    return POSTokenizer(_tokenizer())


@cache
def _tokenizer() -> Any:
    """Load jieba's dictionary (a second), without its cache in the common temporary folder, which
    anybody could have written, and without its talk on the error stream."""
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def is_mostly_chinese(text: str) -> bool:
    """Say whether most letters of the text are Chinese characters."""
    letters = [c for c in text if c.isalpha()]
    return 2 * sum("\u3400" <= c <= "\u9fff" for c in letters) > len(letters)


@cache
def is_traditional(character: str) -> bool:
    """Say whether a character has a Simplified form and is none itself.

    乾 and 著 are both: GB 2312 holds them.
    """
    if not "\u3400" <= character <= "\u9fff":
        return False
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return to_simplified(character) != character
    return False


def to_simplified(text: str) -> str:
    """Return the text in Simplified characters."""
    return str(_converter().convert(text))


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
