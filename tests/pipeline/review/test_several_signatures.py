"""Several signatures, deputies, and what is signed on paper."""

from __future__ import annotations

import pytest
from toys import TOYS, add_settings

from pipeline.errors import SignOffError
from pipeline.repository.ledger import now_ms
from pipeline.repository.signoff_chain import verify_chain
from pipeline.review.deputies import delegate
from pipeline.review.paper_number import paper_number
from pipeline.review.signoff import approve, confirm_paper, register_paper, send_back, withdraw
from pipeline.review.terminal_signoff import Terminal
from pipeline.stage import Role
from pipeline.tracking import pending_actions as turns
from pipeline.tracking.history import history
from pipeline.workflow.executor import advance
from pipeline.workflow.production import open_home
from pipeline.workflow.roster import add_person
from pipeline.workflow.status import Status

INTERVIEWEE = "wang-guilan"
EPISODE = "wang-guilan/01"
DAY = 86_400_000


@pytest.fixture
def waiting(production, bring):
    """The toy interviewee, with stage 1 before its producer."""
    bring(INTERVIEWEE, "contact_record", "王桂兰")
    advance(production, INTERVIEWEE)
    return production


def first(production):
    return production.states(INTERVIEWEE)[0]


def test_a_stage_that_needs_two_signatures_waits_for_the_second(waiting):
    rule = (
        '[roles.stage.preliminary_communication]\nroles = ["producer"]\ndays = 7\nsignatures = 2\n'
    )
    add_settings(waiting, rule)
    both = open_home(waiting.folder, TOYS)
    add_person(both, "周制片", [Role.PRODUCER])
    approve(both, INTERVIEWEE, both.stage("1"), "赵制片")
    assert first(both).status is Status.GATE
    assert "1 of 2 signatures: 赵制片" in first(both).reason
    with pytest.raises(SignOffError, match="already signed by 赵制片"):
        approve(both, INTERVIEWEE, both.stage("1"), "赵制片")
    approve(both, INTERVIEWEE, both.stage("1"), "周制片")
    assert first(both).status is Status.DONE
    withdraw(both, INTERVIEWEE, both.stage("1"), "赵制片", "second thoughts")
    assert first(both).status is Status.GATE
    assert [a.person for a in first(both).approvals] == ["周制片"]
    both.ledger.close()


def test_a_deputy_signs_for_a_time_and_it_shows(waiting):
    now = now_ms()
    with pytest.raises(SignOffError, match="may not sign"):
        approve(waiting, INTERVIEWEE, waiting.stage("1"), "孙编辑")
    delegate(waiting, "赵制片", "孙编辑", from_ms=now, until_ms=now + DAY, reason="出差")
    row = approve(waiting, INTERVIEWEE, waiting.stage("1"), "孙编辑")
    assert (row.person, row.role) == ("孙编辑", "producer")
    assert "赵制片" in row.reason
    with waiting.ledger.read() as session:
        assert verify_chain(session) == 2


def test_a_deputy_of_yesterday_or_tomorrow_does_not_sign(waiting):
    now = now_ms()
    for begin, end in ((now - 2 * DAY, now - DAY), (now + DAY, now + 2 * DAY)):
        delegate(waiting, "赵制片", "孙编辑", from_ms=begin, until_ms=end, reason="出差")
        with pytest.raises(SignOffError, match="may not sign"):
            approve(waiting, INTERVIEWEE, waiting.stage("1"), "孙编辑")


def test_nobody_stands_in_for_an_interviewee(waiting):
    with pytest.raises(SignOffError, match="no role that can be delegated"):
        delegate(waiting, "王桂兰", "孙编辑", from_ms=0, until_ms=now_ms() + DAY, reason="x")


