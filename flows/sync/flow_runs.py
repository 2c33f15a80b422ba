"""The flow runs of the production, as Prefect's API keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType, WorkerStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Scheduled

from flows.subject_status import run_name, subject_tag
from pipeline.i18n import _
from pipeline.preservation.job_log import Job
from pipeline.stage import Scope, Subject

__all__ = ["CARE", "DEPLOYMENTS", "ERRANDS", "PARAMETER", "POOL", "Runs"]

POOL = "chifeng"
"""The work pool of all deployments, and the type of the worker that serves it."""


DEPLOYMENTS = {Scope.INTERVIEWEE: "受访者制作", Scope.EPISODE: "单集制作"}
"""The name of the flow, and of its one deployment, for each scope."""
ERRANDS = {"phase": "成批制作", "deliver": "交付", "verify": "核对存档", "figures": "统计"}
"""The names of the flows that do one thing and end (errands.py), and of their deployments."""
CARE = {Job.FIXITY: "夜间核验", Job.BACKUP: "备份", Job.REPORT: "制作周报"}
"""The same for what is done regularly for the home's safety."""
PARAMETER = "subject"
"""The one parameter of both flows: a slug, or the name people use."""

_LIVE = [
    StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED,
    StateType.CANCELLING,
]  # fmt: skip
_WITH_PROCESS = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
_PAGE = 200
_LATER = timedelta(hours=1)


