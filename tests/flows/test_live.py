"""On a real Prefect server and runner: gates, forms, and everything killed or deleted.

The tests share one server, because starting one takes long; each has an interviewee of its own, and
lets it rest at the end. The last one kills all of it.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator

import pytest
from prefect.states import Cancelling, Scheduled
from toys import TOYS
from toys.live import Live, kill, until, words

from flows.client import produce
from flows.production import produce_interviewee
from flows.signoff_gate import APPROVE, SEND_BACK
from flows.subject_status import subject_status
from flows.sync.flow_runs import DEPLOYMENTS, ERRANDS
from pipeline.review.signing_codes import make_code
from pipeline.review.signoff import send_back
from pipeline.stage import Scope
from pipeline.tracking.history import history
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.pause import pause, resume
from pipeline.workflow.scheduling.requests import requests, stop

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

FIRST, *OTHERS = [stage.slug for stage in TOYS]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, make_home) -> Iterator[Live]:
    """A toy production, up, in a folder of a name that needs care."""
    made = Live(make_home(tmp_path_factory.mktemp("live") / "家 home", 2.0, codes=True))
    with made.up():
        yield made
    made.production.ledger.close()


@pytest.fixture
def subject(live: Live, request: pytest.FixtureRequest, bring_to) -> Iterator[str]:
    """A new interviewee with a contact record, and an episode with a finished cut."""
    slug = request.node.name.replace("_", "-")[:50]
    add_interviewee(live.production, slug, slug, field="culture")
    add_episode(live.production, slug, "童年")
    bring_to(live.production, slug, "contact_record", slug)
    bring_to(live.production, f"{slug}/01", "finished_cut", "picture")
    yield slug
    stop(live.production, slug)


def test_from_the_trigger_through_forms_and_other_doors_to_the_release(live, subject):
    episode = f"{subject}/01"
    triggered = produce(live.production, subject)
    assert triggered.url == f"{live.address}/runs/flow-run/{triggered.id}"
    run = live.until_suspended(subject, "producer to sign")
    assert str(run.id) == triggered.id

    # an empty form and an unknown person are refused by Prefect, a wrong answer by us
    answer = live.client.resume_flow_run
    producer = {"decision": APPROVE, "signer": "赵制片"}
    assert answer(run.id, {}).status == "REJECT"
    assert answer(run.id, producer).status == "REJECT"
    assert answer(run.id, {**producer, "signer": "路人", "code": "1"}).status == "REJECT"
    answer(run.id, {**producer, "code": "1234 5678"})
    until(lambda: "none was asked for" in form(live, run.id) or None)
    code = make_code(live.production, subject, live.production.stage("1"), "赵制片").digits
    answer(run.id, {**producer, "code": "00"})
    until(lambda: "The code is not right" in form(live, run.id) or None)
    answer(run.id, {**producer, "decision": SEND_BACK, "code": code})
    until(lambda: "A reason is needed" in form(live, run.id) or None)
    answer(run.id, {**producer, "code": code})

    live.sign(episode, 4)  # at another door, and at once
    run = live.until_suspended(episode, "editor to sign")
    code = make_code(live.production, episode, live.production.stage("7"), "孙编辑").digits
    back = {
        "signer": "孙编辑", "reason": "wrong names", "send_back_to": "06 字幕初稿", "code": code,
    }  # fmt: skip
    answer(run.id, {"decision": SEND_BACK, **back})
    until(lambda: live.performed(episode).count("first_version_subtitles") == 2 or None)
    live.sign(episode, 7)
    live.sign(episode, 12)

    done = live.until_state(episode, "Completed")
    assert done.id == run.id
    assert done.name == f"{subject} · 01 童年"
    assert str(live.until_state(subject, "Completed").id) == triggered.id
    assert live.performed(subject) == [FIRST]
    assert live.performed(episode) == [*OTHERS[:3], "first_version_subtitles", OTHERS[3]]
    tasks = [t.name for t in live.client.read_task_runs() if t.flow_run_id == run.id]
    assert set(tasks) == {stage.task_name for stage in TOYS[1:]}
    assert len(tasks) == 5
    until(lambda: shown_as_done(live.client, done.name) or None)
    said = [event.what for event in history(live.production, episode) if event.who == "孙编辑"]
    assert "(Prefect form, with code)" in said[-2]
    assert "'孙编辑' used at" in (live.production.folder / "logs" / "security.log").read_text()


def form(live, run_id):
    """What Prefect has to show beside the button."""
    entries = live.client.filter_flow_run_input(run_id, "suspended-", 10, set())
    return "".join(entry.value for entry in entries)


def shown_as_done(client, name):
    found = {a.key: a.data for a in client.read_latest_artifacts()}
    if "figures" not in found:
        return False
    row = next(r for r in json.loads(found["board"]) if r["Episode"] == name)
    return [row[stage.label] for stage in TOYS] == ["done"] * 5


def test_failed_mended_cancelled_produced_again_and_begun_twice(live, subject, bring_to):
    bring_to(live.production, subject, "contact_record", "explode")
    produce(live.production, subject)
    assert "told to explode" in live.until_state(subject, "Failed").state.message
    bring_to(live.production, subject, "contact_record", "better")
    run = live.until_suspended(subject, "producer to sign")

    live.client.set_flow_run_state(run.id, Cancelling())
    until(lambda: not requests(live.production)[subject].wanted or None)
    assert live.run(subject).id == run.id
    assert produce(live.production, subject).id != str(run.id)
    first = live.until_suspended(subject, "producer to sign")

    now = subject_status(live.production, live.production.states(subject))
    assert live.runs.start(now.subject, now.tags).id == first.id
    second = live.client.create_flow_run_from_deployment(
        live.runs.deployment(now.subject.scope), parameters={"subject": f" {subject} "}
    )
    read = live.client.read_flow_run
    until(lambda: read(second.id).state_name == "Duplicate" or None)
    assert read(first.id).state_name == "Suspended"
    assert live.performed(subject) == [FIRST]


def test_a_deleted_deployment_is_made_again_and_its_run_replaced(live, subject):
    produce(live.production, subject)
    run = live.until_suspended(subject, "producer to sign")
    lost = live.runs.deployment(Scope.INTERVIEWEE)
    live.client.delete_deployment(lost)
    name = DEPLOYMENTS[Scope.INTERVIEWEE]
    until(lambda: name in {each.name for each in live.client.read_deployments()} or None)
    add_episode(live.production, subject, "老年")  # it looks at once when the ledger changes
    until(lambda: live.run(subject).id != run.id or None)
    again = live.until_suspended(subject, "producer to sign")
    assert again.deployment_id not in (None, lost)
    live.runs.ready()
    assert live.runs.deployment(Scope.INTERVIEWEE) == again.deployment_id


def test_cancelled_while_ffmpeg_is_at_work_it_leaves_nothing_half_done(live, subject, bring_to):
    episode, production = f"{subject}/01", live.production
    bring_to(production, episode, "finished_cut", "film")
    produce(production, subject)
    live.sign(subject, 1)
    live.sign(episode, 4)
    until(lambda: encoders(live) or None)
    run = live.run(episode)
    kept = stored(production)
    live.client.set_flow_run_state(run.id, Cancelling())
    until(lambda: live.client.read_flow_run(run.id).state_name == "Cancelled" or None)
    until(lambda: not encoders(live) or None)
    until(lambda: ((wish := requests(production).get(episode)) and not wish.wanted) or None)
    assert live.performed(episode) == OTHERS[:1]
    assert stored(production) == kept

    pause(production, by="钱导演")
    assert produce(production, episode) is None
    time.sleep(3)
    assert live.run(episode).id == run.id
    resume(production, by="钱导演")
    assert live.until_suspended(episode, "editor to sign").id != run.id
    assert live.performed(episode) == OTHERS[:3]
    assert not encoders(live)


def encoders(live):
    """The processes of ffmpeg at work, wherever they hang."""
    return [p for p in live.processes() if "ffmpeg" in p.name() and alive(p)]


def stored(production):
    return sorted(path.name for path in (production.folder / "store").rglob("*") if path.is_file())


def test_errands_are_started_from_prefect_and_answer_in_words(live, subject):
    start = live.client.create_flow_run_from_deployment
    find = live.client.read_deployment_by_name

    def done(name, **parameters):
        run = start(find(f"{name}/{name}").id, parameters=parameters)
        read = live.client.read_flow_run
        return until(lambda: (r := read(run.id)).state.is_final() and r.state)

    wrong = done(ERRANDS["deliver"], episode=f"{subject[:-3]}/1", profile="web")
    assert wrong.name == "Failed" and f"Did you mean: {subject}/01?" in wrong.message
    assert "Traceback" not in wrong.message
    assert "There are: phase 1" in done(ERRANDS["phase"], phase=9).message
    add_interviewee(live.production, "of-phase-7", "第七期", field="culture", phase=7)
    assert "asked for" in done(ERRANDS["phase"], phase=7, field="文化", due="2027-03-01").message
    assert requests(live.production)["of-phase-7"].due_ms
    stop(live.production, "of-phase-7")
    assert done(ERRANDS["verify"]).message == "All of it is as it was recorded."
    assert done(ERRANDS["figures"]).name == "Completed"


def test_a_run_outlives_neither_the_fork_server_nor_is_it_lost(live, subject, bring_to):
    episode = cut_signed(live, subject, bring_to, "held")
    until(lambda: at_work(live, episode))
    (work,) = forked(live)
    kill([work.parent()])
    until(lambda: not alive(work) or None)
    until(lambda: (forked(live) and at_work(live, episode)) or None)
    (live.production.folder / "go").touch()
    live.until_suspended(episode, "editor to sign")
    assert live.performed(episode) == OTHERS[:3]


def cut_signed(live, subject, bring_to, cut):
    """Have an episode at work on its sound; return its slug."""
    episode = f"{subject}/01"
    bring_to(live.production, episode, "finished_cut", cut)
    produce(live.production, subject)
    live.sign(subject, 1)
    live.sign(episode, 4)
    return episode


def forked(live):
    """The processes of runs: children of the runner's fork server."""
    (runner,) = live.processes("flows.server.runner")
    servers = [each for each in runner.children() if "forkserver" in " ".join(words(each))]
    return [run for server in servers for run in server.children()]


