"""A worker: runs requested stages of a production on any of its machines.

A worker needs the ledger and the store, nothing else. It holds the lock of `run_stage` while a
stage runs, so when it dies another worker can continue at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import NamedTuple, NoReturn

from pipeline.errors import BusyError, ChifengError, NotReadyError
from pipeline.queues import Queue
from pipeline.stage import AnyStage
from pipeline.workflow.executor import run_stage
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import ledger_version
from pipeline.workflow.scheduling.runnable import runnable
from pipeline.workflow.settings_reload import ReloadingProduction

__all__ = ["Job", "Worker", "jobs"]

log = logging.getLogger("chifeng.working")

Turn = Callable[[Production, AnyStage], AbstractContextManager[None]]
"""Waits until this machine can run one more stage of that kind."""


class Job(NamedTuple):
    """A stage that can run now."""

    slug: str
    stage: AnyStage


def jobs(production: Production, queues: Collection[Queue]) -> list[Job]:
    """List the stages of these queues that can run now, in the order in which they are to run."""
    return [
        Job(each.slug, state.stage)
        for each in runnable(production, production.board())
        for state in each.ready
        if state.stage.queue in queues
    ]


class Worker:
    """Runs the jobs of some queues, one after the other, each within `turn`."""

    def __init__(self, production: Production, queues: Collection[Queue], turn: Turn) -> None:
        self._current = ReloadingProduction(production)
        self._queues = queues
        self._turn = turn
        self._seen: object = None
        self._jobs: list[Job] = []

    def work(self) -> NoReturn:
        """Work until the process ends; errors of database and disk are logged."""
        while True:
            try:
                idle = not self.once()
            except ChifengError as error:
                log.warning("%s", error)
                idle = True
            if idle:
                time.sleep(self._current.look_seconds)

    def once(self) -> bool:
        """Run one job; return False where there is none that no other process has."""
        production = self._current.production()
        seen = (ledger_version(production), production.today(), id(production))
        if seen != self._seen:  # else a job of another process may have become free
            self._jobs, self._seen = jobs(production, self._queues), seen
        return any(self._run(production, job) for job in self._jobs)

    def _run(self, production: Production, job: Job) -> bool:
        try:
            with self._turn(production, job.stage):
                return run_stage(production, job.stage, job.slug).ran
        except (BusyError, NotReadyError):  # another process runs it, or has run it
            return False
        except Exception as error:  # `run_stage` has recorded the failure
            log.warning("%s %s: %s", job.slug, job.stage.task_name, error)
            return False
