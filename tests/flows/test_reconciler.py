"""Prefect is made to agree with the ledger, whatever happened to its runs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateDetails
from prefect.states import Cancelled, Completed, Crashed, Failed, Running, Scheduled

from flows.subject_status import subject_status, subject_tag
from flows.sync.flow_runs import PARAMETER
from flows.sync.reconciler import Reconciler
from pipeline.review.signoff import approve, send_back
from pipeline.workflow.executor import advance
from pipeline.workflow.roster import add_interviewee
from pipeline.workflow.scheduling.pause import pause, resume
from pipeline.workflow.scheduling.requests import request, requests, stop
from pipeline.workflow.scheduling.rests import rests, stalled

GUILAN = "wang-guilan"
EPISODE = "wang-guilan/01"


class FakeRuns:
    """Keeps flow runs as Prefect does; tests/flows/test_live.py holds the real one to the same."""

    def __init__(self) -> None:
        self.all: list[FlowRun] = []
        self.resumed: list[FlowRun] = []
        self.reason = ""
        self.deleted: set[UUID] = set()

    def has_deployment(self, run):
        return run.deployment_id not in self.deleted

    def live(self):
        return [run for run in self.all if not run.state.is_final()]

    def recent(self, slug, limit=10):
        return [run for run in reversed(self.all) if subject_tag(slug) in run.tags][:limit]

    def start(self, subject, tags):
        run = FlowRun(
            id=uuid4(), flow_id=uuid4(), deployment_id=uuid4(),
            parameters={PARAMETER: subject.slug}, tags=list(tags),
        )  # fmt: skip
        self.all.append(run)
        self.become(run, Scheduled())
        return run

    def resume(self, run):
        self.resumed.append(run)
        self.become(run, Scheduled(name="Resuming"))

    def abandon(self, run):
        self.become(run, Crashed())

    def obstacle(self, run):
        return self.reason

    def become(self, run: FlowRun, state: State) -> None:
        time.sleep(0.002)  # later than what was recorded before
        run.state, run.state_type, run.state_name = state, state.type, state.name

    def suspend(self, run: FlowRun, digest: str) -> None:
        details = StateDetails(pause_key=f"{digest}-0")
        self.become(run, State(type="PAUSED", name="Suspended", state_details=details))

    def slugs(self):
        return [run.parameters[PARAMETER] for run in self.all]


@pytest.fixture
def runs() -> FakeRuns:
    return FakeRuns()


@pytest.fixture
def look(production, runs):
    """Look once."""
    reconciler = Reconciler(production, runs)
    return reconciler.look


def digest(production, slug):
    return subject_status(production, production.states(slug)).digest


def sign(production, slug, number, person):
    approve(production, slug, production.stage(str(number)), person)


@pytest.fixture
def signed(production, bring):
    """The interviewee's stages are done, and somebody asked for all of it."""
    bring(GUILAN, "contact_record", "王桂兰")
    request(production, GUILAN)
    advance(production, GUILAN)
    sign(production, GUILAN, 1, "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    return production


def test_nothing_is_started_that_nobody_asked_for(bring, look, runs):
    bring(GUILAN, "contact_record", "王桂兰")
    look()
    assert runs.all == []


def test_what_was_asked_for_has_one_run_however_often_one_looks(production, look, runs):
    request(production, GUILAN)
    for _ in range(3):
        look()
    assert runs.slugs() == [GUILAN]


def test_the_episodes_follow_once_the_interviewee_is_done(signed, look, runs):
    look()
    assert runs.slugs() == [EPISODE, "wang-guilan/02"]


def test_a_run_that_was_deleted_is_made_again(production, look, runs):
    request(production, GUILAN)
    look()
    runs.all.clear()
    look()
    assert runs.slugs() == [GUILAN]


def test_a_suspended_run_is_resumed_when_the_sign_off_comes_from_elsewhere(signed, look, runs):
    advance(signed, EPISODE)
    look()
    run = runs.all[0]
    runs.suspend(run, digest(signed, EPISODE))
    look()
    assert runs.resumed == []
    sign(signed, EPISODE, 4, "钱导演")
    look()
    assert runs.resumed == [run]


def test_a_run_that_sees_something_else_is_not_resumed_for_ever(signed, look, runs):
    look()
    for _ in range(3):
        runs.suspend(runs.all[0], "0123")
        look()
    assert len(runs.resumed) == 1


def test_what_a_director_cancelled_rests_until_somebody_asks(production, look, runs):
    request(production, GUILAN)
    look()
    runs.become(runs.all[0], Cancelled())
    look()
    look()
    assert len(runs.all) == 1
    assert not requests(production)[GUILAN].wanted  # also when Prefect has forgotten
    runs.all.clear()
    look()
    assert runs.all == []
    request(production, GUILAN)
    look()
    assert len(runs.all) == 1


def test_an_episode_can_rest_while_the_others_go_on(signed, look, runs):
    stop(signed, EPISODE)
    look()
    assert runs.slugs() == ["wang-guilan/02"]


def test_a_failed_stage_is_tried_again_when_asked_or_when_its_inputs_change(
    production, bring, look, runs
):
    bring(GUILAN, "contact_record", "explode")
    request(production, GUILAN)
    look()
    for times in (1, 2):
        with pytest.raises(RuntimeError):
            advance(production, GUILAN)
        runs.become(runs.all[-1], Failed())
        look()
        assert len(runs.all) == times
        time.sleep(0.002)
        request(production, GUILAN)
        look()
        assert len(runs.all) == times + 1
    with pytest.raises(RuntimeError):
        advance(production, GUILAN)
    runs.become(runs.all[-1], Failed())
    bring(GUILAN, "contact_record", "better")
    look()
    assert len(runs.all) == 4


def test_a_run_whose_process_crashed_is_started_again_but_not_for_ever(production, look, runs):
    request(production, GUILAN)
    for _ in range(8):
        look()
        runs.become(runs.all[-1], Crashed())
    assert len(runs.all) == 4
    time.sleep(0.002)
    request(production, GUILAN)
    look()
    assert len(runs.all) == 5


def test_what_is_released_needs_no_run_until_it_is_reopened(signed, look, runs):
    for number, person in ((4, "钱导演"), (7, "孙编辑"), (12, "钱导演")):
        advance(signed, EPISODE)
        sign(signed, EPISODE, number, person)
    look()
    assert runs.slugs() == ["wang-guilan/02"]
    send_back(signed, EPISODE, signed.stage("12"), signed.stage("7"), "钱导演", "a wrong name")
    look()
    assert runs.slugs() == ["wang-guilan/02", EPISODE]


def test_a_run_begun_by_name_in_the_prefect_form_is_recognised(production, look, runs):
    request(production, GUILAN)
    by_name = FlowRun(id=uuid4(), flow_id=uuid4(), parameters={PARAMETER: " 王桂兰 "})
    runs.all.append(by_name)
    runs.become(by_name, Running())
    look()
    assert runs.all == [by_name]


def test_new_settings_are_seen(signed, runs):
    reconciler = Reconciler(signed, runs)
    before = reconciler.look()[EPISODE].digest
    settings = signed.folder / "settings.toml"
    settings.write_text(settings.read_text("utf-8") + "[editing]\ncrf = 30\n", "utf-8")
    assert reconciler.look()[EPISODE].digest != before
    settings.write_text("nonsense", "utf-8")
    assert reconciler.look()[EPISODE].digest != before


def test_a_finished_run_of_a_subject_with_something_new_is_followed_by_another(signed, look, runs):
    look()
    runs.become(runs.all[0], Completed())
    look()
    assert runs.slugs() == [EPISODE, "wang-guilan/02", EPISODE]


def test_what_is_due_sooner_goes_first_and_the_rest_waits_its_turn(production, look, runs):
    names = [f"guest-{n}" for n in range(8)]
    for n, name in enumerate(names):
        add_interviewee(production, name, name, field="culture")
        request(production, name, due_ms=(8 - n) * 1000 if n else 0)
    look()
    assert runs.slugs() == names[:3:-1], "two for each that may have a process"
    look()
    assert len(runs.all) == 4
    runs.become(runs.all[0], Running())
    request(production, "guest-1", due_ms=1)
    look()
    assert runs.slugs()[4:] == ["guest-1"], "it has become urgent"
    for run in runs.all:
        runs.become(run, Running())
    look()
    assert runs.slugs()[5:] == ["guest-3", "guest-2", "guest-0"]


def test_an_episode_is_due_when_its_interviewee_is(signed, look, runs):
    request(signed, GUILAN, due_ms=2000)
    request(signed, "wang-guilan/02", due_ms=1000)
    look()
    assert runs.slugs() == ["wang-guilan/02", EPISODE]


def test_what_is_planned_for_later_keeps_nobody_waiting(production, look, runs):
    later = datetime.now(UTC) + timedelta(days=1)
    for n in range(4):
        add_interviewee(production, f"later-{n}", f"later-{n}", field="culture")
        run = runs.start(production.states(f"later-{n}")[0].subject, [])
        runs.become(run, Scheduled(scheduled_time=later))
    request(production, GUILAN)
    look()
    assert runs.slugs()[4:] == [GUILAN]


def test_while_it_is_paused_nothing_is_started_or_resumed(signed, look, runs):
    pause(signed, by="钱导演")
    look()
    assert runs.all == []
    resume(signed, by="钱导演")
    look()
    assert len(runs.all) == 2


def test_what_a_pause_kept_from_beginning_is_resumed_after_it_each_time(signed, look, runs):
    look()
    run = runs.all[0]
    for _ in range(2):
        runs.suspend(run, digest(signed, EPISODE))  # its stage is ready, and was not begun
        pause(signed, by="钱导演")
        look()
        resume(signed, by="钱导演")
        look()
    assert runs.resumed == [run, run]


def a_minute_ago(run):
    old = datetime.now(UTC) - timedelta(seconds=70)
    details = StateDetails(scheduled_time=old)
    run.state = run.state.model_copy(update={"timestamp": old, "state_details": details})


def test_a_run_whose_deployment_was_deleted_is_replaced(production, look, runs):
    request(production, GUILAN)
    look()
    runs.become(runs.all[0], Scheduled(name="Resuming"))
    runs.deleted.add(runs.all[0].deployment_id)
    look()
    assert runs.slugs() == [GUILAN, GUILAN]
    assert [run.state_type.value for run in runs.all] == ["CRASHED", "SCHEDULED"]


def test_a_run_that_no_worker_takes_within_a_minute_is_told_with_the_reason(production, look, runs):
    request(production, GUILAN)
    look()
    runs.reason = "the work queue is paused"
    look()
    assert stalled(production) == {}
    a_minute_ago(runs.all[0])
    look()
    assert stalled(production) == {GUILAN: f"{GUILAN}: the work queue is paused"}
    runs.become(runs.all[0], Running())
    look()
    assert stalled(production) == {}


def test_a_pending_run_that_nothing_holds_up_is_told_too(production, look, runs):
    request(production, GUILAN)
    look()
    runs.become(runs.all[0], State(type="PENDING", name="Pending"))
    a_minute_ago(runs.all[0])
    look()
    assert "Pending" in stalled(production)[GUILAN]


def test_what_was_cancelled_in_prefect_is_said_to_rest(production, look, runs):
    request(production, GUILAN)
    look()
    runs.become(runs.all[0], Cancelled())
    look()
    found = rests(production, production.summaries())
    assert found[GUILAN].via == "Prefect"
    assert "chifeng produce wang-guilan" in found[GUILAN].words
    request(production, GUILAN)
    assert rests(production, production.summaries()) == {}
