"""The layout that SubRip and WebVTT share: blocks of a time line and the text below it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pysrt

from pipeline.captions.cues import Cue
from pipeline.captions.formats.limits import refuse_many_cues
from pipeline.captions.formats.markup import without_tags, without_vtt_tags
from pipeline.captions.formats.speaker_labels import split_label
from pipeline.errors import SubtitleError
from pipeline.i18n import _

__all__ = ["looks_like_times", "subrip", "webvtt"]

# People retype arrows, and word processors turn them into their own.
_ARROW = r"\s*(?:-{1,3}\s?>|[→—–]>?)\s*"
_TIME = r"(?:(\d{1,3})\s*[:.]\s*)?(\d{1,3})\s*:\s*(\d{1,2})(?:\s*[.,:;]\s*(\d{1,6}))?"
_TIMES = re.compile(rf"^\s*{_TIME}{_ARROW}{_TIME}(\s.*)?$")
_NEARLY_TIMES = re.compile(r"^[\s\d:.,;-]*(?:-->|→)")
_MARK = re.compile("[>→—–＞]")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]+)>")
_MAX_TIME_LINE = 500  # characters; a longer line is text


@dataclass
class _Block:
    line: int
    start_ms: int
    end_ms: int
    text: list[str]


def looks_like_times(line: str) -> bool:
    """Say whether a reader would take the line for the times of a cue."""
    if len(line) > _MAX_TIME_LINE:
        return False
    plain = unicodedata.normalize("NFKC", line)
    return bool(_TIMES.match(plain) or _nearly_times(plain))


def subrip(text: str) -> list[Cue]:
    """Return the cues of a SubRip text in file order. Raises SubtitleError."""
    blocks = _blocks(text.split("\n"))
    strict = [
        f"{number}\n{_srt_time(block.start_ms)} --> {_srt_time(block.end_ms)}\n"
        + "".join(f"{line}\n" for line in block.text if line.strip())
        + "\n"
        for number, block in enumerate(blocks, 1)
    ]
    file = pysrt.SubRipFile()
    file.read("".join(strict).splitlines(True), error_handling=pysrt.SubRipFile.ERROR_RAISE)
    if len(file) != len(blocks):
        raise _unreadable(blocks[min(len(file), len(blocks) - 1)].line)
    cues = (Cue(i.start.ordinal, i.end.ordinal, without_tags(i.text)) for i in file)
    return [split_label(cue) for cue in cues]


def webvtt(text: str) -> list[Cue]:
    """Return the cues of a WebVTT text in file order. Raises SubtitleError.

    pysubs2 reads notes, styles and cue names as text, so this is done here.
    """
    cues: list[Cue] = []
    for first, lines in _paragraphs(text.split("\n")):
        if re.match(r"\s*(?:NOTE|STYLE|REGION)\b", lines[0]):
            continue
        header = lines[0].lstrip().startswith("WEBVTT") and not cues
        at = [i for i, line in enumerate(lines) if _times(line, first + i)]
        if header and not at:
            continue
        if not at or (at[0] > 1 and not header):
            raise _text_without_times(first)
        refuse_many_cues(len(cues) + len(at))
        for this, following in pairwise([*at, len(lines)]):
            cues.append(_vtt_cue(lines[this:following], first + this))
    return cues


def _vtt_cue(lines: list[str], number: int) -> Cue:
    times = _times(lines[0], number)
    assert times is not None
    body = "\n".join(lines[1:])
    _refuse_backwards(*times, number, body)
    voice = _VOICE.search(body)
    speaker = without_vtt_tags(voice.group(1).strip()) if voice else ""
    return Cue(*times, without_vtt_tags(body), speaker)


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each run of non-empty lines with the number of its first line, from 1."""
    run: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            run.append(line)
        elif run:
            yield number - len(run), run
            run = []


def _blocks(lines: list[str]) -> list[_Block]:
    """Cut a SubRip text at its time lines.

    The number of a cue is the line of digits above its time line, if the first cue has one; in a
    file without numbers such a line is text.
    """
    found = {i: times for i, line in enumerate(lines) if (times := _times(line, i + 1))}
    at = list(found)
    refuse_many_cues(len(at))
    if not at:
        if any(line.strip() for line in lines):
            raise _text_without_times(next(i for i, line in enumerate(lines, 1) if line.strip()))
        return []
    gap = _number_gap(lines, at[0])
    blocks = []
    for this, following in pairwise([*at, len(lines)]):
        times = found[this]
        end = following
        if following < len(lines) and gap is not None and _is_number(lines, following - gap):
            end = following - gap
        blocks.append(_Block(this + 1, *times, lines[this + 1 : end]))
        _refuse_backwards(*times, this + 1, "".join(blocks[-1].text))
    above = lines[: at[0] - (gap or 0)]
    if any(line.strip() for line in above):
        raise _text_without_times(next(i for i, line in enumerate(above, 1) if line.strip()))
    return blocks


def _number_gap(lines: list[str], first_times: int) -> int | None:
    """Return how many lines above its times the number of the first cue stands, if it has one."""
    for gap in range(1, min(first_times, 3) + 1):
        if lines[first_times - gap].strip():
            return gap if _is_number(lines, first_times - gap) else None
    return None


def _is_number(lines: list[str], index: int) -> bool:
    return bool(re.fullmatch(r"\s*\d+\s*", lines[index]))


def _times(line: str, number: int) -> tuple[int, int] | None:
    if len(line) > _MAX_TIME_LINE or not _MARK.search(line):
        return None
    plain = unicodedata.normalize("NFKC", line)
    match = _TIMES.match(plain)
    if match:
        return _ms(match.groups()[:4], number), _ms(match.groups()[4:8], number)
    if _nearly_times(plain):
        raise _unreadable(number)
    return None


def _nearly_times(plain: str) -> bool:
    found = _NEARLY_TIMES.match(plain)
    return found is not None and re.search(r"\d", found[0]) is not None


def _ms(groups: Iterable[str | None], line: int) -> int:
    hours, minutes, seconds, fraction = (group or "" for group in groups)
    if int(seconds) > 59 or (hours and int(minutes) > 59):
        raise _unreadable(line)
    return (
        (int(hours or 0) * 60 + int(minutes)) * 60_000
        + int(seconds) * 1000
        + int(fraction.ljust(3, "0")[:3])
    )


def _srt_time(ms: int) -> str:
    return str(pysrt.SubRipTime.from_ordinal(ms))


def _refuse_backwards(start_ms: int, end_ms: int, line: int, text: str) -> None:
    if end_ms <= start_ms and text.strip():
        raise SubtitleError(
            _("Line {line}: the cue does not end after it starts.").format(line=line),
            remedy=_("Correct its times."),
            line=line,
        )


def _unreadable(line: int) -> SubtitleError:
    return SubtitleError(
        _("Line {line}: the times cannot be read.").format(line=line),
        remedy=_("Write them as 00:01:02,345 --> 00:01:04,000."),
        line=line,
    )


def _text_without_times(line: int) -> SubtitleError:
    return SubtitleError(
        _("Line {line}: here is text that belongs to no cue.").format(line=line),
        remedy=_("Give it a line with times, as 00:01:02,345 --> 00:01:04,000, or remove it."),
        line=line,
    )
