"""What an attacker would try at the desk, one test for each way in that was closed."""

from __future__ import annotations

import asyncio
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from desk.web import request_limits, security
from desk.web.app import create_app
from desk.web.request_limits import (
    MAX_BODY_BYTES,
    AttemptLimiter,
    BodyLimitMiddleware,
    RateLimitError,
)
from pipeline.core import secret_hashes
from pipeline.errors import BusyError, SignOffError, StorageError
from pipeline.repository.records import find_person
from pipeline.review.access import accounts
from pipeline.workflow.production import Production
from tests.desk.web.interview_film import PASSWORD, SLUG


@pytest.fixture(scope="module")
def production(shared_production: Production) -> Production:
    return shared_production


@pytest.fixture
def app(production: Production) -> FastAPI:
    return create_app(production)


def browser(app: FastAPI, base: str = "http://localhost") -> TestClient:
    """A browser that has seen the page for signing in, and has its token."""
    client = TestClient(app, base_url=base)
    page = client.get("/sign-in").text
    client.headers["x-csrf-token"] = re.findall('name="csrf" content="([0-9a-f]{64})"', page)[0]
    return client


def signed_in(app: FastAPI, production: Production, who: str) -> TestClient:
    with production.ledger.read() as session:
        person = find_person(session, who).id
    client = browser(app)
    client.cookies.set("chifeng_session", accounts.open_session(production, person_id=person))
    return client


def sign_in(client: TestClient, who: str, password: str = PASSWORD) -> Any:
    return client.post(
        "/sign-in", data={"person": who, "password": password}, follow_redirects=False
    )


def test_signing_in_ends_the_session_that_was_there_before(app, production: Production):
    client = browser(app)
    sign_in(client, "李编辑")
    first = client.cookies["chifeng_session"]
    sign_in(client, "李编辑")
    assert client.cookies["chifeng_session"] != first
    assert accounts.authenticate(production, first) is None


def test_a_session_somebody_planted_is_not_taken_over(app, production: Production):
    client = browser(app)
    client.cookies.set("chifeng_session", "planted-by-somebody", domain="localhost.local")
    answer = sign_in(client, "李编辑")
    assert "planted-by-somebody" not in answer.headers["set-cookie"]
    assert accounts.authenticate(production, "planted-by-somebody") is None


def test_under_tls_cookies_are_secure_and_no_neighbour_can_plant_them(app):
    client = browser(app, "https://localhost")
    answer = sign_in(client, "李编辑")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-chifeng_session=")
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"]


def test_a_stranger_does_not_say_that_it_was_by_tls(app):
    answer = TestClient(app, base_url="http://localhost").get(
        "/sign-in", headers={"x-forwarded-proto": "https"}
    )
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"}, {"origin": "http://localhost:8600"},
    ],
)  # fmt: skip
def test_a_form_of_another_site_is_refused_even_with_the_token(app, production, headers):
    client = signed_in(app, production, "管理员")
    answer = client.post("/people", data={"name": "坏人"}, headers=headers)
    assert answer.status_code == 403


def test_the_token_of_another_browser_is_none(app, production: Production):
    mine, other = signed_in(app, production, "管理员"), browser(app)
    mine.headers["x-csrf-token"] = other.headers["x-csrf-token"]
    assert mine.post("/people", data={"name": "坏人"}).status_code == 403


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "x:y"]
)
def test_signing_in_never_leads_elsewhere(app, to: str):
    client = browser(app)
    answer = client.post(
        "/sign-in", data={"person": "李编辑", "password": PASSWORD, "to": to},
        follow_redirects=False,
    )  # fmt: skip
    assert answer.headers["location"] == "/"


def test_a_large_body_is_refused_before_it_is_read(app):
    client = browser(app)
    big = {"person": "x" * (MAX_BODY_BYTES + 1), "password": "y"}
    assert client.post("/sign-in", data=big).status_code == 413
    files = {"file": ("a.bin", b"0" * (MAX_BODY_BYTES + 1))}
    assert client.post("/sign-in", files=files).status_code == 413


