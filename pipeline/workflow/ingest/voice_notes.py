"""Voice notes recorded by browsers, identified by their content, not by name or header."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import InputError
from pipeline.i18n import _

__all__ = ["check_voice", "suffix_of"]

_HEAD = 16


def suffix_of(head: bytes) -> str:
    """Return the suffix of a recording that begins so: WebM, Ogg, MP4 or WAV; else empty.

    Chromium records WebM, Firefox Ogg, Safari MP4.
    """
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return ".webm"
    if head.startswith(b"OggS"):
        return ".ogg"
    if head[4:8] == b"ftyp":
        return ".m4a"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return ".wav"
    return ""


def check_voice(path: Path) -> None:
    """Raise InputError for a file that is no recording."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not suffix_of(head):
        raise InputError(
            _("{file} is no sound recording.").format(file=path.name),
            remedy=_("Record it again, or bring it as WebM, Ogg, M4A or WAV."), path=path,
        )  # fmt: skip
