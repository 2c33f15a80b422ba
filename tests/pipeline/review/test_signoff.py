"""Signatures bind to what was seen, lapse when it changes, and cannot be forged unnoticed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from toys import add_settings, calls

from pipeline.delivery.release import release
from pipeline.errors import NotFoundError, RecordError, SignOffError
from pipeline.kinds import KINDS
from pipeline.repository.signoff_chain import verify_chain
from pipeline.repository.tables import SignOffRow
from pipeline.review.signoff import approve, send_back, withdraw
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest.deposits import take_back
from pipeline.workflow.stage_state import is_released
from pipeline.workflow.status import Status

pytestmark = pytest.mark.both_databases

EPISODE = "wang-guilan/01"


def sign(production, number, person, slug=EPISODE, **options):
    return approve(production, slug, production.stage(str(number)), person, **options)


def state(production, number, slug=EPISODE):
    return next(s for s in production.states(slug) if s.stage.number == number)


@pytest.fixture
def released(production, bring):
    """The toy episode, released."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    sign(production, 1, "赵制片", "wang-guilan")
    bring(EPISODE, "finished_cut", "picture")
    for number, person in ((4, "钱导演"), (7, "孙编辑"), (12, "钱导演")):
        advance(production, EPISODE)
        sign(production, number, person)
    return production


def test_signing_needs_the_role(production, bring):
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    with pytest.raises(SignOffError, match="may not sign"):
        sign(production, 1, "孙编辑", "wang-guilan")
    with pytest.raises(NotFoundError):
        sign(production, 1, "无名氏", "wang-guilan")


def test_nothing_is_signed_before_it_is_made_or_twice(production, bring):
    with pytest.raises(SignOffError, match="nothing to sign yet"):
        sign(production, 1, "赵制片", "wang-guilan")
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    sign(production, 1, "赵制片", "wang-guilan")
    with pytest.raises(SignOffError, match="already signed by 赵制片"):
        sign(production, 1, "赵制片", "wang-guilan")


def test_an_automatic_stage_is_not_signed(released):
    with pytest.raises(SignOffError, match="needs no signature"):
        sign(released, 6, "孙编辑")


def test_an_error_forbids_the_signature(released, bring):
    send_back(released, EPISODE, released.stage("12"), released.stage("7"), "钱导演", "typo")
    bring(EPISODE, "proofreading_correction", "a mistake")
    advance(released, EPISODE)
    with pytest.raises(SignOffError, match="there is a mistake in it"):
        sign(released, 7, "孙编辑")


def test_what_changed_since_it_was_looked_at_is_not_signed(released, bring):
    send_back(released, EPISODE, released.stage("12"), released.stage("7"), "钱导演", "typo")
    advance(released, EPISODE)
    seen = state(released, 7).signs
    bring(EPISODE, "proofreading_correction", "new")
    advance(released, EPISODE)
    with pytest.raises(SignOffError, match="has changed since you looked"):
        sign(released, 7, "孙编辑", seen=seen)


def test_a_released_episode_rests(released, bring):
    assert is_released(released.states(EPISODE))
    with pytest.raises(SignOffError, match="is released"):
        bring(EPISODE, "proofreading_correction", "late")
    add_settings(released, '[speech]\nmodel = "small"\n')
    calls.clear()
    advance(released, EPISODE)
    assert calls == []
    folder = release(released, EPISODE)
    record = json.loads(
        (released.folder / "records" / "wang-guilan-01-sign-offs.json").read_text("utf-8")
    )
    assert [row["person"] for row in record] == ["赵制片", "钱导演", "孙编辑", "钱导演"]
    assert sorted(p.name for p in folder.iterdir()) == ["out.mp4"]


