"""A form with something wrong comes back with all that was typed, and says it at the field.

WCAG 2.2, 3.3.1 and 3.3.3. Forms that a script sends stay on the page as they are: see the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from desk.web.app import create_app
from desk.web.routes import ROUTERS
from pipeline.repository.records import find_person
from pipeline.review.access import accounts
from pipeline.workflow.production import Production
from tests.desk.web.conftest import axe
from tests.desk.web.interview_film import PASSWORD, SLUG
from tests.desk.web.test_web_routes import _client

NEW = "/new/interviewee"
WANG = {"name": "赵连生", "slug": "zhao", "field": "education", "phase": "3", "language": "zh"}
EPISODE = {"of": SLUG, "title": "草原上的邮路", "number": "44", "language": "zh"}
DEPUTY = {
    "person": "吴馆长", "deputy": "周技术", "since": "2031-05-01", "until": "2031-05-09",
    "reason": "去呼和浩特开会",
}  # fmt: skip
PEOPLE = {"name": "冯字幕", "roles": "editor"}
CHANGE = {"whom": "周技术", "what": "rename", "new_name": "周技师", "why": "写错了"}
SECRET = {"old", "new", "again", "password"}
"""Never sent back."""


@dataclass(frozen=True)
class Wrong:
    """A form of a person, what they typed, and one wrong value in it. `at` names the field that is
    told to be wrong where that is another one."""

    person: str
    address: str
    typed: dict[str, str]
    field: str
    value: str
    at: str = ""
    status: int = 422

    def __str__(self) -> str:
        return f"{self.address} {self.field}={self.value[:12]}"


WRONG = (
    Wrong("赵制片", NEW, WANG, "name", ""),
    Wrong("赵制片", NEW, WANG, "name", "长" * 250),
    Wrong("赵制片", NEW, WANG, "name", "王桂兰"),
    Wrong("赵制片", NEW, WANG, "slug", "Zhào Liánshēng"),
    Wrong("赵制片", NEW, WANG, "slug", SLUG),
    Wrong("赵制片", NEW, WANG, "field", "astrology"),
    *[Wrong("赵制片", NEW, WANG, "phase", value) for value in ("三", "0", "100", "²", "1.5")],
    Wrong("赵制片", "/new/episode", EPISODE, "of", "nobody"),
    Wrong("赵制片", "/new/episode", EPISODE, "title", " "),
    *[Wrong("赵制片", "/new/episode", EPISODE, "number", v) for v in ("十", "-1", "12345")],
    Wrong("赵制片", "/new/episode", EPISODE, "number", "1"),
    Wrong("管理员", "/deputies", DEPUTY, "since", "明天"),
    Wrong("管理员", "/deputies", DEPUTY, "until", "2031-13-40"),
    Wrong("管理员", "/deputies", DEPUTY, "until", ""),
    Wrong("管理员", "/deputies", DEPUTY, "until", "9999-12-31"),
    Wrong("管理员", "/deputies", DEPUTY, "until", "2031-04-01"),
    Wrong("管理员", "/deputies", DEPUTY, "reason", "  "),
    Wrong("管理员", "/deputies", DEPUTY, "reason", "因" * 501),
    Wrong("管理员", "/deputies", DEPUTY, "deputy", "吴馆长"),
    Wrong("管理员", "/deputies", DEPUTY, "deputy", "谁也不是"),
    Wrong("管理员", "/people", PEOPLE, "name", "\t"),
    Wrong("管理员", "/people", PEOPLE, "name", "冯" * 201),
    Wrong("管理员", "/people/change", CHANGE, "new_name", "钱导演"),
    Wrong("管理员", "/people/change", CHANGE, "new_name", " "),
    Wrong("管理员", "/people/change", CHANGE, "why", " "),
    Wrong("管理员", "/people/change", {**CHANGE, "what": "retire"}, "why", ""),
    *[
        Wrong("赵制片", f"{page}/name", {"new_name": "新名", "why": "写错了"}, field, value)
        for page in (f"/interviewee/{SLUG}", f"/episode/{SLUG}/04")
        for field, value in (("new_name", "长" * 250), ("why", " "))
    ],
    Wrong("李编辑", "/password", {"old": "x", "new": "y", "again": "y"}, "old", "不对"),
    Wrong("李编辑", "/password", {"old": PASSWORD, "new": "y" * 12, "again": "y"}, "again", "z"),
    Wrong("李编辑", "/password", {"old": PASSWORD, "new": "y", "again": "y"}, "new", "y"),
    Wrong("", "/sign-in", {"person": "李编辑", "password": "x"}, "password", "y", status=401),
    Wrong("", "/sign-in", {"person": "李编辑", "password": "x"}, "password", "", status=401),
    Wrong("", "/i/{link}", {"code": "000000"}, "code", "12345", status=401),
    Wrong("", "/i/{link}", {"code": "000000"}, "code", "0" * 80, status=401),
    Wrong("钱导演", f"/interviewee/{SLUG}/outline", {"text": "x"}, "text", " "),
    Wrong("钱导演", f"/interviewee/{SLUG}/outline", {"text": "x"}, "text", "问" * 100_001),
)
HIDDEN = {
    "/people/password", "/language", "/sign-out",
    "/episode/{slug}/{number}/link", "/episode/{slug}/{number}/link/code",
    "/episode/{slug}/{number}/link/print",
    "/episode/{slug}/{number}/link/withdraw", "/episode/{slug}/{number}/produce",
    "/interviewee/{slug}/produce", "/episode/{slug}/{number}/rest", "/interviewee/{slug}/rest",
    "/episode/{slug}/{number}/stage/{stage}/paper/confirm",
}  # fmt: skip
"""Buttons: nothing is typed there."""
FILES = {"/episode/{slug}/{number}/stage/{stage}/paper"}
"""A browser alone decides which file is chosen: no page can put it back."""


class Form(HTMLParser):
    """The fields of a page: what is in them, and which are told to be wrong, by what."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.invalid: dict[str, str] = {}
        self.ids: set[str] = set()
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids.add(told.get("id") or "")
        name = told.get("name") or ""
        if tag in ("input", "select", "textarea") and "aria-invalid" in told:
            self.invalid[name] = told["aria-describedby"] or ""
        if tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.values.setdefault(name, []).append(told.get("value") or "")
        elif tag in ("select", "textarea"):
            self._within = name
        elif tag == "option" and "selected" in told:
            self._within, chosen = "", self._within
            self.values.setdefault(chosen, []).append(told.get("value") or "?")
            self._chosen = chosen

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and self._within:
            self.values.setdefault(self._within, []).append(data.removeprefix("\n"))
            self._within = ""
        elif self.lasttag == "option" and self.values.get(getattr(self, "_chosen", "")) == ["?"]:
            self.values[self._chosen] = [data]


