"""The upload protocol: whole chunks or none, one writer, one's own uploads, nothing left lying."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import time

import pytest

from pipeline.errors import InputError, NotFoundError, StorageError
from pipeline.workflow.ingest.uploads import ChunkMismatchError, Uploads
from pipeline.workflow.production import Production
from tests.desk.web.interview_film import SLUG
from tests.desk.web.test_web_review_decision import came

EPISODE = f"{SLUG}/08"
DATA = bytes(range(256)) * 40


@pytest.fixture
def uploads(production: Production) -> Uploads:
    return Uploads(production)


def begun(uploads: Uploads, person: str = "钱导演", **other):
    asked = {"kind": "finished_cut", "name": "x.mp4", "size_bytes": len(DATA), "mark": "m"}
    return uploads.begin(person, EPISODE, **(asked | other))


def test_a_chunk_with_a_checksum_counts_when_it_is_whole(uploads: Uploads, production: Production):
    upload = begun(uploads)
    first, rest = DATA[:4000], DATA[4000:]
    chunk = uploads.chunk(upload, 0, hashlib.sha256(first).digest())
    assert chunk is not None
    chunk.write(first)
    assert chunk.keep() == 4000
    torn = uploads.chunk(upload, 4000, hashlib.sha256(rest).digest())
    assert torn is not None
    torn.write(rest[:100])
    # The server is killed here: another one finds what was whole, and nothing more.
    assert uploads.path(upload).stat().st_size == 4100
    after = Uploads(production)
    assert after.offset(after.find("钱导演", upload.id)) == 4000
    wrong = after.chunk(upload, 4000, b"\0" * 32)
    assert wrong is not None
    wrong.write(rest)
    with pytest.raises(ChunkMismatchError):
        wrong.keep()
    wrong.drop()
    assert after.offset(upload) == 4000
    last = after.chunk(upload, 4000, None)
    assert last is not None
    last.write(rest)
    assert last.keep() == len(DATA) and after.path(upload).read_bytes() == DATA


def test_without_a_checksum_what_came_is_kept(uploads: Uploads, production: Production):
    upload = begun(uploads)
    chunk = uploads.chunk(upload, 0, None)
    assert chunk is not None
    chunk.write(DATA[:100])
    assert Uploads(production).offset(upload) == 100


def test_a_newer_writer_puts_an_older_one_off(uploads: Uploads):
    upload = begun(uploads)
    old = uploads.chunk(upload, 0, None)
    assert old is not None
    old.write(b"a" * 10)
    new = uploads.chunk(upload, 10, None)
    assert new is not None
    with pytest.raises(ChunkMismatchError):
        old.write(b"b" * 10)
    new.write(b"c" * 10)
    old.drop()
    assert new.keep() == 20 and uploads.path(upload).read_bytes() == b"a" * 10 + b"c" * 10
    assert uploads.chunk(upload, 10, None) is None  # nobody may go back
    with pytest.raises(ChunkMismatchError):
        latest = uploads.chunk(upload, 20, None)
        assert latest is not None
        latest.write(DATA)


def test_uploads_are_ones_own_and_forgotten_in_time(uploads: Uploads, production: Production):
    upload = begun(uploads)
    for person, name in (("李编辑", upload.id), ("钱导演", "0" * 32), ("钱导演", "../../store")):
        with pytest.raises(NotFoundError):
            uploads.find(person, name)
    old = time.time() - 86_400 * (production.settings.desk.upload_days + 1)
    os.utime(uploads.path(upload), (old, old))
    other = begun(uploads)
    assert [each.id for each in uploads.of("钱导演", EPISODE)] == [other.id]
    uploads.remove(other)
    assert not list((production.folder / "work" / "uploads").iterdir())


def test_what_cannot_be_is_refused_before_a_byte_is_sent(uploads: Uploads, monkeypatch):
    for other in (
        {"size_bytes": 0},
        {"size_bytes": 10**18},
        {"name": "x.exe"},
        {"kind": "dossier"},
    ):
        with pytest.raises(InputError):
            begun(uploads, **other)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 10_000))
    with pytest.raises(StorageError):
        begun(uploads)


def test_the_protocol_as_others_speak_it(production: Production):
    client, _visitor = came(production, "钱导演")
    tus = {"tus-resumable": "1.0.0"}
    assert client.options("/uploads").headers["tus-checksum-algorithm"] == "sha256"
    told = {"slug": EPISODE, "kind": "finished_cut", "filename": "../../../片<b>.mp4"}
    about = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())
    begin = {**tus, "upload-length": str(len(DATA)), "upload-metadata": about}
    assert client.post("/uploads", headers=begin | {"tus-resumable": "0.2"}).status_code == 412
    assert client.post("/uploads", headers=begin | {"upload-length": "x"}).status_code == 400
    where = client.post("/uploads", headers=begin).headers["location"]
    assert client.head(where).headers["upload-offset"] == "0"
    body = {**tus, "content-type": "application/offset+octet-stream", "upload-offset": "0"}
    wrong = {"upload-checksum": f"sha256 {base64.b64encode(bytes(32)).decode()}"}
    assert client.patch(where, content=DATA, headers=body | wrong).status_code == 460
    assert (
        client.patch(where, content=DATA, headers=body | {"upload-offset": "5"}).status_code == 409
    )
    assert client.patch(where, content=DATA[:50], headers=body).status_code == 204
    assert client.post(f"{where}/deposit", json={}).status_code == 409  # half of it is not it
    editor, _visitor = came(production, "李编辑")
    assert editor.head(where).status_code == 404
    assert editor.delete(where).status_code == 404
    assert client.delete(where, headers=tus).status_code == 204
    assert client.head(where).status_code == 404


def test_an_interviewee_brings_only_what_is_theirs(production: Production):
    client, _visitor = came(production, "王桂兰")
    page = client.get(f"/deposit/{SLUG}/5").text
    assert 'data-kind="withholding_request"' in page and 'data-kind="finished_cut"' not in page
    for kind, status in (("finished_cut", 403), ("withholding_request", 201)):
        told = {"slug": f"{SLUG}/05", "kind": kind, "filename": "x.mp4"}
        told["filename"] = "x.yaml" if status == 201 else "x.mp4"
        about = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())
        headers = {"tus-resumable": "1.0.0", "upload-length": "10", "upload-metadata": about}
        assert client.post("/uploads", headers=headers).status_code == status
