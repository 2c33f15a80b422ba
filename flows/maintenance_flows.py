"""The flows that look after the home: reading the store again, and the backup.

Prefect starts them by night (flows/deployments.py), at the lowest priority, beside the runs of the
production and never instead of one. What was done since a run was due is not done again: after two
nights without a server it is made up for once. What failed is tried again after four hours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect import Flow, flow, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed, Scheduled
from pydantic import Field

from flows.bootstrap import open_from_environment
from flows.sync.flow_runs import CARE
from flows.views.escape import plain
from pipeline.core.processes.priority import lower_priority
from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.preservation.job_log import Job, read_records
from pipeline.preservation.jobs import Outcome, run_backup, run_fixity, run_report
from pipeline.workflow.production import Production

__all__ = ["FLOWS", "back_up_production", "check_store", "report_week"]

log = logging.getLogger("chifeng.flows")

_LISTED = 50
_AGAIN = timedelta(hours=4)
_BY_TIME = "auto-scheduled"  # Prefect's own tag; what a director starts is always done


@flow(name=CARE[Job.FIXITY], flow_run_name=CARE[Job.FIXITY], persist_result=False, retries=0)
def check_store(
    whole: bool = Field(
        default=False, description="一次读完全部文件，而不只是今夜的一份",
        json_schema_extra={"title": "全部"},
    ),
) -> State[Any]:  # fmt: skip
    """重新读取库中文件，与入库时的 SHA-256 比对；每夜读一份，按设置的天数轮完一遍。"""
    return _do(Job.FIXITY, lambda production: run_fixity(production, whole=whole))


@flow(name=CARE[Job.BACKUP], flow_run_name=CARE[Job.BACKUP], persist_result=False, retries=0)
def back_up_production() -> State[Any]:
    """把账本、设置、签字记录等备份到设置中 [care] backup_folder 指定的文件夹。"""
    return _do(Job.BACKUP, run_backup)


@flow(name=CARE[Job.REPORT], flow_run_name=CARE[Job.REPORT], persist_result=False, retries=0)
def report_week(
    day: date | None = Field(  # noqa: B008 - Prefect reads titles of its form from it
        default=None, description="该周中的任意一天；不填为上一周",
        json_schema_extra={"title": "日期"},
    ),
) -> State[Any]:  # fmt: skip
    """为领导写一周的制作报告（网页与 Word），存入 records/weekly。"""
    return _do(Job.REPORT, lambda production: run_report(production, day=day))


FLOWS: Mapping[Job, Flow[..., State[Any]]] = {
    Job.FIXITY: check_store,
    Job.BACKUP: back_up_production,
    Job.REPORT: report_week,
}
"""The flow of each duty; its one deployment has the same name."""


def _do(duty: Job, work: Callable[[Production], Outcome]) -> State[Any]:
    lower_priority()
    logging.getLogger("chifeng").setLevel(logging.INFO)
    production = open_from_environment()
    due = runtime.flow_run.scheduled_start_time - _AGAIN
    done_ms = read_records(production)[duty].done_ms
    if _BY_TIME in runtime.flow_run.tags and done_ms > due.timestamp() * 1000:
        return Cancelled(message=_("It was done since this run was due."))
    try:
        line, damaged = work(production)
    except Exception as error:
        if not isinstance(error, ChifengError):
            log.exception("the flow failed")
        _try_again(duty)
        return Failed(message=str(error))
    log.info("%s", line)
    _show(duty, line, [error.what for error in damaged])
    if damaged:
        for each in damaged:
            log.error("%s", each)
        what = _("Damaged or missing: {n}. {line}").format(n=len(damaged), line=line)
        return Failed(message=what)
    return Completed(message=line)


def _try_again(duty: Job) -> None:
    """Have another run ahead; whoever asks for it within the same four hours gets the same one."""
    when = datetime.now(UTC) + _AGAIN
    key = f"{duty} {when.timestamp() // _AGAIN.total_seconds():.0f}"
    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(
            UUID(str(runtime.deployment.id)), name=CARE[duty], state=Scheduled(scheduled_time=when),
            tags=[_BY_TIME], idempotency_key=key,
        )  # fmt: skip


def _show(duty: Job, line: str, damaged: list[str]) -> None:
    rows = [f"- {plain(what)}" for what in damaged[:_LISTED]]
    sound = duty is not Job.REPORT and not damaged
    told = _("All of it is as it was recorded.") if sound else ""
    create_markdown_artifact(
        "\n\n".join(filter(None, [plain(line), told, "\n".join(rows)])),
        key=f"care-{duty.value}", description=FLOWS[duty].name,
    )  # fmt: skip
