"""A bucket in trouble: cut off, tampered with, emptied, killed at it. Nothing is half, or wrong."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from buckets import KEYS, Server, Wire, serving

from pipeline.errors import IntegrityError, StorageError, StorageUnavailableError
from pipeline.repository import local_copies as copies_module
from pipeline.repository import object_storage
from pipeline.repository.object_storage import open_bucket, retry_while_unavailable
from pipeline.repository.store import Store, Stored, digest
from pipeline.repository.store_migration import move_to_bucket, require_location
from pipeline.settings import StorePlace
from pipeline.stage import Artefact

MB = 1024 * 1024
PART = 5 * MB  # the least S3 takes
SIZE = 11 * MB  # three of them

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch) -> None:
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(object_storage, "_PART_BYTES", PART)
    monkeypatch.setattr(object_storage, "_AGAIN_S", 0.1)
    monkeypatch.setattr(object_storage, "_TRIES", 1)


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    wire = Wire(server.port)
    yield wire
    wire.close()


@pytest.fixture
def place(server: Server, wire: Wire) -> StorePlace:
    """A new bucket, at the other end of the wire."""
    return server.bucket().model_copy(update={"endpoint": f"http://127.0.0.1:{wire.port}"})


@pytest.fixture
def store(place: StorePlace, tmp_path: Path) -> Store:
    """The store as the machine sees it that has the file first."""
    return Store(tmp_path / "one", open_bucket(place), 10**9)


@pytest.fixture
def other(place: StorePlace, tmp_path: Path) -> Store:
    """The store as another machine sees it."""
    return Store(tmp_path / "other", open_bucket(place), 10**9)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "tape.mp4"
    path.write_bytes(os.urandom(SIZE))
    return path


def objects_in(server: Server, place: StorePlace) -> dict[str, int]:
    found = server.client.list_objects_v2(Bucket=bucket_name(place)).get("Contents", [])
    return {each["Key"]: each["Size"] for each in found}


def bucket_name(place: StorePlace) -> str:
    return place.url.split("/")[2]


def key(stored: Stored) -> str:
    return f"of ours/{stored.sha256[:2]}/{stored.sha256}{stored.suffix}"


def whole(store: Store, stored: Stored) -> bool:
    return digest(store.path(stored.sha256, stored.suffix)) == stored.sha256


def copies(store: Store) -> list[Path]:
    return [p for p in store.folder.glob("??/*") if len(p.stem) == 64]


def test_an_upload_cut_in_the_middle_leaves_nothing(store, server, place, wire, tape):
    wire.cut_after(SIZE // 2)
    with pytest.raises(StorageUnavailableError, match="does not answer"):
        store.import_copy(tape)
    assert objects_in(server, place) == {}
    assert copies(store) == []
    wire.mend()
    stored = store.import_copy(tape)
    assert objects_in(server, place) == {key(stored): SIZE}


def test_an_object_altered_in_the_bucket_is_never_used(store, other, server, place, tape):
    stored = store.import_copy(tape)
    wrong = bytes(SIZE)
    server.client.put_object(Bucket=bucket_name(place), Key=key(stored), Body=wrong)
    with pytest.raises(IntegrityError, match=stored.sha256) as caught:
        other.path(stored.sha256, stored.suffix)
    assert caught.value.expected == stored.sha256
    assert copies(other) == []
    with pytest.raises(IntegrityError, match="changed after"):
        store.verify(stored.sha256, stored.suffix)
    with pytest.raises(IntegrityError, match="changed after"):
        other.import_copy(tape)
    found = server.client.get_object(Bucket=bucket_name(place), Key=key(stored))["Body"].read()
    assert found == wrong, "nothing in the bucket is written over"


def test_an_object_removed_from_the_bucket_is_missing(store, server, place, tape):
    stored = store.import_copy(tape)
    server.client.delete_object(Bucket=bucket_name(place), Key=key(stored))
    with pytest.raises(IntegrityError, match="missing"):
        store.verify(stored.sha256, stored.suffix)


def test_a_copy_that_was_damaged_is_fetched_again(store, tape):
    stored = store.import_copy(tape)
    path = store.path(stored.sha256, stored.suffix)
    path.chmod(0o600)
    path.write_bytes(b"rotten")
    store.verify(stored.sha256, stored.suffix)
    assert whole(store, stored)


def test_a_folder_of_copies_that_was_emptied_fills_again(store, tape):
    stored = store.import_copy(tape)
    shutil.rmtree(store.folder)
    assert whole(store, stored)


def test_many_at_once_fetch_it_once(store, other, wire, tape):
    stored = store.import_copy(tape)
    before = wire.passed
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _n: whole(other, stored), range(6)))
    assert all(found)
    assert wire.passed - before < 1.5 * SIZE


FETCH = """
import sys
from pathlib import Path
from pipeline.repository.object_storage import open_bucket
from pipeline.settings import StorePlace
from pipeline.repository.store import Store, digest
store = Store(Path(sys.argv[1]), open_bucket(StorePlace.model_validate_json(sys.argv[2])), 10**9)
if sys.argv[3] == "take":
    store.import_copy(Path(sys.argv[4]))
