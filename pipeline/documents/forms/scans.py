"""Scans of signed paper: known by their content, never by their name."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Literal

from pipeline.core.files import read_at_most
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["check_scan"]

ScanType = Literal["pdf", "png", "jpeg"]
_HEAD = 1023

# How each begins, and what stands near its end: a copy that broke off lacks it.
_SCANS: tuple[tuple[ScanType, bytes, bytes], ...] = (
    ("pdf", b"%PDF-", b"%%EOF"),
    ("png", b"\x89PNG\r\n\x1a\n", b"IEND"),
    ("jpeg", b"\xff\xd8\xff", b"\xff\xd9"),
)


def check_scan(path: Path) -> ScanType:
    """Return what kind of scan this is.

    Raises FormError when it is none, or breaks off before its end.
    """
    head = read_at_most(path, _HEAD)
    for name, begin, end in _SCANS:
        # Some scanners write a few bytes before a PDF's header; the standard allows 1024.
        if head.startswith(begin) or (name == "pdf" and begin in head):
            if _holds(path, end):
                return name
            raise FormError(
                _("{file} breaks off before its end.").format(file=path.name),
                remedy=_("Copy or scan it again."),
                path=path,
            )
    raise FormError(
        _("{file} is not a PDF, PNG or JPEG.").format(file=path.name),
        remedy=_(
            "Scan the paper as PDF, or photograph it as JPEG (on an iPhone: “most compatible”)."
        ),
        path=path,
    )


def _holds(path: Path, mark: bytes) -> bool:
    """Tell whether these bytes stand anywhere in the file, without reading it into memory."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.rfind(mark) >= 0
