"""Names that come near what somebody typed."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]

_MOST = 3
_LIKELY = 60.0


def nearest(typed: str, known: Iterable[str]) -> list[str]:
    """Return the names most like the one typed, the likeliest first; none where none is like it.

    Chinese names are also compared as they are spoken: 王桂蓝 is near 王桂兰.
    """
    from pypinyin import lazy_pinyin
    from rapidfuzz import fuzz

    def spoken(name: str) -> str:
        return "-".join(lazy_pinyin(name)).lower()

    said = spoken(typed)
    scored = [
        (max(fuzz.ratio(typed.lower(), name.lower()), fuzz.ratio(said, spoken(name))), name)
        for name in dict.fromkeys(known)
    ]
    likely = sorted((each for each in scored if each[0] >= _LIKELY), key=lambda each: -each[0])
    return [name for _score, name in likely[:_MOST]]
