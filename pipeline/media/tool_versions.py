"""Versions of the outside programs and libraries that decide what a run makes."""

from __future__ import annotations

import contextlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version

from pipeline.errors import MissingTool
from pipeline.media import ffmpeg

__all__ = ["versions"]

_PACKAGES = (
    "chifeng-memory", "ctranslate2", "faster-whisper", "noto-cjk-sans-otc", "opencc",
    "openai-whisper", "pysrt", "python-docx",
)  # fmt: skip


@cache
def versions() -> dict[str, str]:
    """Return each version by name; a missing program or library is left out."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = package_version(name)
        except PackageNotFoundError:
            continue
    with contextlib.suppress(MissingTool):
        found["ffmpeg"] = ffmpeg.version()
    return found
