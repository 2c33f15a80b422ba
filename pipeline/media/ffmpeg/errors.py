"""Errors for media files that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import MediaError
from pipeline.i18n import _

__all__ = ["implausible_error", "open_error", "picture_size_error", "truncated_error"]

_TOO_LARGE = re.compile(r"Picture size (\d+)x(\d+) exceeds")
_SCRIPTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"[playlist]", b"v=0\r\n", b"v=0\n")


def open_error(path: Path, name: str, log: Iterable[str]) -> MediaError:
    """Return the error for a file that ffprobe could not open, from its log and the file's head."""
    text = "\n".join(log)
    if size := _TOO_LARGE.search(text):
        return picture_size_error(path, name, int(size[1]), int(size[2]))
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(_SCRIPTS) or "not on whitelist" in text:
        return MediaError(
            _("“{name}” is a playlist or of a kind that is not taken.").format(name=name),
            remedy=_("Bring the recording itself, as MP4, MOV, MXF, MKV, AVI or MPEG-TS."),
            path=path,
        )
    if start[4:8] in (b"ftyp", b"mdat", b"wide", b"free", b"moov") or start.startswith(
        (b"\x1aE\xdf\xa3", b"RIFF", b"\x06\x0e\x2b\x34")
    ):
        return truncated_error(path, name)
    return MediaError(
        _("“{name}” is not a picture or sound file.").format(name=name),
        remedy=_("Bring the file the camera or recorder wrote."),
        path=path,
    )


def truncated_error(path: Path, name: str) -> MediaError:
    """Return the error for a media file that is truncated."""
    return MediaError(
        _("“{name}” is incomplete: it breaks off or holds a header only.").format(name=name),
        remedy=_(
            "Copy it from the camera card again and compare the sizes; if the card has no better"
            " copy, have it repaired and bring the repaired file."
        ),
        path=path,
    )


def implausible_error(path: Path, name: str, what: str) -> MediaError:
    """Return the error for a file that states more than any recording holds."""
    return MediaError(
        _("“{name}” claims to hold {what}.").format(name=name, what=what),
        remedy=_("Bring the file the camera or recorder wrote."),
        path=path,
    )


def picture_size_error(path: Path, name: str, width: int, height: int) -> MediaError:
    """Return the error for a picture with more pixels than any camera writes."""
    return MediaError(
        _("The picture of “{name}” is too large: {width}×{height}.").format(
            name=name, width=width, height=height
        ),
        remedy=_("Bring it in 8K (8192×4320) or smaller."),
        path=path,
    )
