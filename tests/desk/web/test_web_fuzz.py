"""Hostile input to every route of the desk, by each kind of visitor: never an unforeseen error.

What a route takes is read off the route itself (path, query, form fields, JSON models), so a new
one is tried without a line here. Half of the values are good ones, so that the rest is reached.
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import fastapi.routing
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, params
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from desk.web.access import access_names
from desk.web.app import create_app
from desk.web.routes import ROUTERS
from pipeline.core import secret_hashes
from pipeline.repository.records import find_person
from pipeline.review.access import accounts
from pipeline.workflow.production import Production, open_home
from stages import STAGES
from tests.desk.web.interview_film import SLUG
from tests.desk.web.test_web_routes import MAY

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
ENDLESS = {"/events"}
"""Answers that go on until the browser leaves; they take nothing but the session."""
VISITORS = ("", "link", "王桂兰", "李编辑", "赵制片", "管理员", "周技术", "吴馆长")
HOSTILE = (
    "", " ", "\x00", "a\x00b", "../../etc/passwd", "..%2f..%2f", "<script>alert(1)</script>",
    "'; DROP TABLE subject; --", "{{ 7 * 7 }}", "%s%n{0}", "\u202eevil\u2066", "\u200b\ufeff",
    "😀" * 40, "x" * 10_000, "９９", "²", "-1", "0", "1e309", "NaN", "9" * 30, "9" * 5000,
    "\r\nSet-Cookie: a=b", "//evil.example", "javascript:alert(1)", "true", "null", "[]", "wrong: ",
)  # fmt: skip
NUMBERS = (-1, 0, 1, 2**31, 2**63, 10**40, 0.5, float("nan"), float("inf"))


def texts() -> st.SearchStrategy[str]:
    return st.sampled_from(HOSTILE) | st.text(max_size=40)


def junk() -> st.SearchStrategy[Any]:
    """Any JSON, and some that is none."""
    leaf = st.none() | st.booleans() | st.sampled_from(NUMBERS) | texts()
    return st.recursive(leaf, _nested, max_leaves=6)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3)


def good(name: str, annotation: Any, known: dict[str, list[Any]]) -> st.SearchStrategy[Any]:
    """A value a page would send: one that is known under this name, or of the type asked for."""
    if name in known:
        return st.sampled_from(known[name])
    if hasattr(annotation, "__metadata__"):
        return good(name, annotation.__origin__, known)
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    inner = [each for each in get_args(annotation) if each is not type(None)]
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return model(annotation, known)
    if inner and get_origin(annotation) in (list, tuple, dict, set):
        element = inner[-1] if get_origin(annotation) is dict else inner[0]
        return st.lists(good(name, element, known), max_size=2)
    if inner:
        return st.one_of([good(name, each, known) for each in inner])
    plain: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(0, 5000) | st.sampled_from([-1, 2**31, 2**63, 10**40]),
        bool: st.booleans(), float: st.floats(0, 9), str: texts(),
        date: st.sampled_from(["2030-01-01", "0001-01-01", "9999-12-31"]),
    }  # fmt: skip
    return plain.get(annotation, junk())


def model(kind: type[BaseModel], known: dict[str, list[Any]]) -> st.SearchStrategy[Any]:
    """A body as the model asks for it, with at most one field of another shape."""
    fields = {n: good(n, f.annotation, known) for n, f in kind.model_fields.items()}
    whole = st.fixed_dictionaries(fields)
    names = st.sampled_from(sorted(fields) or [""])
    broken = st.builds(lambda body, name, value: {**body, name: value}, whole, names, junk())
    return st.one_of(whole, whole, broken)


def request(route: APIRoute, known: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """What to send: path, query and body, with hostile text in one place at most."""
    needs = flat(route.dependant)
    places = [(part, f.alias) for part in ("query", "form") for f in needs[part]]
    # Some pages read their place off the address themselves, so the names are taken from there.
    needs["path"] = list(route.param_convertors)
    places += [("path", name) for name in needs["path"]]
    return st.sampled_from([None, None, *places]).flatmap(partial(_request, needs, known))


def _request(
    needs: dict[str, list[Any]], known: dict[str, list[Any]], spoilt: tuple[str, str] | None
) -> st.SearchStrategy[dict[str, Any]]:
    parts: dict[str, st.SearchStrategy[Any]] = {"body": st.none()}
    files = [f.alias for f in needs["form"] if isinstance(f.field_info, params.File)]
    parts["files"] = st.just(files) | st.just([])
    parts["path"] = st.fixed_dictionaries(
        {n: texts() if ("path", n) == spoilt else good(n, str, known) for n in needs["path"]}
    )
    for part in ("query", "form"):
        parts[part] = st.fixed_dictionaries(
            {
                f.alias: texts()
                if (part, f.alias) == spoilt
                else good(f.name, f.field_info.annotation, known)
                for f in needs[part]
            }
        )
    if needs["json"]:
        (field,) = needs["json"]
        whole = good(field.name, field.field_info.annotation, known)
        parts["body"] = st.one_of(whole, whole, junk())
    elif not needs["form"]:
        parts["body"] = st.none() | junk() | st.binary(max_size=60)
    return st.fixed_dictionaries(parts)


def flat(dependant: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        "path": list(dependant.path_params), "query": list(dependant.query_params),
        "form": [f for f in dependant.body_params if isinstance(f.field_info, params.Form)],
        "json": [f for f in dependant.body_params if not isinstance(f.field_info, params.Form)],
    }  # fmt: skip
    for inner in dependant.dependencies:
        for name, fields in flat(inner).items():
            found[name] += fields
    return found


class Asker:
    """Sends requests as a page of the desk would, in a session of its own each time."""

    def __init__(self, production: Production, app: FastAPI) -> None:
        self.production = production
        self.app = app
        self.link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
        self.known = self._known()
        page = TestClient(app, base_url="http://localhost").get("/sign-in")
        self.visit = page.cookies["chifeng_visit"]
        (self.csrf,) = re.findall('name="csrf" content="([0-9a-f]{64})"', page.text)

    def _known(self) -> dict[str, list[Any]]:
        states = self.production.states(f"{SLUG}/04")
        digests = sorted({a.sha256 for s in states for a in s.outputs})
        return {
            "slug": [SLUG], "number": ["4", "04", "5", "1"], "stage": ["7", "9", "10", "11", "12"],
            "id_": ["1"], "kind": ["finished_cut"], "sha256": digests, "base": digests,
            "signature": digests, "token": [self.link.token], "cue": ["1", "2"],
            "mark": ["right", "wrong", "withhold", "publish"], "seen": [0, 1, []],
            "name": ["王桂兰", "赵制片"], "note": ["1"], "action": ["reply", "resolve", "waive"],
            "to": ["7", "4"], "text": ["好", "<b>好</b>", "好\x00"], "offer": ["1"],
            "key": ["abcdefgh12"], "code": ["123456"],
        }  # fmt: skip

    def session(self, who: str) -> str:
        if who == "link":
            link = accounts.find_link(self.production, self.link.token)
            if link is None:  # withdrawn, or tried to death, by a request before
                self.link = accounts.make_link(self.production, f"{SLUG}/04", by="赵制片")
                link = accounts.find_link(self.production, self.link.token)
            assert link is not None
            return accounts.open_session(self.production, link_id=link.id)
        with self.production.ledger.read() as session:
            person = find_person(session, who).id
        return accounts.open_session(self.production, person_id=person)

    def ask(self, method: str, path: str, sent: dict[str, Any], who: str) -> int:
        cookies = {"chifeng_visit": self.visit}
        if who:
            cookies["chifeng_session"] = self.session(who)
        client = TestClient(self.app, base_url="http://localhost", cookies=cookies)
        body: dict[str, Any] = {}
        if sent["form"]:
            form = {k: v for k, v in sent["form"].items() if k not in sent["files"]}
            body["data"] = {k: v if isinstance(v, list) else str(v) for k, v in form.items()}
            body["files"] = dict.fromkeys(sent["files"], ("../x.png", b"\x89PNG"))
        elif isinstance(sent["body"], bytes):
            body["content"] = sent["body"]
        elif sent["body"] is not None:
            body["content"] = json.dumps(sent["body"])
        kind = {} if sent["form"] else {"content-type": "application/json"}
        answer = client.request(
            method, path, params={k: str(v) for k, v in sent["query"].items()},
            headers={"x-csrf-token": self.csrf, "accept": "application/json", **kind},
            follow_redirects=False, **body,
        )  # fmt: skip
        return answer.status_code


def place(path: str, values: dict[str, Any]) -> str:
    from urllib.parse import quote

    for name, value in values.items():
        path = re.sub(r"\{" + name + r"(:\w+)?\}", lambda _m, v=value: quote(str(v), safe=""), path)
    return path


@pytest.fixture(scope="module")
def reached() -> Iterator[Counter[Any]]:
    """How often the function behind each route was called."""
    count: Counter[Any] = Counter()
    calling = fastapi.routing.run_endpoint_function

    async def counted(*, dependant: Any, **values: Any) -> Any:
        count[dependant.call] += 1
        return await calling(dependant=dependant, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fastapi.routing, "run_endpoint_function", counted)
        yield count


def named(route: APIRoute) -> str:
    return f"{min(route.methods)} {route.path}"


@pytest.fixture(scope="module")
def asker(filmed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    folder = tmp_path_factory.mktemp("fuzz") / "home"
    shutil.copytree(filmed, folder)
    production = open_home(folder, STAGES)
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(secret_hashes, "_hasher", lambda: quick)
        yield Asker(production, create_app(production))
    production.ledger.close()


def fuzz(asker: Asker, route: APIRoute, examples: int) -> None:
    """Ask for the route in many ways; fail for an answer that nobody foresaw."""
    (asked,) = list(access_names(route)) or ["public"]
    may = st.sampled_from(sorted(MAY[asked] & set(VISITORS)))
    visitors = st.one_of(may, may, st.sampled_from(VISITORS))

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(sent=request(route, asker.known), who=visitors)
    def ask(sent: dict[str, Any], who: str) -> None:
        path = place(route.path, sent["path"])
        for method in sorted(route.methods):
            status = asker.ask(method, path, sent, who)
            assert status < 500 or status == 503, (method, path, who, sent, status)

    ask()


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_no_input_is_unforeseen(route: APIRoute, asker: Asker, reached: Counter[Any]):
    if route.path in ENDLESS:
        return
    fuzz(asker, route, examples=max(8, settings.default.max_examples // 10))
    if not reached[route.endpoint]:  # one that asks for much is not met by chance so soon
        fuzz(asker, route, examples=80)
    assert reached[route.endpoint] > 0, "no request came through to the page itself"


def test_a_route_that_fails_is_found(asker: Asker):
    """The fuzz itself: one that fails for a negative number alone is not passed over."""

    def broken(far: int) -> dict[str, int]:
        if far < 0:
            raise RuntimeError("nobody thought of that")
        return {}

    app = create_app(asker.production)
    app.add_api_route("/broken", broken)
    other = Asker(asker.production, app)
    route = APIRoute("/broken", broken)
    with pytest.raises(AssertionError, match="500"):
        fuzz(other, route, examples=60)
