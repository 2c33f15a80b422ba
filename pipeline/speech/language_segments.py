"""Which language is spoken from when to when, where an episode holds more than one.

The crew writes it down as lines of `from until language`, in the episode's time:

    00:12:30 00:15:00 mn
    1:02:03－1:04:00  英语

What no line names is in the language of the episode. Languages are Whisper's codes, or the Chinese
names below. `#` starts a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.captions.formats.text_file import read_text_file
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["LanguageSegment", "language_codes", "read_languages", "split_by_language"]

_CLOCK = r"(?:(\d+)[:：])?(\d{1,2})[:：](\d{1,2}(?:[.．]\d{1,3})?)"
_LINE = re.compile(rf"{_CLOCK}[\s,，;；\-－—–~～至到]+{_CLOCK}[\s,，;；:：]+(\S+)\s*")
_MAX_SEGMENTS = 1_000  # each is compared with those before
_MAX_LINE_CHARS = 200
_NAMES = {
    "汉语": "zh",
    "中文": "zh",
    "普通话": "zh",
    "粤语": "yue",
    "蒙古语": "mn",
    "蒙语": "mn",
    "英语": "en",
    "日语": "ja",
    "俄语": "ru",
    "韩语": "ko",
    "朝鲜语": "ko",
    "藏语": "bo",
    "哈萨克语": "kk",
}


class LanguageSegment(NamedTuple):
    """From `start_ms` up to `end_ms` people speak `language`."""

    start_ms: int
    end_ms: int
    language: str


def language_codes() -> frozenset[str]:
    """Return the codes of all languages the speech models know."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    return frozenset(_LANGUAGE_CODES)


def read_languages(path: Path) -> tuple[LanguageSegment, ...]:
    """Read such a list. Raises FormError, with the line, where one cannot be understood."""
    found: list[LanguageSegment] = []
    codes = language_codes()
    for number, line in enumerate(read_text_file(path).splitlines(), 1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        if len(found) == _MAX_SEGMENTS:
            raise _error(path, number, _("there are more than {n}.").format(n=_MAX_SEGMENTS))
        segment = _segment(content) if len(content) <= _MAX_LINE_CHARS else None
        if segment is None or segment.end_ms <= segment.start_ms:
            raise _error(path, number, _("it must say from when until when which language."))
        if segment.language not in codes:
            what = _("the speech models know no language “{name}”.")
            raise _error(path, number, what.format(name=segment.language))
        if any(s.start_ms < segment.end_ms and segment.start_ms < s.end_ms for s in found):
            raise _error(path, number, _("it overlaps an earlier line."))
        found.append(segment)
    return tuple(sorted(found))


def split_by_language(
    segments: Sequence[LanguageSegment], language: str, end_ms: int
) -> Iterator[LanguageSegment]:
    """Yield the whole of a recording, in order, in stretches of one language each."""
    start_ms = 0
    for segment in sorted(segments):
        start, end = min(segment.start_ms, end_ms), min(segment.end_ms, end_ms)
        if start_ms < start:
            yield LanguageSegment(start_ms, start, language)
        if start < end:
            yield LanguageSegment(start, end, segment.language)
        start_ms = max(start_ms, end)
    if start_ms < end_ms:
        yield LanguageSegment(start_ms, end_ms, language)


def _segment(line: str) -> LanguageSegment | None:
    found = _LINE.fullmatch(line)
    if not found:
        return None
    name = found[7].lower()
    return LanguageSegment(
        _ms(*found.group(1, 2, 3)), _ms(*found.group(4, 5, 6)), _NAMES.get(name, name)
    )


def _ms(hours: str | None, minutes: str, seconds: str) -> int:
    whole = int(hours or 0) * 3600 + int(minutes) * 60
    return whole * 1000 + round(float(seconds.replace("．", ".")) * 1000)


def _error(path: Path, line: int, what: str) -> FormError:
    where = _("{file}, line {line}: {what}").format(file=path.name, line=line, what=what)
    return FormError(where, remedy=_("Write lines like “00:12:30 00:15:00 mn”."), line=line)
