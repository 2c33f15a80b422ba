"""A production that is really up: server, runner and reconciler as processes of their own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import select

from flows.client import is_up
from flows.server.password import prefect_password
from flows.server.up import started
from flows.sync.flow_runs import Runs
from pipeline.core.processes.supervised import Service
from pipeline.repository.records import find_subject
from pipeline.repository.tables import RunRow
from pipeline.review.signoff import approve
from pipeline.workflow.production import Production

__all__ = ["SIGNERS", "Live", "kill", "until", "words"]

_Found = TypeVar("_Found")
_PATIENCE_S = 240.0  # a run takes 3 s to start, and a minute on a machine with far too much to do
_SELDOM_S = 1.5  # shorter than whatever is looked for lasts
SIGNERS = {1: "赵制片", 4: "钱导演", 7: "孙编辑", 12: "钱导演"}


def served() -> dict[str, str]:
    """Return what a process must find in its environment to work with the toy stages."""
    tests = Path(__file__).resolve().parent.parent
    return {
        "CHIFENG_STAGES": "toys.served:TOYS",
        "CHIFENG_LANG": "en",
        "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)]),
    }


class Live:
    """What a test sees of it and does to it."""

    def __init__(self, production: Production) -> None:
        self.production = production
        self._clients: dict[str, SyncPrefectClient] = {}

    @contextmanager
    def up(self) -> Iterator[None]:
        """Have it up; however often it is killed inside, nothing stays behind."""
        with ExitStack() as stack:
            # what is started inherits it; no test that comes after in this process may
            with pytest.MonkeyPatch.context() as patch:
                for key, value in served().items():
                    patch.setenv(key, value)
                stack.enter_context(started(self.production))
            yield

    @contextmanager
    def worker(self, *options: str) -> Iterator[Service]:
        """Have “chifeng worker” with these options running."""
        folder = self.production.folder
        command = [sys.executable, "-m", "desk.cli", "--home", str(folder), "worker", *options]
        service = Service(
            "worker", command, {**os.environ, **served()}, folder / "logs" / "command.log"
        )
        try:
            yield service
        finally:
            service.stop(10)

    @property
    def address(self) -> str:
        """Where it answers at present; waits for a server that is being started again."""
        return until(lambda: is_up(self.production)).prefect

    @property
    def client(self) -> SyncPrefectClient:
        """Talk to its API."""
        if self.address not in self._clients:
            client = SyncPrefectClient(
                api=f"{self.address}/api", auth_string=prefect_password(self.production.folder)
            )
            self._clients[self.address] = client.__enter__()
        return self._clients[self.address]

    @property
    def runs(self) -> Runs:
        """Its flow runs, as the program sees them."""
        return Runs(self.client)

    def run(self, slug: str) -> FlowRun | None:
        """Return the newest flow run of a subject; None while the server is down, too."""
        try:
            found = self.runs.recent(slug, limit=1)
        except httpx.HTTPError:
            return None
        return found[0] if found else None

    def until_state(self, slug: str, state: str) -> FlowRun:
        """Wait until the subject's newest run is in that state of Prefect's."""
        return until(lambda: (r := self.run(slug)) and (r.state_name == state or None) and r)

    def until_suspended(self, slug: str, tag: str) -> FlowRun:
        """Wait until the subject's run sleeps at what the tag says."""

        def asleep() -> FlowRun | None:
            run = self.run(slug)
            if run is None or run.state_name != "Suspended" or tag not in run.tags:
                return None
            # Prefect saves the form a moment after it says that the run is suspended
            entries = self.client.filter_flow_run_input(run.id, "suspended-", 1, set())
            return run if entries else None

        return until(asleep)

    def until_at(self, slug: str, number: int, status: str = "gate") -> None:
        """Wait until a stage has that status in the ledger."""
        stage = self.production.stage(str(number))
        states = self.production.states
        until(lambda: any(s.stage is stage and s.status == status for s in states(slug)))

    def sign(self, slug: str, number: int) -> None:
        """Sign as somebody at another door does, as soon as there is something to sign."""
        self.until_at(slug, number)
        approve(self.production, slug, self.production.stage(str(number)), SIGNERS[number])

    def performed(self, slug: str) -> list[str]:
        """List the stages that were run for a subject, as the ledger has them."""
        with self.production.ledger.read() as session:
            subject = find_subject(session, slug).id
            query = select(RunRow.stage).where(RunRow.subject_id == subject).order_by(RunRow.id)
            return list(session.scalars(query))

    def processes(self, *names: str) -> list[psutil.Process]:
        """Return the processes it consists of, or those whose module is among the names."""
        running = is_up(self.production)
        assert running is not None
        keeper = psutil.Process(running.pid)
        found = [keeper, *keeper.children(recursive=True)]
        return [p for p in found if not names or any(name in words(p) for name in names)]


def words(process: psutil.Process) -> list[str]:
    """Return its command line, empty if it has just ended."""
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


def kill(processes: list[psutil.Process]) -> None:
    """Kill them as a power failure would, and wait until they are gone."""
    for process in processes:
        process.send_signal(signal.SIGKILL)
    _gone, alive = psutil.wait_procs(processes, timeout=20)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def until(look: Callable[[], _Found | None]) -> _Found:
    """Wait until it returns something.

    What takes longer is looked at less often: every look costs the server that is asked as much as
    the work that is waited for.
    """
    begin = time.monotonic()
    while (waited := time.monotonic() - begin) < _PATIENCE_S:
        found = look()
        if found:
            return found
        time.sleep(min(0.2 + waited / 10, _SELDOM_S))
    raise AssertionError("it did not happen in time")
