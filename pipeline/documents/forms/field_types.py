"""Read the values people write in forms: dates, years, times, uses; Chinese or not."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

from pipeline.documents.forms.parser import Text
from pipeline.i18n import _
from pipeline.settings import Use

__all__ = ["Day", "EndDay", "PartialDay", "UseWord", "drop_empty", "parse_time_ms", "split_list"]

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_PARTIAL = re.compile(
    r"(\d{4})\s*年?(?:\s*[-/.]?\s*(\d{1,2})\s*月?(?:\s*[-/.]?\s*(\d{1,2})\s*[日号]?)?)?"
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,3})?)")
_SPOKEN = re.compile(
    r"(?:(\d+)(?:小时|时|h))?(?:(\d+)(?:分钟|分|m))?(?:(\d+(?:\.\d+)?)(?:秒钟|秒|s))?"
)
_MAX_TIME_CHARS = 40
_FOR_GOOD = {"长期", "永久", "无限期", "长期有效", "unlimited", "forever"}

_USES: dict[Use, tuple[str, ...]] = {
    "website": ("website", "网站", "网络", "网站公开", "网络公开"),
    "broadcast": ("broadcast", "电视", "播出", "电视播出"),
    "book": ("book", "图书", "丛书", "出版", "图书出版"),
    "exhibition": ("exhibition", "展览", "展览展示"),
    "research": ("research", "研究", "学术研究"),
}


def _tidy(value: Any) -> str:
    """Return the text in half width, without spaces around it."""
    return unicodedata.normalize("NFKC", str(value)).strip()


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    found = _DATE.fullmatch(_tidy(value))
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise ValueError(
        _("“{value}” is not a date; write it like 2025-03-18 or 2025年3月18日").format(value=value)
    )


def _end_day(value: Any) -> date | None:
    if value is None or _tidy(value).lower() in _FOR_GOOD:
        return None
    return _day(value)


def _partial_day(value: Any) -> str:
    found = _PARTIAL.fullmatch(_tidy(value))
    try:
        if found:
            year, month, day = found.groups()
            whole = date(int(year), int(month or 1), int(day or 1)).isoformat()
            return whole if day else whole[:7] if month else whole[:4]
    except ValueError:
        pass
    raise ValueError(
        _("“{value}” is not a date; write a year such as 1940, or 1940-05, or 1940-05-12").format(
            value=value
        )
    )


def _use(value: Any) -> Use:
    for use, names in _USES.items():
        if _tidy(value).lower() in names:
            return use
    raise ValueError(
        _("“{value}” is not a use; there are {uses}").format(
            value=value, uses="、".join(names[1] for names in _USES.values())
        )
    )


Day = Annotated[date, BeforeValidator(_day)]
EndDay = Annotated[date | None, BeforeValidator(_end_day)]
"""A last day, or None for good (written 长期)."""
PartialDay = Annotated[str, BeforeValidator(_partial_day)]
"""`1940`, `1940-05` or `1940-05-12`."""
UseWord = Annotated[Use, BeforeValidator(_use)]


def split_list(value: Any) -> Any:
    """Accept one line of text where a list is wanted: `网站、图书` is a list of two."""
    if not isinstance(value, str):
        return drop_empty(value)
    parts = [Text(part) for part in re.split(r"[、，,；;\n]\s*", value) if part.strip()]
    for part in parts:
        part.line = getattr(value, "line", None)
    return parts


def drop_empty(value: Any) -> Any:
    """Drop the lines of a list that were left empty."""
    return [item for item in value if item != ""] if isinstance(value, list) else value


def parse_time_ms(value: Any) -> int:
    """Return milliseconds for `1:23`, `01:02:03.500`, `1分23秒`, `83.5` (seconds) or `83500ms`.

    Raises ValueError.
    """
    text = _tidy(value).lower().replace(" ", "")
    if len(text) > _MAX_TIME_CHARS:  # a number of 400 digits is infinite as a float
        text = ""
    if found := re.fullmatch(r"(\d+)(?:ms|毫秒)", text):
        return int(found[1])
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return round(float(text) * 1000)
    if (found := _CLOCK.fullmatch(text)) and float(found[3].replace(",", ".")) < 60:
        return _to_ms(found[1], found[2], found[3].replace(",", "."))
    if text and (found := _SPOKEN.fullmatch(text)):
        return _to_ms(*found.groups())
    raise ValueError(
        _("“{value}” is not a time; write it like 12:30 (minutes:seconds) or 1:02:03").format(
            value=str(value)[:_MAX_TIME_CHARS]
        )
    )


def _to_ms(hours: str | None, minutes: str | None, seconds: str | None) -> int:
    return round((int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)) * 1000)