def test_a_body_of_unknown_length_is_counted_as_it_comes(app):
    def endless() -> Iterator[bytes]:
        for _n in range(100):
            yield b"x" * 100_000

    answer = browser(app).post(
        "/sign-in", content=endless(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 413
    assert "content-security-policy" in answer.headers


def test_no_form_without_end_is_read_for_its_token(app):
    """Where large files are uploaded, a form could otherwise fill the disk before anybody asks."""
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        for _n in range(100):
            read += 100_000
            yield b"x" * 100_000

    client = browser(app)
    del client.headers["x-csrf-token"]
    answer = client.patch(
        "/uploads/1", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code in (403, 404, 405) and read == 0


def test_a_body_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(request_limits, "BODY_TIMEOUT_S", 0.05)
    app = FastAPI()

    @app.post("/")
    def take(body: dict[str, int]) -> None:
        """Never called."""

    async def drip() -> dict[str, Any]:
        await asyncio.sleep(5)
        return {"type": "http.request", "body": b"{}", "more_body": False}

    told: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "scheme": "http",
        "headers": [(b"content-type", b"application/json")], "server": ("localhost", 80),
        "client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    asyncio.run(asyncio.wait_for(BodyLimitMiddleware(app, lambda _: True)(scope, drip, send), 3))
    assert told[0]["status"] == 408


def test_what_nobody_foresaw_is_told_with_all_the_headers(app, caplog):
    def broken() -> None:
        raise RuntimeError("with a /secret/path in it")

    app.add_api_route("/broken", broken)
    answer = TestClient(app, base_url="http://localhost").get("/broken")
    assert answer.status_code == 500
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert "RuntimeError" in caplog.text
    caplog.clear()  # an error in the log is what was wanted here


@pytest.mark.parametrize("path", ["/nothing", "/static/nothing.js", "/episode/x/1/link"])
def test_every_answer_has_the_headers(app, path: str):
    answer = TestClient(app, base_url="http://localhost").get(path, follow_redirects=False)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_wrong_passwords_keep_out_the_stranger_and_not_the_person():
    tries = AttemptLimiter(3)
    for _n in range(3):
        tries.count("6.6.6.6 李编辑", "person 李编辑", "client 6.6.6.6")
    with pytest.raises(RateLimitError):
        tries.check("6.6.6.6 李编辑")
    tries.check("192.168.0.2 李编辑")
    tries.check("person 李编辑", "client 6.6.6.6", times=10)
    for _n in range(27):
        tries.count("person 李编辑")
    with pytest.raises(RateLimitError):
        tries.check("person 李编辑", times=10)


def test_names_without_end_do_not_fill_the_memory():
    tries = AttemptLimiter(3)
    for n in range(60_000):
        tries.count(f"person {n}")
    assert len(tries._at) <= 20_001


def test_signing_in_is_refused_after_too_many_wrong_passwords(app, production: Production):
    client = browser(app)
    app.state.tries = AttemptLimiter(2)
    assert [sign_in(client, "吴馆长", "wrong").status_code for _n in range(3)] == [401, 401, 429]
    assert sign_in(client, "吴馆长").status_code == 429
    assert sign_in(client, "李编辑").status_code == 303


def test_many_codes_at_once_are_no_more_tries_than_one_after_the_other(production: Production):
    link = accounts.make_link(production, f"{SLUG}/05", by="赵制片")
    wrong = "000000" if link.code != "000000" else "111111"
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            accounts.enter_by_link(production, link.token, wrong)
        except BusyError:
            outcomes.append("busy")
        except SignOffError as error:
            outcomes.append(error.what)

    threads = [threading.Thread(target=attempt) for _n in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = [r for r in accounts.links(production, f"{SLUG}/05") if r.id == link.id]
    assert row.attempts == production.settings.desk.link_tries
    with pytest.raises(SignOffError):
        accounts.enter_by_link(production, link.token, link.code)


def test_too_many_who_sign_in_at_once_are_told_to_wait(
    production: Production, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(secret_hashes, "_WAIT_S", 0.01)
    with secret_hashes._SLOTS, secret_hashes._SLOTS, pytest.raises(BusyError):
        accounts.check_password(production, "李编辑", PASSWORD)


def test_no_log_holds_the_secret_of_a_link(app, production: Production):
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    client = browser(app)
    wrong = "000000" if link.code != "000000" else "111111"
    client.post(f"/i/{link.token}", data={"code": wrong})
    client.post(f"/i/{link.token}", data={"code": wrong}, headers={"x-csrf-token": "0"})
    client.post(f"/i/{link.token}", data={"code": link.code})
    for log in (production.folder / "logs").iterdir():
        text = log.read_text("utf-8")
        assert link.token not in text and link.code not in text
    assert "wrong code for link" in (production.folder / "logs" / "security.log").read_text("utf-8")


def test_the_page_of_a_link_does_not_tell_where_one_came_from(app, production: Production):
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    answer = browser(app).get(f"/i/{link.token}")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_writes_lines_of_their_own_into_the_log(app, production: Production):
    client = browser(app)
    client.post("/%0a2026-01-01%20signed%20in", headers={"x-csrf-token": "0"})
    client.post("/people%0aforged line", data={"name": "x"}, headers={"x-csrf-token": "0"})
    sign_in(client, "x\nforged line", "y")
    lines = (production.folder / "logs" / "security.log").read_text("utf-8").splitlines()
    assert not [line for line in lines if line.startswith(("forged", "2026-01-01 signed"))]


def test_whoever_came_by_a_link_hears_of_no_other_interviewee(app, production: Production):
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    client = browser(app)
    client.cookies.set("chifeng_session", accounts.enter_by_link(production, link.token, link.code))
    for path in ("/episode/nobody/1/file/" + "0" * 64, "/mine/nobody/1", "/mine/nobody/1/state"):
        answer = client.get(path, headers={"accept": "application/json"})
        assert answer.status_code in (403, 404) and SLUG not in answer.text


@pytest.mark.parametrize(
    ("slug", "number", "sha256"),
    [
        ("..", "..", "0" * 64), (SLUG, "4", "../../../desk.key"), (SLUG, "4", "..%2f..%2fdesk.key"),
        (SLUG, "²", "0" * 64), (SLUG, "9" * 40, "0" * 64), ("%00", "1", "0" * 64),
        (SLUG, "4", "%2e%2e%2fledger.sqlite"),
    ],
)  # fmt: skip
def test_no_address_leads_out_of_the_store(app, production, slug, number, sha256):
    client = signed_in(app, production, "李编辑")
    answer = client.get(f"/episode/{slug}/{number}/file/{sha256}")
    assert answer.status_code in (404, 422)


def test_static_files_are_only_those(app, production: Production):
    client = TestClient(app, base_url="http://localhost")
    for path in ("../app.py", "..%2fapp.py", "v-x/../../app.py", "vendor/../../package.json"):
        assert client.get(f"/static/{path}").status_code == 404


def test_the_key_is_whole_and_for_its_owner_alone(tmp_path: Path):
    made = security.load_secret(tmp_path)
    assert len(made) == 32 and security.load_secret(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "desk.key").stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["desk.key"]
    (tmp_path / "desk.key").write_bytes(b"")  # as a power cut might leave it
    with pytest.raises(StorageError):
        security.load_secret(tmp_path)


def test_a_link_ends_with_its_sessions(app, production: Production):
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    token = accounts.enter_by_link(production, link.token, link.code)
    assert accounts.authenticate(production, token) is not None
    accounts.close_link(production, link.id)
    assert accounts.authenticate(production, token) is None


def test_only_sound_and_pictures_are_taken_from_an_interviewee(app, production: Production):
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    client = browser(app)
    client.cookies.set("chifeng_session", accounts.enter_by_link(production, link.token, link.code))
    for content in (b"", b"<script>alert(1)</script>", b"#!/bin/sh\n", b"\x7fELF"):
        for address in (f"/mine/{SLUG}/04/voice?cue=1", f"/mine/{SLUG}/04/signature"):
            assert client.post(address, content=content).status_code == 422
    large = b"\x1a\x45\xdf\xa3" + b"0" * 20_000_001
    assert client.post(f"/mine/{SLUG}/04/voice?cue=1", content=large).status_code == 413
