"""Read subtitles from any file people bring: SubRip, WebVTT, (Advanced) SubStation Alpha.

SubRip goes through pysrt, which skips without a word every block it cannot parse, ends a cue at
the first empty line inside it, and reads `1,5` seconds as 1.005. So the text is laid out strictly
first (times, numbers, empty lines), then pysrt parses it, then the count is compared: a cue
with text is either read or the file is refused with its line number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from pipeline.captions.cues import Cue, sort_cues
from pipeline.captions.formats import ass, srt_vtt
from pipeline.captions.formats.encoding import decode
from pipeline.captions.formats.limits import MAX_BYTES, MAX_CUES, MAX_LINES, refuse_many_cues
from pipeline.captions.formats.markup import clean, without_controls
from pipeline.core.files import read_at_most
from pipeline.errors import SubtitleError
from pipeline.i18n import _
from pipeline.stage import Finding

__all__ = ["MAX_BYTES", "MAX_CUES", "SubtitleFile", "check_subtitles", "load", "read", "read_text"]


@dataclass(frozen=True)
class SubtitleFile:
    """What was read, in order of time, and what was unusual about the file."""

    cues: tuple[Cue, ...]
    format: str
    encoding: str
    findings: tuple[Finding, ...] = ()


def read(path: Path) -> list[Cue]:
    """Return the cues of a file in order of time.

    Raises SubtitleError if any text could not be read as a cue, or there is none.
    """
    return list(load(path).cues)


def read_text(data: bytes | str, path: Path | None = None) -> list[Cue]:
    """Return the cues of a file's content; see `read`."""
    return list(_load(data, path).cues)


def check_subtitles(path: Path) -> tuple[Finding, ...]:
    """Say whether a file can be deposited as subtitles, and what is unusual about it.

    Raises SubtitleError for a file that cannot be used.
    """
    return load(path).findings


def load(path: Path) -> SubtitleFile:
    """Read a file; see `read`. At most MAX_BYTES and MAX_CUES are accepted."""
    return _load(read_at_most(path, MAX_BYTES), path)


def _load(data: bytes | str, path: Path | None) -> SubtitleFile:
    if len(data) > MAX_BYTES:
        raise SubtitleError(
            _("The file is larger than any subtitles are ({limit} MB).").format(
                limit=MAX_BYTES // 1024**2
            ),
            remedy=_("Bring the subtitle file itself, not the video."),
            path=path,
        )
    text, encoding = (data, "") if isinstance(data, str) else decode(data, path)
    try:
        if text.count("\n") + text.count("\r") > MAX_LINES:
            refuse_many_cues(MAX_CUES + 1)
        format_name, cues = _parse(without_controls(text))
    except SubtitleError as error:
        error.path = error.path or path
        raise
    cleaned = [replace(cue, text=clean(cue.text), speaker=clean(cue.speaker)) for cue in cues]
    kept = [cue for cue in cleaned if cue.text]
    if not kept:
        raise SubtitleError(
            _("There are no subtitles in the file."),
            remedy=_("Bring an SRT, WebVTT or ASS file with times and text."),
            path=path,
        )
    return SubtitleFile(
        tuple(sort_cues(kept)), format_name, encoding, _findings(text, encoding, cleaned)
    )


def _parse(text: str) -> tuple[str, list[Cue]]:
    head = text.lstrip()[:4096]
    if head.startswith("WEBVTT"):
        return "vtt", srt_vtt.webvtt(text)
    if "[script info]" in head.lower() or "[events]" in head.lower():
        return "ass", ass.parse(text)
    return "srt", srt_vtt.subrip(text)


def _findings(text: str, encoding: str, cues: list[Cue]) -> tuple[Finding, ...]:
    found = []
    if encoding not in ("", "utf-8"):
        message = _("The text was in {encoding}; it was converted to UTF-8.")
        found.append(Finding("note", message.format(encoding=encoding.upper())))
    if any(c < " " and c not in "\t\r\n\f\v" for c in text):
        found.append(Finding("warning", _("Control characters were removed from the text.")))
    empty = [cue for cue in cues if not cue.text]
    for cue in empty:
        message = _("A cue without text was left out.")
        found.append(Finding("note", message, cue.start_ms, cue.end_ms))
    for before, after in pairwise(cues):
        if after.start_ms < before.start_ms:
            message = _("The cues were not in order of time; they were sorted.")
            found.append(Finding("warning", message, after.start_ms, after.end_ms))
            break
    return tuple(found)
