"""See to it that what is due for the home's safety is done, in a process beside the runner.

Prefect's own scheduler knows nothing of a night the machine was off, and costs time all day. Here
the diary of the home decides: each duty has one run ahead of it, which directors see under its
time, and which is made again whatever happens to Prefect.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Scheduled

from flows.sync.flow_runs import CARE
from pipeline.core.processes.supervised import Service
from pipeline.preservation.job_log import Job
from pipeline.preservation.schedule import due_ms
from pipeline.repository.ledger import now_ms
from pipeline.workflow.production import Production

__all__ = ["AHEAD", "Caring"]

log = logging.getLogger("chifeng.flows")

AHEAD = "定时"
"""The tag of the runs made here; others are a director's, and are done when they are due."""

_EVERY_S = 15.0
_STOP_S = 3.0
_AFTER_A_CRASH_S = 600.0
_NEAR_MS = 60_000
_WITH_PROCESS = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
_LIVE = [StateType.SCHEDULED, *_WITH_PROCESS]


class Caring:
    """Starts what is due, one at a time. Call `tick` from the thread that keeps the services."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client
        self._service: Service | None = None
        self._started: UUID | None = None
        self._next = 0.0

    def tick(self, production: Production) -> None:
        """Look if it is time to. May raise what Prefect's client raises."""
        over = self._service is not None and self._service.exit_code is not None
        if time.monotonic() < self._next and not over:
            return
        self._next = time.monotonic() + _EVERY_S
        live = self._live()
        if self._service is not None and self._service.exit_code is None:
            if any(run.state_type == StateType.CANCELLING for run in live):
                self.stop()
            return
        self._service = None
        waiting = [run for run in live if not self._bury(run)]
        if len(waiting) < len(live):  # what crashes at once must not be started all day
            self._next = time.monotonic() + _AFTER_A_CRASH_S
            return
        for duty in Job:
            waiting += self._plan(production, duty, waiting)
        self._start(production, waiting)

    def stop(self) -> None:
        """End what is under way; it is done again when it is due."""
        if self._service is not None:
            self._service.stop(_STOP_S)
            self._service = None
            self._next = 0.0

    def _live(self) -> list[FlowRun]:
        ours = FlowFilter(name=FlowFilterName(any_=list(CARE.values())))
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_LIVE)))
        return self._client.read_flow_runs(
            flow_filter=ours, flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC
        )

    def _bury(self, run: FlowRun) -> bool:
        """End a run whose process is gone; tell whether it was one."""
        if run.state_type not in _WITH_PROCESS and run.id != self._started:
            return False
        ended: State[Any] = Cancelled() if run.state_type == StateType.CANCELLING else Crashed()
        self._client.set_flow_run_state(run.id, ended, force=True)
        return True

    def _plan(self, production: Production, duty: Job, waiting: Sequence[FlowRun]) -> list[FlowRun]:
        """Have one run of the duty ahead, at its time; return it if it was made."""
        at_ms = due_ms(production, duty, now_ms())
        ahead = [run for run in waiting if AHEAD in run.tags and run.name == CARE[duty]]
        for run in ahead[0 if at_ms is None else 1 :]:
            self._client.set_flow_run_state(run.id, Cancelled(), force=True)
        if at_ms is None:
            return []
        when: Any = datetime.fromtimestamp(at_ms / 1000, UTC)
        if ahead:
            if abs(_at_ms(ahead[0]) - at_ms) > _NEAR_MS and at_ms > now_ms():
                self._client.set_flow_run_state(ahead[0].id, Scheduled(scheduled_time=when))
            return []
        name = CARE[duty]
        try:
            deployment = self._client.read_deployment_by_name(f"{name}/{name}")
        except ObjectNotFound:  # the runner has not made it yet
            return []
        made = self._client.create_flow_run_from_deployment(
            deployment.id, name=name, tags=[AHEAD], state=Scheduled(scheduled_time=when)
        )
        return [made]

    def _start(self, production: Production, waiting: Sequence[FlowRun]) -> None:
        due = [run for run in waiting if _at_ms(run) <= now_ms()]
        if not due:
            return
        first = min(due, key=_at_ms)
        command = (sys.executable, "-m", "prefect.engine", str(first.id))
        log.info("%s: started as %s", first.name, first.id)
        self._started = first.id
        self._service = Service("care", command, os.environ, production.folder / "logs/care.log")


def _at_ms(run: FlowRun) -> int:
    at = run.state.state_details.scheduled_time if run.state else None
    at = at or run.expected_start_time
    return int(at.timestamp() * 1000) if at else 0
