"""The two flows: an interviewee's stages, and an episode's.

Each stage is a task under the name the crew knows it by. What is done and what is left is read from
the ledger at every start; Prefect executes and shows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from uuid import UUID

from prefect import Task, flow, runtime
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.bootstrap import open_from_environment
from flows.run_loop import Each, run_subject
from flows.signoff_gate import Form
from flows.slots import reported, stage_slot
from flows.subject_status import NAME, NAME_LENGTH, about, run_name, subject_status
from flows.sync.flow_runs import DEPLOYMENTS, Runs
from pipeline.core.security_log import security_log
from pipeline.errors import BusyError, ChifengError
from pipeline.i18n import _
from pipeline.repository.records import find_subject
from pipeline.stage import AnyStage, Scope, Subject
from pipeline.workflow.executor import RunResult, run_stage
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import request, requests

__all__ = ["produce_episode", "produce_interviewee"]

log = logging.getLogger("chifeng.flows")

_OLD_PROCESS_S = 15.0


def _field(title: str, description: str) -> Any:
    """Say what the parameter is in the form of Prefect's UI, which otherwise shows its name."""
    return Field(
        description=description,
        min_length=1,
        max_length=NAME_LENGTH,
        pattern=NAME,
        json_schema_extra={"title": title},
    )


@flow(name=DEPLOYMENTS[Scope.INTERVIEWEE], persist_result=False, retries=0)
def produce_interviewee(
    subject: str = _field("受访者", "短名或姓名，如 wang-guilan 或 王桂兰"),
) -> State[Any]:
    """前期沟通、拟定提纲、录制（第 1–3 步）；签完后各集自动开始制作。"""
    return _produce(subject, Scope.INTERVIEWEE)


@flow(name=DEPLOYMENTS[Scope.EPISODE], persist_result=False, retries=0)
def produce_episode(
    subject: str = _field("分集", "受访者加集号，如 wang-guilan/01 或 王桂兰/1"),
) -> State[Any]:
    """视频剪辑到终改（第 4–12 步），到签字处等待，签完后继续，直至发布。"""
    return _produce(subject, Scope.EPISODE)


def _produce(name: str, scope: Scope) -> State[Any]:
    logging.getLogger("chifeng").setLevel(logging.INFO)  # Prefect shows on the run what we log
    run_id = UUID(str(runtime.flow_run.id))
    try:
        with get_client(sync_client=True) as client:
            production = open_from_environment()
            security_log(production.folder)
            return _carry(production, client, name, scope, run_id)
    except Exception as error:
        if not isinstance(error, ChifengError):
            log.exception("the flow failed")
        return Failed(message=str(error))


def _carry(
    production: Production, client: SyncPrefectClient, name: str, scope: Scope, run_id: UUID
) -> State[Any]:
    subject = _subject(production, name, scope)
    runs = Runs(client)
    with _alone(production, runs, subject, run_id) as alone:
        if not alone:
            return Completed(name="Duplicate", message=_("Another run is already at it."))
        _keep_wish(production, subject.slug)
        client.update_flow_run(run_id, name=run_name(subject), tags=about(subject))
        gate = Form(production, client, run_id)
        try:
            done = run_subject(production, subject.slug, _tasks(production, subject.slug), gate)
        except Exception:
            with suppress(Exception):  # what went wrong before is what people must hear of
                gate.show(subject_status(production, production.states(subject.slug)))
            raise
        return Completed(message=done.words)


def _subject(production: Production, name: str, scope: Scope) -> Subject:
    """Find who is meant, however the person at the form wrote it."""
    with production.ledger.read() as session:
        slug = find_subject(session, name.strip()).slug
    subject = production.states(slug)[0].subject
    if subject.scope is not scope:
        raise ChifengError(
            _("{slug} is not of this kind.").format(slug=slug),
            remedy=_("Interviewees and episodes have a flow each; episodes are named NAME/01."),
        )
    return subject


@contextmanager
def _alone(production: Production, runs: Runs, subject: Subject, run_id: UUID) -> Iterator[bool]:
    """Tell whether no other run works on the subject or waits for somebody to act on it."""
    with ExitStack() as stack:
        try:
            # the process of this very run's last turn may only just be ending
            stack.enter_context(production.locks.hold(f"flow {subject.slug}", _OLD_PROCESS_S))
        except BusyError:
            yield False
            return
        others = [run for run in runs.recent(subject.slug) if run.id != run_id]
        yield not any(run.state is not None and run.state.is_paused() for run in others)


def _keep_wish(production: Production, slug: str) -> None:
    """Keep in the ledger that this is asked for, if it came by Prefect's own form."""
    asked = requests(production)
    wish = asked.get(slug) or asked.get(slug.partition("/")[0])
    if wish is None or not wish.wanted:
        request(production, slug, via="Prefect")


def _tasks(production: Production, slug: str) -> Each:
    def each(stage: AnyStage) -> RunResult:
        def work() -> RunResult:
            with stage_slot(production, stage), reported(stage, slug):
                return run_stage(production, stage, slug)

        task = Task(
            work, name=stage.task_name, task_run_name=stage.task_name, persist_result=False,
            cache_policy=NO_CACHE, retries=0,
        )  # fmt: skip
        performed: RunResult = task()
        return performed

    return each
