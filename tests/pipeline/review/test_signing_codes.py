"""A one-time code opens one gate, as it is, to one person, for some minutes, once."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from toys import at_the_cut

from pipeline.core import secret_hashes
from pipeline.core.security_log import security_log
from pipeline.errors import NotFoundError, SignOffError
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import CodeRow
from pipeline.review import signing_codes
from pipeline.review.signing_codes import make_code, redeem_code
from pipeline.review.signoff import send_back
from pipeline.workflow.executor import advance, state_of

EPISODE = "wang-guilan/01"
DIRECTOR = "钱导演"


@pytest.fixture
def place() -> str:
    """In SQLite alone: nothing here depends on the database."""
    return ""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(secret_hashes, "_hasher", lambda: quick)


@pytest.fixture
def gate(production, bring):
    """The toy episode waits for the director at stage 4."""
    return at_the_cut(production, bring)


def ask(production, person=DIRECTOR, number="4", slug=EPISODE) -> str:
    return make_code(production, slug, production.stage(number), person).digits


def show(production, code, person=DIRECTOR) -> str:
    """Show a code; return why it is refused, or nothing."""
    state = state_of(production, EPISODE, production.stage("4"))
    try:
        with redeem_code(production, state, person, code):
            pass
    except SignOffError as error:
        return error.what
    return ""


def rows(production):
    with production.ledger.read() as session:
        return list(session.scalars(select(CodeRow).order_by(CodeRow.id)))


def test_it_opens_once_however_it_is_typed(gate):
    code = ask(gate)
    assert len(code) == 9 and code.replace(" ", "").isdigit()
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else "　" for c in code)
    assert show(gate, f" {wide} ") == ""
    assert show(gate, code) == "This code was used already."


def test_without_one_nothing_opens(gate):
    assert "none was asked for" in show(gate, "")
    ask(gate)
    assert show(gate, "") == "The code is not right."
    with pytest.raises(NotFoundError):
        show(gate, "", "路人")


def test_it_is_for_one_person(gate):
    code = ask(gate, "李编辑")
    ask(gate)
    assert show(gate, code) == "The code is not right."
    assert show(gate, code, "李编辑") == ""


def test_it_is_for_what_lies_at_the_gate(gate, bring):
    code = ask(gate)
    bring(EPISODE, "finished_cut", "another picture")
    advance(gate, EPISODE)
    assert "changed since" in show(gate, code)
    again = ask(gate)
    stage = gate.stage("4")
    send_back(gate, EPISODE, stage, stage, DIRECTOR, "look again")
    advance(gate, EPISODE)
    assert "changed since" in show(gate, again)


def test_it_runs_out(gate, monkeypatch):
    code = ask(gate)
    minutes = gate.settings.flows.code_minutes
    monkeypatch.setattr(signing_codes, "now_ms", lambda: now_ms() + minutes * 60_000)
    assert show(gate, code) == "The code has run out."


def test_after_too_many_wrong_ones_a_new_one_must_be_asked_for(gate):
    code = ask(gate)
    said = [show(gate, "00") for _n in range(gate.settings.flows.code_tries)]
    assert set(said) == {"The code is not right."}
    assert show(gate, code) == "There were too many wrong codes."
    assert show(gate, ask(gate)) == ""


def test_many_at_once_are_no_way_around_the_limit(gate):
    code = ask(gate)
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda: said.append(show(gate, "00")))
        for _n in range(gate.settings.flows.code_tries + 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("The code is not right.") == gate.settings.flows.code_tries
    assert show(gate, code) == "There were too many wrong codes."


def test_the_latest_one_counts(gate):
    first, second = ask(gate), ask(gate)
    assert show(gate, first) == "The code is not right."
    assert show(gate, second) == ""


def test_what_is_refused_does_not_use_it_up(gate):
    code = ask(gate)
    state = state_of(gate, EPISODE, gate.stage("4"))
    with pytest.raises(SignOffError, match="reason"), redeem_code(gate, state, DIRECTOR, code):
        send_back(gate, EPISODE, gate.stage("4"), gate.stage("4"), DIRECTOR, "")
    assert show(gate, code) == ""


def test_who_may_not_sign_gets_none(gate):
    with pytest.raises(SignOffError, match="may not sign"):
        ask(gate, "孙编辑")
    with pytest.raises(SignOffError, match="nothing to sign yet"):
        ask(gate, "孙编辑", "7")
    assert rows(gate) == []


def test_neither_ledger_nor_log_holds_it(gate):
    security_log(gate.folder)
    code = ask(gate)
    show(gate, "00")
    show(gate, code)
    (row,) = rows(gate)
    assert row.code_hash.startswith("$argon2id$") and row.used_ms and row.attempts == 1
    logged = (gate.folder / "logs" / "security.log").read_text("utf-8")
    for part in ("was given a code", "wrong code for '钱导演'", "used at wang-guilan/01"):
        assert part in logged
    assert code not in logged and code.replace(" ", "") not in logged
