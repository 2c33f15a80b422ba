"""The store holds a file whole or not at all, and notices when one was changed."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from pipeline.errors import IntegrityError, StorageError
from pipeline.repository.store import Store, digest


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A file as it comes from a camera: long enough for several blocks, with an awkward name."""
    path = tmp_path / "-素材 'a': \"1\".MP4"
    path.write_bytes(os.urandom(9 * 1024 * 1024))
    return path


def test_a_file_taken_in_is_named_by_its_digest_and_read_only(store, tape):
    stored = store.import_copy(tape)
    assert stored.sha256 == hashlib.sha256(tape.read_bytes()).hexdigest()
    path = store.path(stored.sha256, stored.suffix)
    assert path.read_bytes() == tape.read_bytes()
    assert path.suffix == ".mp4"
    assert path.stat().st_mode & 0o222 == 0
    assert not list((store.folder / "incoming").iterdir())


def test_the_same_file_is_kept_once(store, tape):
    assert store.import_copy(tape) == store.import_copy(tape)
    assert len([p for p in store.folder.rglob("*") if p.is_file()]) == 1


def test_a_changed_or_missing_file_is_found(store, tape):
    stored = store.import_copy(tape)
    store.verify(stored.sha256, stored.suffix)
    path = store.path(stored.sha256, stored.suffix)
    path.chmod(0o644)
    with path.open("r+b") as handle:
        handle.write(b"x")
    with pytest.raises(IntegrityError, match=r"changed|改动") as caught:
        store.verify(stored.sha256, stored.suffix)
    assert caught.value.found == digest(path)
    path.unlink()
    with pytest.raises(IntegrityError, match=r"missing|不见"):
        store.verify(stored.sha256, stored.suffix)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, r"full|已满"), (errno.EFBIG, r"so large|这么大")]
)
def test_a_full_disk_leaves_nothing_behind(store, tape, monkeypatch, number, said):
    def full(_fd: int) -> None:
        raise OSError(number, "no space, or none for so much")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=said):
        store.import_copy(tape)
    assert not [p for p in store.folder.rglob("*") if p.is_file()]


def test_what_a_killed_copy_left_is_swept(store, tape):
    store.import_copy(tape)
    (store.folder / "incoming" / "half.mp4").write_bytes(b"half")
    store.sweep()
    assert len([p for p in store.folder.rglob("*") if p.is_file()]) == 1