@pytest.fixture(scope="module")
def production(shared_production: Production) -> Production:
    return shared_production


@pytest.fixture(scope="module")
def client_of(production: Production):
    app = create_app(production)
    made: dict[str, TestClient] = {}

    def client(name: str) -> TestClient:
        if name and name not in made:
            with production.ledger.read() as session:
                person = find_person(session, name)
            made[name] = _client(app, accounts.open_session(production, person_id=person.id))
        return made.setdefault(name, _client(app))

    return client


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_a_wrong_value_comes_back_with_all_the_others(client_of, production, case: Wrong):
    client = client_of(case.person)
    address = case.address
    if "{link}" in address:
        link = accounts.make_link(production, f"{SLUG}/04", by="赵制片")
        address = address.format(link=link.token)
    sent = {**case.typed, case.field: case.value}
    if address.endswith("/outline"):
        page = Form(client.get(address).text)
        sent |= {name: page.values[name][0] for name in ("base", "began")}
    answer = client.post(address, data=sent)
    assert answer.status_code == case.status, answer.text
    page = Form(answer.text)
    where = case.at or case.field
    assert where in page.invalid, page.invalid
    assert page.invalid[where] in page.ids and f'href="#{where}"' in answer.text
    for name, value in sent.items():
        kept = [unescape(v) for v in page.values.get(name, [])]
        if name in SECRET:
            assert kept in ([], [""]), name
        elif name != case.field:
            assert value in kept, (name, kept)
        elif name not in ("of", "field", "deputy"):  # of a list, what is not in it cannot be chosen
            assert value[:50] in [each[: len(value[:50])] for each in kept], (name, kept)


def _any(found: re.Match[str]) -> str:
    return "/{slug}/{number}/" if found[1] else "/{slug}/"


def test_every_form_is_in_the_table_or_has_nothing_typed():
    known = {
        re.sub(rf"/{SLUG}/(04/)?", _any, c.address).replace("{link}", "{token}") for c in WRONG
    }
    posted = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if "POST" in getattr(route, "methods", ()) and route.dependant.body_params
        and "Form" in repr([p.field_info for p in route.dependant.body_params])
    }  # fmt: skip
    assert posted - known - HIDDEN - FILES == set()
    assert known - posted == set()


def test_a_send_back_without_a_stage_or_a_reason_says_so_at_the_field(new_page, shots):
    page = new_page("周技术")
    page.goto(f"/episode/{SLUG}/3/review/9")
    page.get_by_text("退回", exact=True).first.click()
    form = page.locator("[data-send-back]")
    form.locator("textarea").fill("第三条听不清")
    form.locator("button.main").click()
    stage = form.locator("select")
    expect(stage).to_be_focused()
    expect(stage).to_have_attribute("aria-invalid", "true")
    expect(form.locator(".wrong-field")).to_have_count(1)
    expect(form.locator("textarea")).to_have_value("第三条听不清")
    stage.select_option(index=2)
    expect(form.locator("[data-foreseen]")).to_be_visible()
    chosen = stage.input_value()
    form.locator("textarea").fill(" ")
    form.locator("button.main").click()
    expect(form.locator("textarea")).to_be_focused()
    expect(form.locator("textarea")).to_have_attribute("aria-invalid", "true")
    expect(form.locator(".wrong-field")).to_have_count(1)
    assert stage.input_value() == chosen
    shots(page, "send-back-without-reason.png", full=True)
    axe(page)


def test_what_a_script_sends_and_the_desk_refuses_stays_in_the_form(new_page):
    page = new_page("周技术")
    page.goto(f"/episode/{SLUG}/3/review/9")
    note = page.locator("#note-text")
    note.fill("这里声音小")
    refused = {"status": 422, "body": '{"error": "有一处不对：start_ms。", "remedy": ""}'}
    page.route("**/notes", lambda route: route.fulfill(**refused))
    note.press("Control+Enter")
    expect(page.locator(".notes [data-wrong]")).to_contain_text("start_ms")
    expect(note).to_have_value("这里声音小")
    expect(note).to_have_attribute("aria-describedby", "note-wrong")