@pytest.fixture
def on_paper(waiting, bring):
    """The toy production where the interviewee signs stage 7, before that gate; the scan."""
    rule = '[roles.stage.initial_proofreading]\nroles = ["interviewee"]\ndays = 7\n'
    add_settings(waiting, rule)
    made = open_home(waiting.folder, TOYS)
    approve(made, INTERVIEWEE, made.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(made, EPISODE)
    approve(made, EPISODE, made.stage("4"), "钱导演")
    advance(made, EPISODE)
    yield made, bring(EPISODE, "signed_paper", "%PDF-1.4 scan")[0].sha256
    made.ledger.close()


def number(made):
    """What stands on the sheet that is printed now."""
    return paper_number(next(s for s in made.states(EPISODE) if s.stage.number == 7))


def test_a_signed_paper_is_registered_by_one_and_confirmed_by_another(on_paper):
    made, scan = on_paper
    stage = made.stage("7")
    with pytest.raises(SignOffError, match="No signed paper is registered"):
        confirm_paper(made, EPISODE, stage, "孙编辑")
    register_paper(made, EPISODE, stage, scan, "孙编辑", number=number(made))
    state = next(s for s in made.states(EPISODE) if s.stage is stage)
    assert state.status is Status.GATE
    assert "孙编辑 registered the signed paper" in state.reason
    (turn,) = [w for w in turns.pending_actions(made) if w.state.stage.number == 7]
    assert turn.people == ("王桂兰",) and turn.state.registered_by == "孙编辑"
    assert "李编辑" in turn.confirming and not {"孙编辑", "王桂兰"} & set(turn.confirming)
    assert turn in turns.pending_actions(made, "李编辑") and turn not in turns.pending_actions(
        made, "孙编辑"
    )
    with pytest.raises(SignOffError, match="somebody else must confirm"):
        confirm_paper(made, EPISODE, stage, "孙编辑")
    row = confirm_paper(made, EPISODE, stage, "李编辑")
    assert (row.person, row.role, row.via) == ("王桂兰", "interviewee", "paper")
    assert scan in row.reason
    state = next(s for s in made.states(EPISODE) if s.stage is stage)
    assert state.status is Status.DONE


def test_a_paper_for_another_version_is_not_confirmed(on_paper, bring):
    made, scan = on_paper
    stage = made.stage("7")
    register_paper(made, EPISODE, stage, scan, "孙编辑", number=number(made))
    bring(EPISODE, "proofreading_correction", "changed since")
    advance(made, EPISODE)
    with pytest.raises(SignOffError, match="as it is now"):
        confirm_paper(made, EPISODE, stage, "李编辑")


def test_the_number_on_the_paper_says_which_words_were_signed(on_paper, bring):
    made, scan = on_paper
    stage, printed = made.stage("7"), number(made)
    with pytest.raises(SignOffError, match="is missing"):
        register_paper(made, EPISODE, stage, scan, "孙编辑", number=" ")
    bring(EPISODE, "proofreading_correction", "as she wrote it on the paper")
    advance(made, EPISODE)
    assert number(made) != printed
    with pytest.raises(SignOffError, match="signed other words"):
        register_paper(made, EPISODE, stage, scan, "孙编辑", number="0" * 8)
    row = register_paper(made, EPISODE, stage, scan, "孙编辑", number=f" {printed.upper()}")
    assert "稿号" in row.reason, "only her own corrections came since it was printed"

    bring(EPISODE, "finished_cut", "another picture and other words")
    advance(made, EPISODE)
    approve(made, EPISODE, made.stage("4"), "钱导演")
    advance(made, EPISODE)
    with pytest.raises(SignOffError, match="signed other words"):
        register_paper(made, EPISODE, stage, scan, "孙编辑", number=printed)


def test_a_paper_needs_its_scan_and_one_of_the_crew(on_paper):
    made, scan = on_paper
    with pytest.raises(SignOffError, match="was not deposited"):
        register_paper(made, EPISODE, made.stage("7"), "0" * 64, "孙编辑", number=number(made))
    with pytest.raises(SignOffError, match="not of the crew"):
        register_paper(made, EPISODE, made.stage("7"), scan, "王桂兰", number=number(made))
    with pytest.raises(SignOffError, match="not signed on paper"):
        register_paper(made, EPISODE, made.stage("12"), scan, "孙编辑", number=number(made))


def test_a_send_back_clears_every_signature_of_its_stage(waiting):
    approve(waiting, INTERVIEWEE, waiting.stage("1"), "赵制片")
    assert first(waiting).passed
    send_back(waiting, INTERVIEWEE, waiting.stage("1"), waiting.stage("1"), "赵制片", "again")
    advance(waiting, INTERVIEWEE)
    assert first(waiting).approvals == ()


def test_the_command_line_signs_for_the_interviewee_with_a_paper_or_a_reason(on_paper):
    """The history shows in whose name it was signed, and who ran the command."""
    made, _scan = on_paper
    stage = made.stage("7")
    for terminal, refusal in (
        (Terminal("crew"), "in the interviewee's name"),
        (Terminal("crew", "12345678"), "signed other words"),
    ):
        with pytest.raises(SignOffError, match=refusal):
            approve(made, EPISODE, stage, "王桂兰", terminal=terminal)
    row = approve(made, EPISODE, stage, "王桂兰", terminal=Terminal("crew", number(made)))
    assert row.evidence == {"system_user": "crew", "number": number(made)}
    with pytest.raises(SignOffError, match="already signed"):
        approve(made, EPISODE, stage, "王桂兰", reason="本人电话确认", terminal=Terminal("crew"))
    (event,) = [e for e in history(made, EPISODE) if e.who == "王桂兰"]
    assert "by the system user crew" in event.what and number(made) in event.what


def test_the_history_shows_who_ran_registration_and_confirmation(on_paper):
    made, scan = on_paper
    stage = made.stage("7")
    register_paper(
        made, EPISODE, stage, scan, "孙编辑", number=number(made), terminal=Terminal("first")
    )
    confirm_paper(made, EPISODE, stage, "李编辑", terminal=Terminal("second"))
    registered, confirmed = [e.what for e in history(made, EPISODE) if "paper)" in e.what]
    assert "system user first" in registered and "system user second" in confirmed
    assert "first" not in confirmed


def test_a_reason_stands_in_for_the_paper(on_paper):
    made, _scan = on_paper
    row = approve(
        made, EPISODE, made.stage("7"), "王桂兰", reason="本人电话确认", terminal=Terminal("crew")
    )
    assert (row.reason, row.evidence) == ("本人电话确认", {"system_user": "crew"})
