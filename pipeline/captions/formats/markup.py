"""Take away from a cue's text what is not text: tags, positions, control characters."""

from __future__ import annotations

import html
import re

__all__ = ["clean", "without_controls", "without_tags", "without_vtt_tags"]

# SubRip tags are the few that players know; "<3" and "a < b" are text. {\an8} is a position.
_TAG = re.compile(
    r"</?\s*(?:b|i|u|s|em|strong|font|span|c|v|ruby|rt|lang|br)(?:[\s.][^<>]*)?/?>", re.IGNORECASE
)
_BREAK = re.compile(r"<\s*br\s*/?>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{(?:\\[^{}]*|/?[ibus]|[yYcCfFsSoO]:[^{}]*)\}")
_LONG_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{13,};?")
_VTT_TAG = re.compile(r"</?[a-zA-Z0-9][^<>]*>|</>")

# C0 and C1 but tab and newline, zero-width space, word joiner, byte order mark, direction marks.
# The joiners U+200C and U+200D stay: Mongolian is spelled with them.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n|\r|\x85|\u2028|\u2029")


def without_controls(text: str) -> str:
    """Return the text with plain newlines and no invisible control characters."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text))


def without_tags(text: str) -> str:
    """Return the text without the tags and positions used in SubRip files."""
    return _OVERRIDE.sub("", _TAG.sub("", _BREAK.sub("\n", text)))


def without_vtt_tags(text: str) -> str:
    """Return the text without WebVTT's tags and time marks, its escapes resolved."""
    # Python refuses numbers of thousands of digits; no character has a number so long.
    return html.unescape(_LONG_NUMBER.sub("\ufffd", _VTT_TAG.sub("", text)))


def clean(text: str) -> str:
    """Return the text as a cue holds it: trimmed lines, none of them empty."""
    lines = (" ".join(line.split("\t")).strip() for line in without_controls(text).split("\n"))
    return "\n".join(line for line in lines if line)
