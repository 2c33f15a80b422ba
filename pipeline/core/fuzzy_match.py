"""Suggest names for a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]

_MOST = 3
_LIKELY = 60.0


def nearest(typed: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names similar to the one typed, the most similar first.

    Chinese names are also compared by pinyin: 王桂蓝 is similar to 王桂兰.
    """
    from pypinyin import lazy_pinyin
    from rapidfuzz import fuzz

    def pinyin(name: str) -> str:
        return "-".join(lazy_pinyin(name)).lower()

    typed_pinyin = pinyin(typed)
    scored = [
        (max(fuzz.ratio(typed.lower(), name.lower()), fuzz.ratio(typed_pinyin, pinyin(name))), name)
        for name in dict.fromkeys(known)
    ]
    likely = sorted((each for each in scored if each[0] >= _LIKELY), key=lambda each: -each[0])
    return [name for _score, name in likely[:_MOST]]
