"""Every route says who may come, and keeps everybody else out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from desk.web.access import accesses
from desk.web.app import create_app
from pipeline import accounts
from pipeline.home import Production, open_home
from stages import STAGES
from tests.desk.web.filming import CREW, PASSWORD, SLUG

MAY = {
    "public": {"", "link", *CREW},
    "crew": set(CREW) - {"王桂兰"},
    "signed in": set(CREW),
    "administrator": {"管理员"},
    "by link": {"link"},
    "anybody": {"link", *CREW},
}
"""Who may use a route that asks for this: a stranger (""), who came by link, or a person."""
PLACES = {"slug": SLUG, "number": "1", "stage": "7"}


@pytest.fixture(scope="module")
def production(filmed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("routes") / "home"
    shutil.copytree(filmed, folder)
    opened = open_home(folder, STAGES)
    yield opened
    opened.ledger.close()


@pytest.fixture(scope="module")
def clients(production: Production) -> dict[str, TestClient]:
    """A client for a stranger, for each person, and for whoever came by a link."""
    app = create_app(production)
    made = {"": TestClient(app, base_url="http://localhost")}
    for name in CREW:
        with production.ledger.read():
            person = accounts.check_password(production, name, PASSWORD)
        assert person is not None
        token = accounts.open_session(production, person_id=person.id)
        made[name] = TestClient(
            app, base_url="http://localhost", cookies={"chifeng_session": token}
        )
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    token = accounts.enter_by_link(production, link.token, link.code)
    made["link"] = TestClient(app, base_url="http://localhost", cookies={"chifeng_session": token})
    return made


def routes(production: Production) -> list[APIRoute]:
    return [route for route in create_app(production).routes if isinstance(route, APIRoute)]


def test_every_route_says_who_may_come(production: Production):
    assert [r.path for r in routes(production) if len(list(accesses(r))) != 1] == []


def test_nobody_comes_where_they_may_not(production: Production, clients):
    for route in routes(production):
        (asked,) = accesses(route)
        path = route.path
        for name in route.param_convertors:
            path = path.replace("{" + name + "}", PLACES.get(name, "1"))
        for who, client in clients.items():
            if who in MAY[asked]:
                continue
            for method in route.methods:
                answer = client.request(
                    method, path, headers={"accept": "application/json"}, follow_redirects=False
                )
                # A change without the page's token is refused before anybody asks who it is.
                assert answer.status_code in (401, 403), (method, path, who, answer.status_code)


def test_a_change_that_another_site_sends_is_refused(clients):
    client = clients["管理员"]
    for headers in ({}, {"x-csrf-token": "0" * 64}, {"sec-fetch-site": "cross-site"}):
        answer = client.post("/people", data={"name": "x", "roles": ["leader"]}, headers=headers)
        assert answer.status_code == 403, headers


def test_another_name_of_this_machine_is_not_answered(production: Production):
    stranger = TestClient(create_app(production), base_url="http://evil.example")
    assert stranger.get("/health").status_code == 400


def test_pages_run_nothing_but_the_desks_own_scripts(clients):
    policy = clients[""].get("/sign-in").headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
