"""prefect.yaml says what the runner serves, and a worker of Prefect's own carries an episode."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient
from toys.live import SIGNERS, Live, served, until

from flows.deployments import deployments
from flows.server.environment import environment
from flows.server.supervisor import free_port
from flows.subject_status import subject_status
from flows.sync.flow_runs import Runs
from pipeline.core.processes.supervised import Service
from pipeline.review.signoff import approve
from pipeline.settings import load
from pipeline.workflow.executor import advance
from pipeline.workflow.roster import add_episode, add_interviewee

ROOT = Path(__file__).resolve().parents[2]
SUBJECT, EPISODE = "wang-guilan", "wang-guilan/01"


def test_it_says_what_the_program_deploys_itself():
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    assert [_told(each) for each in told] == [_of(each) for each in deployments(load())]
    pools = {each["work_pool"]["name"] for each in told}
    assert pools == {"chifeng"}


def _told(each: dict[str, Any]) -> tuple[object, ...]:
    keys = ("name", "entrypoint", "description", "parameters", "tags")
    nights = [(night["cron"], night["timezone"]) for night in each["schedules"]]
    return (*(each[key] for key in keys), nights)


def _of(made: Any) -> tuple[object, ...]:
    nights = [(each.schedule.cron, each.schedule.timezone) for each in made.schedules]
    return made.name, made.entrypoint, made.description, made.parameters, made.tags, nights


class Prefect:
    """A Prefect server, and what is started to work with it."""

    def __init__(self, live: Live, stack: ExitStack) -> None:
        self.address = f"http://127.0.0.1:{free_port(0)}"
        base = {**environment(live.production.folder, self.address), **served()}
        self.env = base | {"PREFECT_LOGGING_LEVEL": "WARNING", "PREFECT_WORKER_QUERY_SECONDS": "1"}
        self._logs = live.production.folder / "logs"
        self._stack = stack
        self.keep("server", "-m", "flows.server.api", self.address.rpartition(":")[2])
        until(self._answers)
        self.client = stack.enter_context(
            SyncPrefectClient(
                api=f"{self.address}/api", auth_string=self.env["PREFECT_API_AUTH_STRING"]
            )
        )

    def keep(self, name: str, *words: str) -> None:
        service = Service(name, [sys.executable, *words], self.env, self._logs / f"{name}.log")
        self._stack.callback(service.stop, 10)

    def call(self, *words: str) -> str:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/api/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


@pytest.fixture
def live(tmp_path: Path, make_home, bring_to) -> Iterator[Live]:
    """A toy production whose episode can begin; nothing is up."""
    made = Live(make_home(tmp_path / "home", 0.2))
    production = made.production
    add_interviewee(production, SUBJECT, "王桂兰", field="culture")
    add_episode(production, SUBJECT, "童年")
    bring_to(production, SUBJECT, "contact_record", "王桂兰")
    advance(production, SUBJECT)
    approve(production, SUBJECT, production.stage("1"), SIGNERS[1])
    bring_to(production, EPISODE, "finished_cut", "picture")
    yield made
    production.ledger.close()


@pytest.mark.server
@pytest.mark.timeout(600)
def test_a_worker_of_prefects_own_carries_an_episode(live):
    production = live.production
    with ExitStack() as stack:
        prefect = Prefect(live, stack)
        prefect.call("work-pool", "create", "chifeng", "--type", "process")
        prefect.call("deploy", "--all")
        prefect.keep("worker", "-m", "prefect", "worker", "start", "--pool", "chifeng")
        runs = Runs(prefect.client)
        now = subject_status(production, production.states(EPISODE))
        run = runs.start(now.subject, now.tags)
        until(lambda: _state(prefect, run) == "Suspended")
        live.sign(EPISODE, 4)
        settings = production.folder / "settings.toml"
        settings.write_text(settings.read_text().replace("= 0.2", "= 60"))
        runs.resume(prefect.client.read_flow_run(run.id))
        for number in (7, 12):  # before it goes to sleep again
            live.sign(EPISODE, number)
        until(lambda: _state(prefect, run) == "Completed")
    assert live.performed(EPISODE) == [s.slug for s in production.stages[1:]]
    assert list((production.folder / "released").rglob("out.mp4"))


def _state(prefect: Prefect, run: Any) -> str | None:
    return prefect.client.read_flow_run(run.id).state_name