def test_reopening_redoes_what_is_affected_and_identical_results_stay_approved(released, bring):
    send_back(released, EPISODE, released.stage("12"), released.stage("4"), "钱导演", "recheck")
    calls.clear()
    advance(released, EPISODE)
    assert calls == ["video_editing"]
    assert state(released, 4).status is Status.GATE
    assert "钱导演 sent it back: recheck" in state(released, 4).reason
    sign(released, 4, "钱导演")
    advance(released, EPISODE)
    assert calls == ["video_editing"]
    assert state(released, 7).status is Status.DONE
    assert is_released(released.states(EPISODE)), "all that follows is byte-identical"


def test_a_changed_result_lapses_the_signatures_after_it(released, bring):
    send_back(released, EPISODE, released.stage("12"), released.stage("7"), "钱导演", "typo")
    bring(EPISODE, "proofreading_correction", "corrected")
    advance(released, EPISODE)
    sign(released, 7, "孙编辑")
    advance(released, EPISODE)
    assert state(released, 12).status is Status.GATE
    assert "has changed since" in state(released, 12).reason
    assert state(released, 4).status is Status.DONE


def test_an_approval_of_another_version_has_the_earlier_ones_lapse_for_good(released, bring):
    """Taking a correction back shows what somebody signed before it; the last word was another."""
    send_back(released, EPISODE, released.stage("12"), released.stage("7"), "钱导演", "typo")
    advance(released, EPISODE)
    sign(released, 7, "李编辑")
    advance(released, EPISODE)
    withdraw(released, EPISODE, released.stage("12"), "钱导演", "one more thing")
    (brought,) = bring(EPISODE, "proofreading_correction", "corrected")
    advance(released, EPISODE)
    assert state(released, 7).approvals == ()
    sign(released, 7, "孙编辑")
    kind = KINDS["proofreading_correction"]
    take_back(released, EPISODE, kind, brought.sha256, "孙编辑")
    assert state(released, 7).status is Status.GATE
    assert state(released, 7).approvals == ()


def test_withdrawing_takes_back_only_ones_own(released):
    with pytest.raises(SignOffError, match="has no approval"):
        withdraw(released, EPISODE, released.stage("7"), "李编辑", "not me")
    withdraw(released, EPISODE, released.stage("7"), "孙编辑", "second thoughts")
    assert state(released, 7).status is Status.GATE
    assert state(released, 12).status is Status.WAITS


def test_a_send_back_needs_a_reason_and_an_earlier_stage(released):
    with pytest.raises(SignOffError, match="reason"):
        send_back(released, EPISODE, released.stage("12"), released.stage("7"), "钱导演", " ")
    with pytest.raises(SignOffError, match="comes after"):
        send_back(released, EPISODE, released.stage("4"), released.stage("7"), "钱导演", "x")


def test_saving_over_somebodys_later_version_is_refused(released, bring):
    send_back(released, EPISODE, released.stage("12"), released.stage("7"), "钱导演", "typo")
    first = bring(EPISODE, "proofreading_correction", "one")[0].sha256
    bring(EPISODE, "proofreading_correction", "two", "李编辑", supersedes=first)
    with pytest.raises(SignOffError, match="李编辑 has saved another version"):
        bring(EPISODE, "proofreading_correction", "three", supersedes=first)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE signoff SET person = '别人' WHERE id = 2",
        "UPDATE signoff SET digests = '[]' WHERE id = 2",
        "DELETE FROM signoff WHERE id = 2",
        "UPDATE signoff SET at_ms = at_ms + 1 WHERE id = 1",
    ],
)
def test_tampering_shows(released, tampering):
    with released.ledger.read() as session:
        assert verify_chain(session) == 4
    with released.ledger.write() as session:
        session.execute(text(tampering))
    with released.ledger.read() as session, pytest.raises(RecordError, match="tampered"):
        verify_chain(session)


def test_every_row_names_what_it_signed(released):
    with released.ledger.read() as session:
        row = session.get(SignOffRow, 4)
    assert row.stage == "final_revision"
    assert row.digests == [["master", state(released, 12).outputs[0].sha256]]
