"""Waiting, history, plan and audit say what is so."""

from __future__ import annotations

import pytest

from pipeline.kinds import KINDS
from pipeline.preservation.audit import audit
from pipeline.review.deputies import delegate
from pipeline.review.signoff import approve, send_back
from pipeline.tracking.history import history
from pipeline.tracking.pending_actions import pending_actions
from pipeline.workflow.executor import advance
from pipeline.workflow.impact import Effect, plan
from pipeline.workflow.scheduling.requests import ledger_version
from pipeline.workflow.status import Status

EPISODE = "wang-guilan/01"


@pytest.fixture
def signed(production, bring):
    """The toy episode, signed up to stage 7."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    for number, person in (("4", "钱导演"), ("7", "孙编辑")):
        advance(production, EPISODE)
        approve(production, EPISODE, production.stage(number), person)
    advance(production, EPISODE)
    return production


def test_what_waits_names_who_and_since_when(signed):
    found = {(w.state.subject.slug, w.state.stage.number): w for w in pending_actions(signed)}
    gate = found[EPISODE, 12]
    assert gate.status is Status.GATE
    assert gate.people == ("李编辑", "钱导演")
    assert gate.since_ms == signed.states(EPISODE)[-1].run.finished_ms
    assert gate.due_ms - gate.since_ms == 5 * 86_400_000
    assert not gate.late
    other = found["wang-guilan/02", 4]
    assert other.status is Status.DEPOSIT
    approved = signed.states("wang-guilan")[0].approval
    assert other.since_ms == approved.at_ms
    assert {w.state.stage.number for w in pending_actions(signed, "孙编辑")} == set()


def test_the_history_tells_everything_in_order(signed, bring):
    send_back(signed, EPISODE, signed.stage("12"), signed.stage("7"), "钱导演", "错字")
    bring(EPISODE, "proofreading_correction", "corrected")
    advance(signed, EPISODE)
    events = history(signed, EPISODE)
    assert [e.at_ms for e in events] == sorted(e.at_ms for e in events)
    assert [e.who for e in events if e.stage == "initial_proofreading"] == [
        "", "孙编辑", "钱导演", "",
    ]  # fmt: skip
    back = next(e for e in events if "sent" in e.what)
    assert back.reason == "错字"
    redone = events[-1]
    assert redone.before.read_text("utf-8") != redone.after.read_text("utf-8") == "corrected"


def effects(steps):
    return {s.state.stage.number: (s.work, s.signature) for s in steps}


def test_the_plan_of_nothing_new_keeps_everything(signed):
    assert set(effects(plan(signed, EPISODE)).values()) == {
        (Effect.KEEPS, Effect.KEEPS), (Effect.KEEPS, Effect.NONE),
    }  # fmt: skip


def test_the_plan_of_a_send_back_says_what_runs_and_what_lapses(signed):
    assert effects(plan(signed, EPISODE, send_back_to=signed.stage("4"))) == {
        4: (Effect.RUNS, Effect.LAPSES),
        6: (Effect.IF_CHANGED, Effect.NONE),
        7: (Effect.IF_CHANGED, Effect.IF_CHANGED),
        12: (Effect.IF_CHANGED, Effect.NONE),
    }


def test_the_plan_of_a_deposit_leaves_earlier_stages_alone(signed):
    steps = plan(signed, EPISODE, deposit=KINDS["proofreading_correction"])
    assert effects(steps)[6] == (Effect.KEEPS, Effect.NONE)
    assert effects(steps)[7] == (Effect.RUNS, Effect.IF_CHANGED)
    assert steps[2].because == ("proofreading_correction",)
    assert steps[2].signer == "孙编辑"


def test_the_plan_does_not_name_a_signature_that_has_lapsed_already(signed, bring):
    bring(EPISODE, "proofreading_correction", "corrected")
    advance(signed, EPISODE)
    step = plan(signed, EPISODE)[2]
    assert (step.work, step.signature, step.signer) == (Effect.KEEPS, Effect.NONE, "")


def test_the_plan_for_an_interviewee_goes_on_to_the_episodes(signed):
    for steps in (
        plan(signed, EPISODE, send_back_to=signed.stage("1")),
        plan(signed, EPISODE, deposit=KINDS["contact_record"]),
        plan(signed, "wang-guilan", deposit=KINDS["contact_record"]),
    ):
        found = {(s.state.subject.slug, s.state.stage.number): s for s in steps}
        assert found["wang-guilan", 1].work is Effect.RUNS
        assert found[EPISODE, 4].work is Effect.IF_CHANGED
        assert found[EPISODE, 4].signature is Effect.IF_CHANGED
        assert found[EPISODE, 4].because == ("interviewee_file",)
        assert found["wang-guilan/02", 4].signature is Effect.NONE


def test_the_plan_leaves_a_released_episode_at_rest_until_it_is_reopened(signed):
    approve(signed, EPISODE, signed.stage("12"), "钱导演")
    steps = plan(signed, EPISODE, send_back_to=signed.stage("1"))
    assert {s.work for s in steps if s.state.subject.slug == EPISODE} == {Effect.KEEPS}
    reopened = effects(plan(signed, EPISODE, send_back_to=signed.stage("7")))
    assert reopened == {
        4: (Effect.KEEPS, Effect.KEEPS),
        6: (Effect.KEEPS, Effect.NONE),
        7: (Effect.RUNS, Effect.LAPSES),
        12: (Effect.IF_CHANGED, Effect.IF_CHANGED),
    }


def test_planning_changes_nothing(signed):
    before = ledger_version(signed)
    plan(signed, EPISODE, send_back_to=signed.stage("4"))
    plan(signed, EPISODE, deposit=KINDS["edit_list"])
    assert ledger_version(signed) == before


def test_the_plan_comes_true(signed, bring):
    from toys import calls

    bring(EPISODE, "proofreading_correction", "corrected")
    will_run = [s.state.stage.slug for s in plan(signed, EPISODE) if s.work is Effect.RUNS]
    calls.clear()
    advance(signed, EPISODE)
    approve(signed, EPISODE, signed.stage("7"), "孙编辑")
    advance(signed, EPISODE)
    assert calls == will_run == ["initial_proofreading", "final_revision"]


def test_the_audit_takes_no_deputy_for_a_file(signed):
    delegate(signed, "钱导演", "孙编辑", from_ms=1, until_ms=2, reason="出差")
    found = audit(signed)
    assert (found.signoffs, found.files, found.faults) == (4, 6, ())
