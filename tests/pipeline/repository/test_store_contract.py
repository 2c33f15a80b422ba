"""The same store wherever it is: a folder, a bucket that is a folder, a bucket of S3."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from buckets import KEYS, Server, serving

from pipeline.errors import IntegrityError
from pipeline.repository import object_storage
from pipeline.repository.object_storage import open_bucket
from pipeline.repository.store import Store, digest
from pipeline.settings import StorePlace

MB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def place(request, tmp_path: Path, server: Server, monkeypatch) -> StorePlace | None:
    """Where the artefacts are, by the settings; None for the folder itself."""
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(object_storage, "_PART_BYTES", 5 * MB)  # the least S3 takes
    if request.param == "file":
        (tmp_path / "nas").mkdir()
        return StorePlace(
            url=f"file://{tmp_path}/nas", endpoint="", region="", addressing="auto", cache_gb=1.0
        )
    return server.bucket() if request.param == "s3" else None


everywhere = pytest.mark.parametrize("place", ["folder", "file", "s3"], indirect=True)


@pytest.fixture
def machine(place: StorePlace | None, tmp_path: Path) -> Callable[[str], Store]:
    """The store as a machine sees it; with a bucket, each has a folder of its own."""

    def at(name: str) -> Store:
        if place is None:
            return Store(tmp_path / "store")
        return Store(tmp_path / name / "store", open_bucket(place), int(place.cache_gb * 1e9))

    return at


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A file as it comes from a camera: sent in several parts, with an awkward name."""
    path = tmp_path / "-素材 'a': \"1\".MP4"
    path.write_bytes(os.urandom(11 * MB))
    return path


@everywhere
def test_what_one_machine_takes_in_another_has(machine, tape):
    stored = machine("a").import_copy(tape)
    assert stored.sha256 == hashlib.sha256(tape.read_bytes()).hexdigest()
    for name in ("b", "a"):
        path = machine(name).path(stored.sha256, stored.suffix)
        assert path.suffix == ".mp4"
        assert path.read_bytes() == tape.read_bytes()
        assert path.stat().st_mode & 0o222 == 0
        assert not list((machine(name).folder / "incoming").iterdir())


@everywhere
def test_what_a_stage_made_is_moved_in(machine, tmp_path):
    made = tmp_path / "made.srt"
    made.write_text("words", "utf-8")
    stored = machine("a").move_in(made)
    assert not made.exists()
    assert machine("b").path(stored.sha256, ".srt").read_text("utf-8") == "words"


@everywhere
def test_an_upload_is_taken_over_and_left(machine, tape):
    stored = machine("a").import_link(tape)
    assert tape.exists()
    assert digest(machine("b").path(stored.sha256, ".mp4")) == stored.sha256


@everywhere
def test_an_empty_file_is_a_file(machine, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.touch()
    stored = machine("a").import_copy(empty)
    machine("b").verify(stored.sha256, ".txt")
    assert machine("b").path(stored.sha256, ".txt").read_bytes() == b""


@everywhere
def test_the_same_again_is_kept_once(machine, tape):
    assert (
        machine("a").import_copy(tape)
        == machine("b").import_copy(tape)
        == machine("a").import_copy(tape)
    )


@everywhere
def test_what_is_missing_is_missing(machine):
    store = machine("a")
    assert not store.path("0" * 64, ".mp4").exists()
    with pytest.raises(IntegrityError, match="missing"):
        store.verify("0" * 64, ".mp4")


@everywhere
def test_what_is_whole_is_found_whole(machine, tape):
    stored = machine("a").import_copy(tape)
    machine("a").verify(stored.sha256, stored.suffix)
    machine("b").verify(stored.sha256, stored.suffix)
