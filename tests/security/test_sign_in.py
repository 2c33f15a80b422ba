"""Guessing passwords and codes: at once, from invented addresses, and to close others' door."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi.testclient import TestClient

from desk.web.app import create_app
from desk.web.request_limits import AttemptLimiter, RateLimitError
from pipeline.review.access import accounts
from pipeline.workflow.production import Production
from tests.desk.web.desk_process import Desk

PASSWORD = "four or five words"
EPISODE = "wang-guilan/01"


@pytest.fixture
def app(production: Production):
    accounts.set_password(production, "孙编辑", PASSWORD, by="赵制片")
    made = create_app(production)
    made.state.tries, made.state.link_tries = AttemptLimiter(3), AttemptLimiter(3)
    return made


def token_of(page: str) -> str:
    return re.findall('name="csrf" content="([0-9a-f]{64})"', page)[0]


def browser(app) -> TestClient:
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    client.headers["x-csrf-token"] = token_of(client.get("/sign-in").text)
    return client


def sign_in(client: httpx.Client, password: str, who: str = "孙编辑") -> int:
    return client.post("/sign-in", data={"person": who, "password": password}).status_code


def test_guesses_at_once_are_counted_like_one_after_the_other(app):
    clients = [browser(app) for _n in range(12)]
    with ThreadPoolExecutor(len(clients)) as at_once:
        answers = Counter(at_once.map(lambda client: sign_in(client, "a wrong one"), clients))
    assert answers == {401: 3, 429: 9}
    assert sign_in(clients[0], PASSWORD) == 429


def test_spaces_round_a_name_are_no_other_name(app):
    client = browser(app)
    answers = [sign_in(client, "a wrong one", " " * n + "孙编辑") for n in range(4)]
    assert answers == [401, 401, 401, 429]


def test_right_passwords_use_up_no_tries(app):
    client = browser(app)
    assert [sign_in(client, PASSWORD) for _n in range(5)] == [303] * 5
    assert sign_in(client, "a wrong one") == 401


def test_a_try_that_nobody_judged_is_not_counted():
    tries = AttemptLimiter(1)
    for _n in range(3):
        with pytest.raises(OSError, match="busy"), tries.attempt({"one": 1}):
            raise OSError("busy")
    with tries.attempt({"one": 1}):
        pass
    with pytest.raises(RateLimitError), tries.attempt({"one": 1}):
        pass


def test_wrong_passwords_leave_the_door_of_links_open(app, production: Production):
    client = browser(app)
    for _n in range(30):
        app.state.tries.count("client testclient")
    assert sign_in(client, PASSWORD) == 429
    link = accounts.make_link(production, EPISODE, by="孙编辑")
    assert client.post(f"/i/{link.token}", data={"code": link.code}).status_code == 303


def test_wrong_codes_leave_the_door_of_accounts_open(app):
    client = browser(app)
    answers = [client.post("/i/none", data={"code": "1"}).status_code for _n in range(10)]
    assert answers == [404] * 9 + [429]
    assert sign_in(client, PASSWORD) == 303


def test_strangers_who_try_a_name_keep_nobody_from_a_new_password(app):
    client = browser(app)
    assert sign_in(client, PASSWORD) == 303
    for _n in range(30):
        app.state.tries.count("person 孙编辑")
    changed = {"old": PASSWORD, "new": "another few words", "again": "another few words"}
    assert client.post("/password", data=changed).status_code == 303


@pytest.mark.parametrize(("proxies", "believed"), [([], False), (["127.0.0.1"], True)])
def test_who_asks_is_believed_of_named_proxies_alone(
    production: Production, proxies: list[str], believed: bool
):
    settings = production.folder / "settings.toml"
    text = re.sub(r"\[ledger\]\nurl = .*\n", "", settings.read_text("utf-8"))
    settings.write_text(f"{text}\n[desk]\nproxies = {proxies!r}\n", "utf-8")
    served = Desk.of(production)
    try:
        with httpx.Client(base_url=served.address) as client:
            client.headers.update({"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"})
            page = client.get("/sign-in")
            assert ("strict-transport-security" in page.headers) == believed
            token = {"x-csrf-token": "0"}
            client.post("/sign-in", data={"person": "孙编辑"}, headers=token)
    finally:
        served.stop()
    log = (production.folder / "logs" / "security.log").read_text("utf-8")
    assert ("203.0.113.9" in log) == believed
