"""At a form in Prefect only a code makes a signature; whatever is wrong, the form asks again."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from flows.signoff_gate import APPROVE, SEND_BACK, Answer, _answer, form, record
from flows.subject_status import subject_status
from flows.views.markdown import describe
from pipeline.review.signing_codes import make_code
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_episode, add_interviewee

EPISODE = "wang-guilan/01"


@pytest.fixture
def at_gate(tmp_path, make_home, bring_to) -> Production:
    """The toy episode waits for the director at stage 4, and forms ask for codes."""
    made = make_home(tmp_path / "home", codes=True)
    add_interviewee(made, "wang-guilan", "王桂兰", field="culture")
    add_episode(made, "wang-guilan", "童年")
    bring_to(made, "wang-guilan", "contact_record", "王桂兰")
    advance(made, "wang-guilan")
    approve(made, "wang-guilan", made.stage("1"), "赵制片")
    bring_to(made, EPISODE, "finished_cut", "picture")
    advance(made, EPISODE)
    yield made
    made.ledger.close()


def look(production):
    return subject_status(production, production.states(EPISODE))


def test_the_form_asks_for_a_code_and_says_where_to_get_one(at_gate):
    now = look(at_gate)
    asked = form(at_gate, now)
    assert asked.model_json_schema()["required"] == ["decision", "signer", "code"]
    with pytest.raises(ValidationError):
        asked(decision=APPROVE, signer="钱导演")
    assert f"chifeng code {EPISODE} 4" in describe(at_gate, now)


def test_nobody_signs_in_anothers_name(at_gate):
    now = look(at_gate)
    code = make_code(at_gate, EPISODE, at_gate.stage("4"), "李编辑").digits
    assert "none was asked for" in record(at_gate, now, Answer(now.digest, APPROVE, "钱导演"))
    wrong = Answer(now.digest, APPROVE, "钱导演", code=code)
    assert "none was asked for" in record(at_gate, now, wrong)
    assert "called" in record(at_gate, now, Answer(now.digest, APPROVE, "路人", code=code))
    assert look(at_gate).gate is not None
    assert record(at_gate, now, Answer(now.digest, APPROVE, "李编辑", code=code)) == ""
    (signed,) = at_gate.states(EPISODE)[0].approvals
    assert (signed.person, signed.via) == ("李编辑", "Prefect form, with code")


def test_a_refused_form_may_be_sent_again_with_the_same_code(at_gate, monkeypatch):
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    now = look(at_gate)
    code = make_code(at_gate, EPISODE, at_gate.stage("4"), "钱导演").digits
    empty = Answer(now.digest, SEND_BACK, "钱导演", code=code)
    complaint = record(at_gate, now, empty)
    assert "须写明理由" in complaint
    assert complaint in describe(at_gate, now, complaint)
    wrong = record(at_gate, now, Answer(now.digest, APPROVE, "钱导演", code="00"))
    assert "验证码不对" in describe(at_gate, now, wrong)
    assert record(at_gate, now, Answer(now.digest, APPROVE, "钱导演", code=code)) == ""


@pytest.mark.parametrize("value", [None, "approve", ["approve"], 3, {}, {"decision": None}])
def test_whatever_is_sent_past_the_form_decides_nothing(at_gate, value):
    now = look(at_gate)
    assert record(at_gate, now, _answer(now.digest, value)) == ""
    odd = _answer(now.digest, {"decision": ["x"], "signer": {}, "code": 3})
    assert "called" in record(at_gate, now, odd) or "code" in record(at_gate, now, odd)
    assert look(at_gate).gate is not None
