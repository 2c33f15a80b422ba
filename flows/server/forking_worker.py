"""A Prefect worker that forks the process of a flow run from one that has everything imported.

Python and Prefect take two to three seconds of processor time to import, and an episode has seven
gates. So the standard library's fork server imports them once, and forks from there.

What a deployment or a run says of how it is to be started (command, environment, entrypoint, pull
steps) is never followed, and a run that comes with it is refused (`run_check.py`): whoever has the
password can write it. A flow's name is looked up in `flows.deployments`, and its parameters are
validated by Prefect.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any
from uuid import UUID

import anyio
import psutil
from anyio.abc import TaskStatus
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.states import Cancelled, Failed
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from flows.server.environment import POOL, STAGES
from pipeline.core.processes.parent_death import die_with_parent

__all__ = ["ForkingWorker", "execute", "fork_server"]

log = logging.getLogger("chifeng.flows")

_PRELOADED = ["prefect.engine", "prefect.flow_engine", "prefect.task_engine", "flows.deployments"]
_HEARD = ("Scheduled", "Resuming", "Rescheduled", "AwaitingRetry", "Cancelling")
_AGAIN_S = 5.0
_SETTLED_S = 0.1  # an event is sent while its state is being written


def fork_server() -> Any:
    """Return the context of `multiprocessing` whose processes have everything imported; where the
    system cannot fork, they are started anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    processes = multiprocessing.get_context("forkserver")
    stages = os.environ.get(STAGES, "stages").partition(":")[0]
    processes.set_forkserver_preload([*_PRELOADED, stages])
    return processes


def execute(run_id: UUID, flow_name: str) -> None:
    """Be the process of a flow run: what `python -m prefect.engine` is for Prefect's workers."""
    die_with_parent()
    os.environ["PREFECT__FLOW_RUN_ID"] = str(run_id)
    from prefect.engine import handle_engine_signals
    from prefect.flow_engine import load_flow_run, run_flow

    from flows.deployments import FLOWS
    from flows.server.run_check import refusal

    with handle_engine_signals(run_id):
        run = load_flow_run(run_id)
        if run.deployment_id is not None:
            with get_client(sync_client=True) as client:
                why = refusal(FLOWS, flow_name, run, client.read_deployment(run.deployment_id))
                if why:
                    log.error("%s: %s", run.name, why)
                    client.set_flow_run_state(run_id, Failed(message=why), force=True)
                    return
        run_flow(FLOWS[flow_name], flow_run=run, error_logger=log)


class _Configuration(BaseJobConfiguration):
    """How a run is to be started: as every run is."""

    @classmethod
    async def from_template_and_values(cls, *_told: Any, **_by_name: Any) -> _Configuration:
        return cls()


class _Result(BaseWorkerResult):
    """How the process of a run ended."""


class ForkingWorker(BaseWorker[_Configuration, BaseVariables, _Result]):
    """Runs what is due in the production's queues, and ends what is being cancelled."""

    type = POOL
    job_configuration = _Configuration

    def __init__(self, processes: Any) -> None:
        super().__init__(POOL, name=POOL, prefetch_seconds=0, create_pool_if_not_found=False)
        self._processes = processes
        self._children: dict[UUID, psutil.Process] = {}
        self._cancelled: set[UUID] = set()
        self._news = anyio.Event()

    async def serve(self) -> None:
        """Work until the task is cancelled or the server has been away for minutes."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._hear)
            tasks.start_soon(self._look_at_news)
            await self.start()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: _Configuration,  # noqa: ARG002 - BaseWorker passes it; every run is started alike
        task_status: TaskStatus[int] | None = None,
    ) -> _Result:
        """Have a child process run the flow, and wait for its end."""
        flow = await self.client.read_flow(flow_run.flow_id)
        child = self._processes.Process(target=execute, args=(flow_run.id, flow.name))
        child.start()
        process = self._children[flow_run.id] = psutil.Process(child.pid)
        if task_status is not None:
            task_status.started(child.pid)
        try:
            # The thread only waits: two that read how a child ended would get in each other's way.
            await anyio.to_thread.run_sync(wait, [child.sentinel], abandon_on_cancel=True)
        finally:
            _kill(process)
            child.join()
            del self._children[flow_run.id]
            self._news.set()  # there is room for another
        if flow_run.id in self._cancelled:
            self._cancelled.remove(flow_run.id)
            await self.client.set_flow_run_state(flow_run.id, Cancelled(), force=True)
            return _Result(identifier=str(child.pid), status_code=0)
        return _Result(identifier=str(child.pid), status_code=child.exitcode or 0)

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Do what Prefect's loop asks for, and end the processes of runs that are cancelled."""
        if self._children:
            await self._end_cancelled()
        return await super().get_and_submit_flow_runs()

    async def _end_cancelled(self) -> None:
        asked = FlowRunFilter(
            id=FlowRunFilterId(any_=list(self._children)),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLING])),
        )
        for run in await self.client.read_flow_runs(flow_run_filter=asked):
            if run.id in self._children:
                self._cancelled.add(run.id)
                _kill(self._children[run.id])

    async def _hear(self) -> None:
        """Look whenever the server says that a run is due or being cancelled.

        What is not heard is found when Prefect's own loop looks.
        """
        names = [f"prefect.flow-run.{state}" for state in _HEARD]
        wanted = EventFilter(event=EventNameFilter(name=names))
        while True:
            try:
                async with get_events_subscriber(filter=wanted) as events:
                    self._news.set()
                    async for _event in events:
                        self._news.set()
            except Exception as error:  # whatever it is, there is still the loop
                log.warning("the server is not heard: %s", error)
            await anyio.sleep(_AGAIN_S)

    async def _look_at_news(self) -> None:
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            for _twice in range(2):
                with suppress(Exception):  # the loop says what is wrong
                    await self.get_and_submit_flow_runs()
                await anyio.sleep(_SETTLED_S)


def _kill(process: psutil.Process) -> None:
    """Kill a process and what it started, if they are still there. At once, so that it reports
    nothing: a run that is being cancelled must not be seen as crashed meanwhile."""
    with suppress(psutil.NoSuchProcess):
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
