"""Work for a production from any of its machines: do what is wanted, ready, and nobody is at.

A worker needs the ledger and the store, nothing else. Its claim on a stage is the lock of
`perform`, so when it dies another can go on at once.
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
"""Waits until this machine can take on one more stage of that kind."""


class Job(NamedTuple):
    """A stage that can run now."""

    slug: str
    stage: AnyStage


def jobs(production: Production, queues: Collection[Queue]) -> list[Job]:
    """List what can run now and belongs to the queues, in the order in which it is to be done."""
    return [
        Job(each.slug, state.stage)
        for each in runnable(production, production.board())
        for state in each.ready
        if state.stage.queue in queues
    ]


class Worker:
    """Does the jobs of some queues, one after the other; has `turn` around each."""

    def __init__(self, production: Production, queues: Collection[Queue], turn: Turn) -> None:
        self._current = ReloadingProduction(production)
        self._queues = queues
        self._turn = turn
        self._seen: object = None
        self._jobs: list[Job] = []

    def work(self) -> NoReturn:
        """Work for ever, whatever becomes of database and disk meanwhile."""
        while True:
            try:
                idle = not self.once()
            except ChifengError as error:
                log.warning("%s", error)
                idle = True
            if idle:
                time.sleep(self._current.look_seconds)

    def once(self) -> bool:
        """Do one job; tell whether there was one that nobody else is at."""
        production = self._current.production()
        seen = (ledger_version(production), production.today(), id(production))
        if seen != self._seen:  # else what others are at may have become free
            self._jobs, self._seen = jobs(production, self._queues), seen
        return any(self._done(production, job) for job in self._jobs)

    def _done(self, production: Production, job: Job) -> bool:
        try:
            with self._turn(production, job.stage):
                return run_stage(production, job.stage, job.slug).ran
        except (BusyError, NotReadyError):  # another is at it, or has done it
            return False
        except Exception as error:  # `perform` has written it down for the board
            log.warning("%s %s: %s", job.slug, job.stage.task_name, error)
            return False
