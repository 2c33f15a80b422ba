"""What a director starts from Prefect beside the production itself, each by a form in Chinese.

An errand does one thing and ends; what came of it is its state and a page beside its run. What is
asked for wrongly is answered in words, with the names that come nearest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any, Literal
from uuid import UUID

from prefect import flow, runtime
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.bootstrap import open_from_environment
from flows.slots import shown_progress, slot
from flows.subject_status import NAME, NAME_LENGTH, run_name
from flows.sync.flow_runs import ERRANDS as FLOWS
from flows.views.escape import code, plain
from flows.views.metrics import by_person, by_stage
from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.preservation.audit import Audit, audit
from pipeline.tracking.metrics import compute_metrics
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.batch import end_of, request_phase
from pipeline.workflow.scheduling.pause import require_not_paused

__all__ = ["ERRANDS", "deliver_episode", "produce_phase", "report_figures", "verify_store"]

log = logging.getLogger("chifeng.flows")

Found = tuple[str, str]
"""What came of an errand: the words of its state, and Markdown for the page beside the run."""


def _field(title: str, description: str, default: Any = ..., **rules: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"title": title}, **rules)


_DUE = _field("截止日期", "期限近的先做；留空则不改原有期限", None)


@flow(name=FLOWS["phase"], persist_result=False, retries=0)
def produce_phase(
    phase: int = _field("期次", "制作这一期的全部受访者及其各集", ge=1, le=1000),
    field: str = _field(
        "领域",
        "只做这一领域，如 文化 或 culture；留空则不限",
        "",
        max_length=NAME_LENGTH,
        pattern=NAME,
    ),
    due: date | None = _DUE,
) -> State[Any]:
    """让一期（或其中一个领域）的全部受访者开始制作；已在做的不受影响。"""

    def work(production: Production) -> Found:
        due_ms = end_of(due) if due is not None else 0
        asked = request_phase(production, phase, field, due_ms=due_ms, via="Prefect")
        lines = [f"- {plain(name)}" for name in asked]
        return _("{n} interviewees are asked for.").format(n=len(asked)), "\n".join(lines)

    return _errand(f"成批制作 · 第{phase}期 {field}".strip(), work)


@flow(name=FLOWS["deliver"], persist_result=False, retries=0)
def deliver_episode(
    episode: str = _field(
        "分集",
        "已发布的一集，如 wang-guilan/01 或 王桂兰/1",
        min_length=1,
        max_length=NAME_LENGTH,
        pattern=NAME,
    ),
    profile: Literal["web", "tv", "archive", "listening"] = _field(
        "交付规格", "web 网站 · tv 电视台 · archive 存档 · listening 收听"
    ),
) -> State[Any]:
    """把已发布的一集做成网站、电视台、存档或收听用的成品，并逐项核对。"""

    def work(production: Production) -> Found:
        from pipeline.delivery.deliver import deliver

        subject = production.states(episode.strip())[0].subject
        require_not_paused(production)
        progress = shown_progress(f"{run_name(subject)} {profile}")
        with slot(production, "render"), progress:
            folder = deliver(production, subject.slug, profile)
        files = "\n".join(f"- {code(path.name)}" for path in sorted(folder.iterdir()))
        where = _("Delivered: {folder}").format(folder=folder)
        return where, f"{code(str(folder))}\n\n{files}"

    return _errand(f"交付 · {episode} · {profile}", work)


@flow(name=FLOWS["verify"], persist_result=False, retries=0)
def verify_store(
    files: bool = _field("逐个核对文件", "读遍所有文件，影片多时需要很久；不选则只核对台账", True),
) -> State[Any]:
    """核对台账、签字与存档文件是否与记录一致，有不一致则标为失败。"""

    def work(production: Production) -> Found:
        with shown_progress("核对存档"):
            found = audit(production, files=files)
        if found.faults:
            _page(_verified(found))
            raise found.faults[0]
        return _("All of it is as it was recorded."), _verified(found)

    return _errand("核对存档", work)


@flow(name=FLOWS["figures"], persist_result=False, retries=0)
def report_figures() -> State[Any]:
    """统计各步骤与各人的用时、一次通过率、退回次数。"""

    def work(production: Production) -> Found:
        found = compute_metrics(production)
        stages, people = by_stage(production, found), by_person(found)
        if stages:
            create_table_artifact(stages, description=_("Figures by stage"))
        if people:
            create_table_artifact(people, description=_("Figures by person"))
        return _("{n} stages, {m} people").format(n=len(stages), m=len(people)), ""

    return _errand("统计", work)


ERRANDS = (produce_phase, deliver_episode, verify_store, report_figures)
"""The flows of this module, each with one deployment of the same name."""


def _errand(name: str, work: Callable[[Production], Found]) -> State[Any]:
    """Do it under that name, and say in words what came of it."""
    logging.getLogger("chifeng").setLevel(logging.INFO)
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run(UUID(str(runtime.flow_run.id)), name=name)
        words, page = work(open_from_environment())
        if page:
            _page(page)
        return Completed(message=words)
    except Exception as error:
        if not isinstance(error, ChifengError):
            log.exception("the errand failed")
        return Failed(message=str(error))


def _page(markdown: str) -> None:
    create_markdown_artifact(markdown)


def _verified(found: Audit) -> str:
    lines = [
        "- " + _("{n} entries in the journal").format(n=found.entries),
        "- " + _("{n} sign-offs in their chain").format(n=found.signoffs),
        "- " + _("{n} files in the store").format(n=found.files),
        *(f"- ❌ {plain(str(fault))}" for fault in found.faults),
    ]
    return "\n".join(lines)