class Runs:
    """Reads and moves flow runs. Everything here may raise what Prefect's client raises."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client
        self._deployments: dict[Scope, UUID] = {}

    def ready(self) -> None:
        """Raise ObjectNotFound while the runner has not made both deployments yet."""
        self._deployments.clear()  # a director may have deleted one, and the runner made another
        for scope in Scope:
            self.deployment(scope)

    def deployment(self, scope: Scope) -> UUID:
        """Return the id of a deployment; raises ObjectNotFound before the runner made it."""
        if scope not in self._deployments:
            name = DEPLOYMENTS[scope]
            found = self._client.read_deployment_by_name(f"{name}/{name}")
            if found.work_pool_name is None:  # made by a version that served it without a pool
                raise ObjectNotFound(LookupError(name))
            self._deployments[scope] = found.id
        return self._deployments[scope]

    def has_deployment(self, run: FlowRun) -> bool:
        """Tell whether the deployment of a run is still there; without it no worker takes the run.

        One that the runner makes again has another id.
        """
        if run.deployment_id is None:
            return False
        if run.deployment_id in self._deployments.values():
            return True
        try:
            self._client.read_deployment(run.deployment_id)
        except ObjectNotFound:
            return False
        return True

    def live(self) -> list[FlowRun]:
        """Return every run that is not over, oldest first."""
        return list(self._all(_LIVE))

    def count(self) -> int:
        """Return how many runs are not over, which costs next to nothing."""
        ours = FlowFilter(name=FlowFilterName(any_=list(DEPLOYMENTS.values())))
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_LIVE)))
        return self._client.count_flow_runs(flow_filter=ours, flow_run_filter=wanted)

    def recent(self, slug: str, limit: int = 10) -> Sequence[FlowRun]:
        """Return the newest runs of a subject, newest first."""
        return self._client.read_flow_runs(
            flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[subject_tag(slug)])),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=limit,
        )

    def start(self, subject: Subject, tags: Sequence[str]) -> FlowRun:
        """Return the live run of a subject, created if there is none.

        Whoever asks at the same time gets the same run.
        """
        recent = self.recent(subject.slug)
        for run in recent:
            if run.state_type in _LIVE:
                return run
        return self._client.create_flow_run_from_deployment(
            self.deployment(subject.scope),
            parameters={PARAMETER: subject.slug},
            name=run_name(subject),
            tags=tags,
            idempotency_key=f"{subject.slug} after {recent[0].id if recent else 'nothing'}",
        )

    def resume(self, run: FlowRun) -> None:
        """Have a suspended run look at the ledger again."""
        self._client.set_flow_run_state(run.id, Scheduled(name="Resuming"))

    def abandon(self, run: FlowRun) -> None:
        """End a run that no worker can take, so that another is started."""
        self._client.set_flow_run_state(
            run.id, Crashed(message="its deployment was deleted"), force=True
        )

    def obstacle(self, run: FlowRun) -> str:
        """Say what keeps every worker from taking this run; "" where nothing does."""
        pool = run.work_pool_name or POOL
        try:
            found = self._client.read_work_pool(pool)
        except ObjectNotFound:
            return _("its work pool “{pool}” was deleted in Prefect").format(pool=pool)
        if found.is_paused:
            return _("the work pool “{pool}” is paused in Prefect").format(pool=pool)
        queue = run.work_queue_name
        if queue and self._client.read_work_queue_by_name(queue, pool).is_paused:
            return _("the work queue “{queue}” is paused in Prefect").format(queue=queue)
        workers = self._client.read_workers_for_work_pool(pool)
        if not any(worker.status == WorkerStatus.ONLINE for worker in workers):
            return _("no worker takes runs from the work pool “{pool}”").format(pool=pool)
        return ""

    def bury(self) -> list[FlowRun]:
        """Reschedule every run that had a process; call this only while no runner lives.

        What was being cancelled is cancelled, since nobody else is left to do it. A run that died
        between going to sleep and saving its form could not be answered: it starts again, too.
        Errands have crashed: nobody knows whether they are still wanted. Maintenance begins again
        after an hour: if it was what killed the machine, it does not do so all day.
        """
        dead = [
            run
            for run in self._all([*_WITH_PROCESS, StateType.PAUSED])
            if run.state_type != StateType.PAUSED or not self._has_form(run)
        ]
        for run in dead:
            self._bury_tasks(run)
            state: State[Any] = Scheduled(name="Rescheduled", message="the process was lost")
            if run.state_type == StateType.CANCELLING:
                state = Cancelled()
            self._client.set_flow_run_state(run.id, state, force=True)
        for run in list(self._all(_WITH_PROCESS, ERRANDS.values())):
            lost: State[Any] = Crashed(message="the process was lost")
            self._client.set_flow_run_state(run.id, lost, force=True)
        for run in list(self._all(_WITH_PROCESS, CARE.values())):
            at: Any = datetime.now(UTC) + _LATER
            later: State[Any] = Scheduled(scheduled_time=at, name="Rescheduled")
            self._client.set_flow_run_state(run.id, later, force=True)
        self._leave_without_queue()
        return dead

    def _leave_without_queue(self) -> None:
        """End the runs of a version that had no queues: no worker would ever see them, and the
        reconciler makes others."""
        for run in list(self._all(_LIVE)):
            if run.work_queue_name is None:
                self._client.set_flow_run_state(run.id, Crashed(message="it has no queue"), True)

    def _has_form(self, run: FlowRun) -> bool:
        return bool(self._client.filter_flow_run_input(run.id, "suspended-", 1, set()))

    def _bury_tasks(self, run: FlowRun) -> None:
        running = TaskRunFilter(
            state=TaskRunFilterState(
                type=TaskRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
            )
        )
        this = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
        for task in self._client.read_task_runs(flow_run_filter=this, task_run_filter=running):
            self._client.set_task_run_state(task.id, Crashed(message="the process was lost"), True)

    def _all(
        self, types: list[StateType], flows: Iterable[str] = DEPLOYMENTS.values()
    ) -> Iterator[FlowRun]:
        ours = FlowFilter(name=FlowFilterName(any_=list(flows)))
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)))
        offset = 0
        while True:
            page = self._client.read_flow_runs(
                flow_filter=ours, flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC,
                limit=_PAGE, offset=offset,
            )  # fmt: skip
            yield from page
            if len(page) < _PAGE:
                return
            offset += _PAGE
