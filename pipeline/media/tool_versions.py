"""Which outside programs and libraries a run was made with."""

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
    """Return the version of all that shapes what stages make; what is missing is left out."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = package_version(name)
        except PackageNotFoundError:
            continue
    with contextlib.suppress(MissingTool):
        found["ffmpeg"] = ffmpeg.version()
    return found
