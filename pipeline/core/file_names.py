"""Names of people and titles as names of folders and files, on every system."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["safe_name"]

_UNSAFE = re.compile(r'[<>:"/\\|?*]')
_MOST_BYTES = 255  # what file systems take
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices:
https://learn.microsoft.com/windows/win32/fileio/naming-a-file"""


def safe_name(text: str) -> str:
    """Return text as the name of one file or folder: never empty, never a way to another folder.

    A safe name of at most 255 bytes in UTF-8 stays as it is.
    """
    visible = "".join("_" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    name = _UNSAFE.sub("_", visible).strip(" .")
    name = name.encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"_{name}" if not name or _RESERVED.match(name) else name
