"""Decisions at the desk: only about what was shown, and with what was foreseen."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from desk.web.access import Visitor
from desk.web.app import create_app
from desk.web.views.decision import decision_case
from pipeline.review.access import accounts
from pipeline.review.notes import add_note, notes
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import Status
from tests.desk.web.interview_film import PASSWORD, SLUG

REVIEWED = f"{SLUG}/06"
STAGE = f"/episode/{SLUG}/06/stage/11"


def came(production: Production, name: str) -> tuple[TestClient, Visitor]:
    """Return a client of somebody signed in, whose changes come from a page of the desk."""
    person = accounts.check_password(production, name, PASSWORD)
    assert person is not None
    token = accounts.open_session(production, person_id=person.id)
    client = TestClient(
        create_app(production), base_url="http://localhost", cookies={"chifeng_session": token},
        headers={"accept": "application/json"},
    )  # fmt: skip
    page = client.get("/password")
    found = re.search(r'name="csrf" content="([^"]+)"', page.text)
    assert found is not None
    client.headers["x-csrf-token"] = found.group(1)
    return client, Visitor(production, accounts.authenticate(production, token))


def state(production: Production, number: int):
    return next(s for s in production.states(REVIEWED) if s.stage.number == number)


def test_nobody_signs_what_they_did_not_see(production: Production):
    client, visitor = came(production, "吴馆长")
    case = decision_case(visitor, REVIEWED, production.stage("11"))
    assert case.hindrance == ""
    other = [[kind, "0" * 64] for kind, _digest in case.state.signs]
    answer = client.post(f"{STAGE}/approve", json={"seen": other})
    assert answer.status_code == 409 and state(production, 11).status is Status.GATE
    answer = client.post(f"{STAGE}/approve", json={"seen": case.state.signs, "reason": "可以"})
    assert answer.status_code == 200, answer.text
    assert state(production, 11).approvals[0].person == "吴馆长"
    assert decision_case(visitor, REVIEWED, production.stage("11")).signed_by_visitor
    client.post(f"{STAGE}/withdraw", json={"reason": "再看一遍"})
    assert state(production, 11).status is Status.GATE


def test_the_last_signature_at_the_desk_releases(production: Production):
    client, _visitor = came(production, "钱导演")
    seen = production.states(f"{SLUG}/07")[-1].signs
    answer = client.post(f"/episode/{SLUG}/07/stage/12/approve", json={"seen": seen})
    assert answer.status_code == 200, answer.text
    (folder,) = (production.folder / "released").glob("*/07 *")
    released = {artefact.name for artefact in production.states(f"{SLUG}/07")[-1].outputs}
    assert {path.name for path in folder.iterdir()} == released


def test_what_hinders_a_signature_is_said_beforehand(production: Production):
    _client, editor = came(production, "李编辑")
    stage = production.stage("11")
    assert "吴馆长" not in decision_case(editor, REVIEWED, stage).hindrance
    assert "李编辑" in decision_case(editor, REVIEWED, stage).hindrance
    _client, leader = came(production, "吴馆长")
    film = state(production, 8).outputs[0]
    add_note(production, REVIEWED, "李编辑", "年份？", kind=film.kind, sha256=film.sha256,
          start_ms=1000, end_ms=2000)  # fmt: skip
    with production.ledger.read() as session:
        assert len(notes(session, REVIEWED)) == 1
    assert "1" in decision_case(leader, REVIEWED, stage).hindrance


def test_a_send_back_does_what_was_foreseen_or_nothing(production: Production):
    client, _visitor = came(production, "吴馆长")
    told = client.get(f"{STAGE}/consequences", params={"to": "initial_proofreading"}).json()
    lines = {line["stage"]: line for line in told["lines"]}
    assert "李编辑 的签字失效" in lines["07 初校"]["signature"]
    assert any("周技术" in line["signature"] for line in lines.values())
    said = {"to": "initial_proofreading", "reason": "人名有误", "foreseen": "0" * 64}
    assert client.post(f"{STAGE}/send-back", json=said).status_code == 409
    assert state(production, 7).passed
    said["foreseen"] = told["foreseen"]
    assert client.post(f"{STAGE}/send-back", json=said).status_code == 200
    assert not state(production, 7).passed
    assert state(production, 6).passed


def test_a_reason_without_words_is_refused(production: Production):
    client, _visitor = came(production, "吴馆长")
    told = client.get(f"{STAGE}/consequences", params={"to": "11"}).json()
    for reason in ("", " ", "\u200b\x00"):
        said = {"to": "11", "reason": reason, "foreseen": told["foreseen"]}
        assert client.post(f"{STAGE}/send-back", json=said).status_code == 409
