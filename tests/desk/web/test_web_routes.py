"""Every route says who may come, and keeps everybody else out."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from desk.web.access import access_names
from desk.web.app import create_app
from desk.web.routes import ROUTERS
from pipeline.repository.records import find_person
from pipeline.review.access import accounts
from pipeline.review.signoff import approve
from pipeline.stage import Role
from pipeline.workflow import roster
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_person
from pipeline.workflow.stage_state import Status
from tests.desk.web.interview_film import CREW, SLUG

MAY = {
    "public": {"", "link", *CREW},
    "crew": set(CREW) - {"王桂兰"},
    "signed in": set(CREW),
    "administrator": {"管理员"},
    "director": {"管理员", "赵制片", "钱导演", "李编辑"},
    "by link": {"link"},
    "own": {"link", "王桂兰"},
    "inviter": {"管理员", "赵制片", "钱导演", "李编辑", "陈编辑"},
    "anybody": {"link", *CREW},
}
"""Who may use a route that asks for this: a stranger (""), who came by link, or a person."""
PLACES = {"slug": SLUG, "number": "1", "stage": "7"}


@pytest.fixture(scope="module")
def production(shared_production: Production) -> Production:
    return shared_production


@pytest.fixture(scope="module")
def clients(production: Production) -> dict[str, TestClient]:
    """A client for a stranger, for each person, and for whoever came by a link; all with the token
    that belongs to their browser. 李明 is the interviewee of other episodes."""
    app = create_app(production)
    roster.add_interviewee(production, "li-ming", "李明", field="culture")
    roster.add_episode(production, "li-ming", "牧区的学校")
    made = {"": _client(app)}
    for name in (*CREW, "李明"):
        with production.ledger.read() as session:
            person = find_person(session, name)
        made[name] = _client(app, accounts.open_session(production, person_id=person.id))
    link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
    made["link"] = _client(app, accounts.enter_by_link(production, link.token, link.code))
    return made


def _client(app: FastAPI, session: str = "") -> TestClient:
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    page = client.get("/sign-in").text
    client.headers["x-csrf-token"] = re.findall('name="csrf" content="([0-9a-f]{64})"', page)[0]
    if session:
        client.cookies.set("chifeng_session", session)
    return client


# An app does not list the routes of the routers it includes, so they are taken where they are made.
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def test_every_route_says_who_may_come():
    assert len(ROUTES) > 15
    assert [r.path for r in ROUTES if len(list(access_names(r))) != 1] == []


def address(route: APIRoute, **places: str) -> str:
    path = route.path
    for name in route.param_convertors:
        path = re.sub(r"\{" + name + r"(:\w+)?\}", {**PLACES, **places}.get(name, "1"), path)
    return path


@pytest.mark.parametrize("token", ["with the page's token", "without"])
def test_nobody_comes_where_they_may_not(clients, token: str):
    others = {"李明": "王桂兰"}  # may come where any interviewee may
    for route in ROUTES:
        (asked,) = access_names(route)
        for who, client in clients.items():
            if others.get(who, who) in MAY[asked]:
                continue
            for method in route.methods:
                headers = {"accept": "application/json"}
                if token == "without":
                    headers["x-csrf-token"] = ""
                answer = client.request(method, address(route), headers=headers)
                # A change without the page's token is refused before anybody asks who it is.
                refused = (401, 403)
                assert answer.status_code in refused, (method, route.path, who, answer.text)


def test_a_change_by_those_who_may_needs_the_pages_token(clients):
    for route in ROUTES:
        (asked,) = access_names(route)
        for who in MAY[asked]:
            for method in route.methods - {"GET", "HEAD", "OPTIONS"}:
                answer = clients[who].request(method, address(route), headers={"x-csrf-token": ""})
                assert answer.status_code == 403, (method, route.path, who, answer.status_code)


ELSEWHERE = (
    ("link", {"slug": SLUG, "number": "5"}),
    ("link", {"slug": "li-ming", "number": "1"}),
    ("王桂兰", {"slug": "li-ming", "number": "1"}),
    ("李明", {"slug": SLUG, "number": "4"}),
)
"""Who asks for what is none of theirs."""
BODIES = {
    "say": {"base": "0" * 64, "key": "abcdefgh", "said": []},
    "sign": {"seen": 0, "name": "王桂兰", "signature": "0" * 64},
    "call": {"text": "x"},
    "voice": {},
}


@pytest.mark.parametrize(("who", "places"), ELSEWHERE)
def test_nobody_comes_to_the_episode_of_another(production, clients, who, places):
    film = {a.kind: a.sha256 for s in production.states(f"{SLUG}/05") for a in s.outputs}
    tried = 0
    for route in ROUTES:
        (asked,) = access_names(route)
        if asked not in ("own", "anybody", "by link", "signed in") or "{slug}" not in route.path:
            continue
        path = address(route, **places, sha256=film["subtitled_video"])
        body = BODIES.get(path.rpartition("/")[2])
        for method in route.methods:
            answer = clients[who].request(
                method, path, json=body, params={"cue": "1"}, headers={"accept": "application/json"}
            )
            # What is missing in a form is told before anybody asks whose episode it is.
            refused = (403, 404) if method == "GET" or body is not None else (403, 404, 422)
            assert answer.status_code in refused, (method, path, answer.status_code)
            assert SLUG not in answer.text and "王桂兰" not in answer.text
            tried += 1
    assert tried > 9


def test_a_change_that_another_site_sends_is_refused(clients):
    client = clients["管理员"]
    for headers in (
        {"x-csrf-token": ""},
        {"x-csrf-token": "0" * 64},
        {"sec-fetch-site": "cross-site"},
    ):
        answer = client.post("/people", data={"name": "x", "roles": ["leader"]}, headers=headers)
        assert answer.status_code == 403, headers


def test_another_name_of_this_machine_is_not_answered(production: Production):
    stranger = TestClient(create_app(production), base_url="http://evil.example")
    assert stranger.get("/health").status_code == 400


def test_pages_run_nothing_but_the_desks_own_scripts(clients):
    policy = clients[""].get("/sign-in").headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy


def test_an_interviewees_page_shows_a_finished_episode(production, clients):
    last = production.stages[-1]
    slug = next(
        slug
        for slug, states in production.board().items()
        if states[-1].stage.slug == last.slug and states[-1].status is Status.GATE
    )
    approve(production, slug, last, "钱导演")
    page = clients["赵制片"].get(f"/interviewee/{SLUG}")
    assert page.status_code == 200 and slug in page.text


def test_people_are_renamed_retired_and_reinstated_at_the_desk(production, clients):
    add_person(production, "何实习", [Role.EDITOR])
    with production.ledger.read() as session:
        token = accounts.open_session(production, person_id=find_person(session, "何实习").id)
    change = {"whom": "何实习", "why": "错字"}
    for what, name in (("rename", "何习"), ("editor", ""), ("retire", ""), ("reinstate", "")):
        answer = clients["管理员"].post(
            "/people/change", data={**change, "what": what, "new_name": name}
        )
        assert answer.status_code == 303, answer.text
    assert accounts.authenticate(production, token) is None
    with production.ledger.read() as session:
        person = find_person(session, "何实习")
    assert (person.name, person.roles) == ("何习", [])
    refused = clients["管理员"].post("/people/change", data={**change, "what": "reinstate"})
    assert refused.status_code == 422 and clients["管理员"].get("/people").status_code == 200


def test_only_who_may_add_interviewees_corrects_their_names(production, clients):
    data = {"new_name": "王桂蓝", "why": "错字"}
    address = f"/interviewee/{SLUG}/name"
    assert clients["李编辑"].post(address, data=data).status_code == 403
    assert clients["赵制片"].post(address, data=data).status_code == 303
    assert clients["王桂兰"].get("/mine").status_code in (200, 303)  # the session is the person's
    page = clients["赵制片"].get(f"/interviewee/{SLUG}").text
    assert "王桂蓝" in page and "“王桂兰”更正为“王桂蓝”" in page
