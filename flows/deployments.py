"""What Prefect's server is told of the flows: a work pool, its queues, a deployment for each flow.

Two queues limit what runs at once: production and errands share one, with as many as the settings
allow; maintenance has the other, one at a time. So neither waits for the other. The limit of a
queue counts runs by their state; that of a deployment counts slots, which stay occupied after a
kill -9: no later night would run.
"""

from __future__ import annotations

from typing import Any

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron, Schedule
from prefect.types.entrypoint import EntrypointType

from flows.maintenance_flows import FLOWS as MAINTENANCE
from flows.operator_flows import ERRANDS
from flows.production import produce_episode, produce_interviewee
from flows.server.environment import POOL
from pipeline.preservation.job_log import Job
from pipeline.settings import Care, Settings

__all__ = ["FLOWS", "deploy", "deployments"]

_ALL: tuple[Flow[..., Any], ...] = (
    produce_interviewee, produce_episode, *ERRANDS, *MAINTENANCE.values(),
)  # fmt: skip
FLOWS = {flow.name: flow for flow in _ALL}
"""Every flow by its name; its one deployment has the same name. Nothing else is ever run."""

_PRODUCTION, _CARE = "production", "care"
_DAYS = {Job.FIXITY: "*", Job.BACKUP: "*", Job.REPORT: "1"}
"""The days of the week, as cron has them: the report is for Mondays."""


def deployments(settings: Settings) -> list[Any]:
    """Return the deployments as Prefect is to have them."""
    nights = {flow.name: _nights(settings.care, duty) for duty, flow in MAINTENANCE.items()}
    return [
        flow.to_deployment(
            name, entrypoint_type=EntrypointType.MODULE_PATH, work_pool_name=POOL,
            work_queue_name=_CARE if name in nights else _PRODUCTION, schedules=nights.get(name),
        )
        for name, flow in FLOWS.items()
    ]  # fmt: skip


def _nights(care: Care, duty: Job) -> list[Schedule]:
    wanted = {
        Job.FIXITY: care.fixity_days > 0,
        Job.BACKUP: bool(care.backup_folder),
        Job.REPORT: care.weekly_report,
    }
    cron = f"0 {care.hour} * * {_DAYS[duty]}"
    return [Cron(cron, timezone="Asia/Shanghai")] if wanted[duty] else []


def deploy(settings: Settings) -> None:
    """Have the server know all of it, and the limits; call it outside of an event loop."""
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type=POOL), overwrite=True)
        for queue, limit in {_PRODUCTION: settings.flows.runs_at_once, _CARE: 1}.items():
            try:
                found = client.read_work_queue_by_name(queue, work_pool_name=POOL)
                client.update_work_queue(found.id, concurrency_limit=limit)
            except ObjectNotFound:
                client.create_work_queue(queue, concurrency_limit=limit, work_pool_name=POOL)
    for deployment in reversed(deployments(settings)):  # `Runs.ready` looks for the first two
        deployment.apply()