def test_killed_in_the_middle_of_a_stage_and_all_of_prefect_lost(live, subject, bring_to):
    episode = cut_signed(live, subject, bring_to, "slow")
    run = until(lambda: at_work(live, episode))
    assert forked(live)
    told = {"subject": subject}
    unseen = live.client.create_flow_run(produce_interviewee, parameters=told, state=Scheduled())
    (server,) = live.processes("flows.server.api")
    server.suspend()  # so that it ends while it is asked what the dead runner left behind
    kill(live.processes("flows.server.runner"))
    time.sleep(2)
    kill([server])
    assert live.until_suspended(episode, "editor to sign").id == run.id
    assert live.client.read_flow_run(unseen.id).state_name == "Crashed", "it has no work queue"
    assert live.performed(episode) == OTHERS[:3]
    until(lambda: "editor" in form(live, run.id) or None)

    production = live.production
    editing, draft = production.stage("7"), production.stage("6")
    send_back(production, episode, editing, draft, "孙编辑", "names")
    until(lambda: at_work(live, episode))
    everything = live.processes()
    kill(everything[:1])  # the others die with it
    until(lambda: not any(alive(process) for process in everything) or None)
    shutil.rmtree(production.folder / "prefect")
    with live.up():
        live.sign(episode, 7)
        live.sign(episode, 12)
        assert live.until_state(episode, "Completed").id != run.id
        assert live.performed(episode) == [*OTHERS[:3], "first_version_subtitles", OTHERS[3]]
        begin = time.monotonic()
    assert time.monotonic() - begin < 10
    assert not (production.folder / "run.json").exists()


def at_work(live, slug):
    """The run while it is in the slow stage."""
    name = f"{slug.replace('/', '--')}--first_version_subtitles--*"
    folders = list((live.production.folder / "work").glob(name))
    return live.run(slug) if folders else None


def alive(process):
    return process.is_running() and process.status() != "zombie"
