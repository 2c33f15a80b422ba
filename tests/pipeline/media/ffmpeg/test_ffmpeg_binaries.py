"""Where ffmpeg and ffprobe are looked for, and what is said when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import MissingTool
from pipeline.media.ffmpeg import binaries, ffmpeg_path, ffprobe_path, version


def _script(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = _script(tmp_path, "mine", f'exec "{ffprobe_path()}" "$@"')
    monkeypatch.setenv("CHIFENG_FFPROBE", str(mine))
    assert ffprobe_path() == mine


@pytest.mark.parametrize(("find", "name"), [(ffmpeg_path, "FFMPEG"), (ffprobe_path, "FFPROBE")])
def test_a_wrong_choice_is_not_passed_over(
    find, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"CHIFENG_{name}", str(tmp_path / "nothing"))
    with pytest.raises(MissingTool, match=f"does not run.*apt install.*CHIFENG_{name}"):
        find()


@pytest.mark.parametrize("find", [ffmpeg_path, ffprobe_path])
def test_the_wheels_serve_where_the_system_has_none(
    find, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CHIFENG_FFMPEG", raising=False)
    monkeypatch.delenv("CHIFENG_FFPROBE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "site-packages" in str(find())


def test_a_build_without_libass_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = "echo ffmpeg version 1 libx264 aac loudnorm ebur128"
    _script(tmp_path, "ffmpeg", answers)
    monkeypatch.delenv("CHIFENG_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "site-packages" in str(ffmpeg_path())
    monkeypatch.setitem(binaries._WHEELS, "ffmpeg", lambda: None)
    binaries._find.cache_clear()
    with pytest.raises(MissingTool, match="it lacks blackdetect, silencedetect, subtitles"):
        ffmpeg_path()


def test_nothing_at_all_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHIFENG_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setitem(binaries._WHEELS, "ffmpeg", lambda: None)
    with pytest.raises(MissingTool, match="ffmpeg was not found"):
        ffmpeg_path()


def test_version_names_the_build() -> None:
    assert version().startswith("ffmpeg ")
    assert "libavcodec" in version()
    assert "\n" not in version()