else:
    print(digest(store.path(sys.argv[3], ".mp4")))
"""


def process(store: Store, place: StorePlace, *words: str | Path) -> subprocess.Popen[str]:
    """Have another process do it."""
    command = [sys.executable, "-c", FETCH, store.folder, place.model_dump_json(), *words]
    path = str(Path(__file__).resolve().parent.parent.parent)
    env = {**os.environ, **KEYS, "PYTHONPATH": path}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def test_two_processes_fetch_the_same(store, other, place, tape):
    stored = store.import_copy(tape)
    both = [process(other, place, stored.sha256) for _ in range(2)]
    assert [each.communicate()[0].strip() for each in both] == [stored.sha256] * 2
    assert len(copies(other)) == 1


def test_killed_while_it_fetches(store, other, place, wire, tape):
    stored = store.import_copy(tape)
    wire.hold_after(SIZE // 2)
    fetching = process(other, place, stored.sha256)
    assert wire.held.wait(60)
    fetching.kill()
    fetching.communicate()
    assert copies(other) == []
    wire.mend()
    assert whole(other, stored), "nobody has to wait for the dead"


def test_killed_while_it_sends(store, server, place, wire, tape):
    wire.hold_after(SIZE // 2)
    sending = process(store, place, "take", tape)
    assert wire.held.wait(60)
    sending.kill()
    sending.communicate()
    assert (objects_in(server, place), copies(store)) == ({}, [])
    wire.mend()
    stored = store.import_copy(tape)
    assert objects_in(server, place) == {key(stored): SIZE}


def test_away_and_back(store, other, wire, tape, caplog):
    stored = store.import_copy(tape)
    wire.cut()
    with pytest.raises(StorageUnavailableError, match="does not answer"):
        other.path(stored.sha256, stored.suffix)
    assert whole(store, stored), "what is here is read as before"

    def mend() -> None:
        while "does not answer" not in caplog.text:
            time.sleep(0.1)
        wire.mend()

    with caplog.at_level(logging.WARNING, "chifeng.store"):
        threading.Thread(target=mend, daemon=True).start()
        path = retry_while_unavailable(lambda: other.path(stored.sha256, stored.suffix))
    assert digest(path) == stored.sha256
    assert caplog.text.count("does not answer") == 1


def test_what_is_refused_is_not_waited_for_and_no_key_is_told(server, tmp_path, tape, monkeypatch):
    nowhere = server.bucket().model_copy(update={"url": "s3://there-is-no-such-bucket"})
    with pytest.raises(StorageError, match="refuses") as caught:
        Store(tmp_path / "x", open_bucket(nowhere), 10**9).import_copy(tape)
    assert not isinstance(caught.value, StorageUnavailableError)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(StorageError, match="refuses") as caught:
        Store(tmp_path / "y", open_bucket(server.bucket()), 10**9).import_copy(tape)
    assert not isinstance(caught.value, StorageUnavailableError)
    assert "testing" not in str(caught.value)


def test_a_folder_that_is_not_mounted_is_away(tmp_path, tape):
    place = StorePlace(
        url=f"file://{tmp_path}/nas", endpoint="", region="", addressing="auto", cache_gb=1.0
    )
    store = Store(tmp_path / "store", open_bucket(place), 10**9)
    with pytest.raises(StorageUnavailableError):
        store.import_copy(tape)
    assert not (tmp_path / "nas").exists(), "it would hide what is mounted there"


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> list[Stored]:
    """Four copies of one megabyte each; the first was used longest ago."""
    found = []
    for n in range(4):
        path = tmp_path / f"{n}.srt"
        path.write_bytes(os.urandom(MB))
        found.append(store.import_copy(path))
        at = time.time() - 86_400 + n * 3600
        os.utime(store.place(found[-1].sha256, ".srt"), (at, at))
    return found


def here(store: Store, filled: list[Stored]) -> list[bool]:
    return [store.place(each.sha256, each.suffix).exists() for each in filled]


def test_what_was_used_last_stays(store, filled):
    store.path(filled[0].sha256, ".srt")
    assert store.copies.size_bytes() == 4 * MB
    assert store.copies.prune(int(2.5 * MB)) == 2 * MB
    assert here(store, filled) == [True, False, False, True]
    assert all(whole(store, each) for each in filled), "the rest comes again"


def test_what_a_stage_works_with_stays_until_its_process_ends(store, filled, monkeypatch):
    artefacts = [
        Artefact("captions", s.sha256, "x", store.place(s.sha256, ".srt"), MB) for s in filled[:1]
    ]
    with store.held(artefacts):
        store.copies.prune(0)
        assert here(store, filled) == [True, False, False, False]
    at = time.time() - 86_400
    os.utime(store.place(filled[0].sha256, ".srt"), (at, at))
    (store.folder / "in-use" / "killed.txt").write_text(filled[0].sha256 + ".srt")
    store.copies.prune(0)
    assert here(store, filled) == [False] * 4
    assert not list((store.folder / "in-use").glob("*.txt"))


def test_what_the_bucket_lacks_stays(store, filled, server, place, caplog):
    server.client.delete_object(Bucket=bucket_name(place), Key=key(filled[1]))
    with caplog.at_level(logging.CRITICAL, "chifeng.store"):
        store.copies.prune(0)
    assert here(store, filled) == [False, True, False, False]


def test_while_the_bucket_is_away_all_stays(store, filled, wire):
    wire.cut()
    assert store.copies.prune(0) == 0
    assert here(store, filled) == [True] * 4


def test_there_is_only_so_much_room(place, filled, tmp_path, monkeypatch):
    small = Store(tmp_path / "small", open_bucket(place), int(2.5 * MB))
    monkeypatch.setattr(copies_module, "_FRESH_S", 0.0)
    for each in filled:
        assert whole(small, each)
    assert small.copies.size_bytes() <= 2.5 * MB


def test_a_stage_whose_file_is_missing_is_told(store):
    artefact = Artefact("picture", "0" * 64, "x", store.place("0" * 64, ".mp4"), 1)
    with pytest.raises(IntegrityError, match="missing"), store.held([artefact]):
        pass


def test_a_store_of_its_own_is_moved_before_it_counts_as_copies(place, tmp_path, tape):
    plain = Store(tmp_path / "store")
    stored = plain.import_copy(tape)
    with pytest.raises(StorageError, match=r"not in s3://.* yet"):
        require_location(plain.folder, place.url)
    store = Store(plain.folder, open_bucket(place), 10**9)
    lost = ("f" * 64, ".mp4")
    artefacts = [(stored.sha256, stored.suffix), lost]
    assert [e.expected for e in move_to_bucket(store, place.url, artefacts)] == [lost[0]]
    with pytest.raises(StorageError, match=r"not in s3://.* yet"):
        require_location(plain.folder, place.url)
    assert move_to_bucket(store, place.url, artefacts[:1]) == []
    require_location(plain.folder, place.url)
    store.verify(stored.sha256, stored.suffix)
    with pytest.raises(StorageError, match="no longer name"):
        require_location(plain.folder, "")
