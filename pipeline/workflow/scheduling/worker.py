"""Work for a production from any of its machines: do what is wanted, ready, and nobody is at.

A worker needs the ledger and the store, nothing else. Its claim on a stage is the lock of
`perform`, so when it dies another can go on at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NoReturn

from pipeline.errors import BusyError, ChifengError, NotReadyError
from pipeline.queues import Queue
from pipeline.stage import AnyStage
from pipeline.workflow.executor import run_stage
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.requests import (
    Request,
    effective_request,
    ledger_version,
    requests,
)
from pipeline.workflow.settings_reload import ReloadingProduction
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["Job", "Worker", "jobs"]

log = logging.getLogger("chifeng.working")

Turn = Callable[[Production, AnyStage], AbstractContextManager[None]]
"""Waits until this machine can take on one more stage of that kind."""


@dataclass(frozen=True)
class Job:
    """A stage that can be performed now. `since_ms` is since when, `due_ms` by when it is to be
    released (Unix milliseconds; 0 where nobody said so)."""

    slug: str
    stage: AnyStage
    since_ms: int
    due_ms: int = 0


def jobs(production: Production, queues: Collection[Queue]) -> list[Job]:
    """List what somebody wants, can be performed and belongs to the queues: what is due sooner
    first, then the oldest. While the production is paused that is nothing."""
    if current_pause(production) is not None:
        return []
    asked = requests(production)
    board = production.board()
    found: list[Job] = []
    for slug, states in board.items():
        wish = effective_request(asked, slug, lambda parent: all(s.passed for s in board[parent]))
        if wish is not None and wish.wanted:
            ready = [s for s in states if _is_ready(s, wish) and s.stage.queue in queues]
            found += [Job(slug, s.stage, s.since_ms, wish.due_ms) for s in ready]
    return sorted(found, key=lambda job: (not job.due_ms, job.due_ms, job.since_ms))


def _is_ready(state: StageState, wish: Request) -> bool:
    if state.status is Status.FAILED:  # tried again when somebody asks
        return wish.at_ms > state.since_ms
    return state.status is Status.READY


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
