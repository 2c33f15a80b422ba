"""What whoever holds an interviewee's link can fill the home with: bounded, and said kindly."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from desk.web.app import create_app
from desk.web.request_limits import MAX_ANONYMOUS_BYTES
from pipeline.errors import InputError, StorageError
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import DraftRow, NoteRow
from pipeline.review.access import accounts
from pipeline.workflow.ingest.uploads import Uploads
from pipeline.workflow.production import Production, open_home
from stages import STAGES
from tests.desk.web.conftest import filmed  # noqa: F401
from tests.desk.web.interview_film import SLUG

MINE = f"/mine/{SLUG}/04"
EBML = b"\x1a\x45\xdf\xa3"


@pytest.fixture
def production(filmed: Path, tmp_path: Path) -> Iterator[Production]:  # noqa: F811
    shutil.copytree(filmed, tmp_path / "home")
    (tmp_path / "home" / "settings.toml").open("a").write(
        "\n[desk]\nlink_notes_per_day = 3\nlink_upload_mb_per_day = 1\n"
        'link_answers_per_day = 20\ntelephone = "0476-1234567"\n'
    )
    opened = open_home(tmp_path / "home", STAGES)
    yield opened
    opened.ledger.close()


@pytest.fixture
def client(production: Production) -> TestClient:
    """The browser of whoever came by a link."""
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    opened = stranger(production)
    opened.cookies.set("chifeng_session", accounts.enter_by_link(production, link.token, link.code))
    return opened


def stranger(production: Production) -> TestClient:
    opened = TestClient(create_app(production), base_url="http://localhost")
    opened.headers["accept"] = "application/json"
    opened.cookies.set("chifeng_lang", "en")
    page = opened.get("/sign-in").text
    opened.headers["x-csrf-token"] = re.findall('name="csrf" content="([0-9a-f]{64})"', page)[0]
    return opened


def rows(production: Production, table: type[DraftRow | NoteRow]) -> int:
    with production.ledger.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_voice_notes_end_with_the_days_quota_and_the_same_one_is_kept_once(
    client: TestClient, production: Production
):
    cue = client.get(f"{MINE}/state").json()["cues"][0]["id"]
    first = client.post(f"{MINE}/voice?cue={cue}", content=EBML + b"a" * 400_000)
    assert first.status_code == 200
    before = rows(production, NoteRow)
    again = client.post(f"{MINE}/voice?cue={cue}", content=EBML + b"a" * 400_000)
    assert again.json() == first.json() and rows(production, NoteRow) == before
    refused = client.post(f"{MINE}/voice?cue={cue}", content=EBML + b"b" * 700_000)
    assert refused.status_code == 429
    assert "stays kept" in refused.json()["error"] and "0476-1234567" in refused.json()["remedy"]
    assert client.post(f"{MINE}/signature", content=b"\x89PNG" + b"c" * 700_000).status_code == 429
    assert client.get(f"{MINE}/state").json()["cues"][0]["voices"] == 1


def test_requests_to_be_called_are_few_and_equal_ones_one(
    client: TestClient, production: Production
):
    before = rows(production, NoteRow)
    for _time in range(5):
        assert client.post(f"{MINE}/call", json={"text": "a"}).status_code == 200
    assert rows(production, NoteRow) == before + 1
    told = [client.post(f"{MINE}/call", json={"text": f"b{n}"}).status_code for n in range(6)]
    assert told == [200, 200, 429, 429, 429, 429]
    assert rows(production, NoteRow) == before + 3


def test_five_thousand_copies_of_an_answer_are_one_row_and_equal_ones_none(
    client: TestClient, production: Production
):
    state = client.get(f"{MINE}/state").json()
    cue, before = state["cues"][0], rows(production, DraftRow)

    def say(n: int, text: str, copies: int = 1) -> int:
        said = [{"cue": cue["id"], "mark": "wrong", "text": text}] * copies
        body = {"base": state["base"], "key": f"key-{n:05d}", "said": said}
        return client.post(f"{MINE}/say", json=body).status_code

    assert say(0, "a" * 100, copies=5_000) == 200 and rows(production, DraftRow) == before + 1
    assert [say(n, "a" * 100 + "\u200b" * n) for n in (1, 2, 3)] == [200] * 3
    assert rows(production, DraftRow) == before + 1
    told = [say(n, f"a{n}") for n in range(4, 40)]
    assert told.count(200) <= 19 and told[-1] == 429
    assert rows(production, DraftRow) <= before + 20
    kept = next(c for c in client.get(f"{MINE}/state").json()["cues"] if c["id"] == cue["id"])
    assert kept["text"] == f"a{3 + told.count(200)}"


def test_nothing_large_is_read_from_somebody_without_a_session(
    client: TestClient, production: Production
):
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        for _n in range(400):
            yield b"x" * 50_000

    form = {"content-type": "multipart/form-data; boundary=x"}
    visitor = stranger(production)
    for bearer in ("", "made-up"):
        if bearer:
            visitor.cookies.set("chifeng_session", bearer)
        for address in ("/sign-in", f"{MINE}/voice?cue=1", "/deposit/a/01/pick"):
            large = b"x" * (MAX_ANONYMOUS_BYTES + 1)
            refusals = (413,) if address == "/sign-in" else (401, 413)  # 401 before a byte is read
            assert visitor.post(address, content=large, headers=form).status_code in refusals
            assert visitor.post(address, content=endless(), headers=form).status_code in refusals
    assert client.post(f"{MINE}/voice?cue=1", content=b"x" * 100_000).status_code == 422


def test_what_is_announced_is_limited_by_kind_and_by_the_room_reserved(
    production: Production, monkeypatch: pytest.MonkeyPatch
):
    uploads = Uploads(production)
    with pytest.raises(InputError, match="larger than any"):
        uploads.begin("钱导演", f"{SLUG}/08", "signed_paper", "a.pdf", 101 << 20, "m")
    free = shutil.disk_usage(production.folder)._replace(free=70_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: free)

    def announce() -> str:
        made = uploads.begin("钱导演", f"{SLUG}/08", "finished_cut", "a.mp4", 30_000_000_000, "m")
        return made.id

    first, _second = announce(), announce()
    with pytest.raises(StorageError):
        announce()
    assert uploads.reserved_bytes() == 60_000_000_000
    uploads.remove(uploads.find("钱导演", first))
    third = announce()
    old_s = now_ms() / 1000 - 2 * 86_400
    os.utime(uploads.path(uploads.find("钱导演", third)), (old_s, old_s))
    assert uploads.reserved_bytes() == 30_000_000_000
