"""Run stages.

`run_stage` runs a stage in a fresh folder unless the ledger has a run with the same key, moves what
it made into the store, and records the run in one transaction. Killed at any moment, it leaves
everything or nothing; started again, it does only what is not done yet.
"""

from __future__ import annotations

import logging
import platform
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import BusyError, ChifengError, NotReadyError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.media.tool_versions import versions
from pipeline.repository.ledger import now_ms
from pipeline.repository.locks import HeldLock
from pipeline.repository.object_storage import retry_while_unavailable
from pipeline.repository.records import find_subject
from pipeline.repository.store import storage_errors
from pipeline.repository.tables import FailureRow, OutputRow, RunRow
from pipeline.stage import AnyStage
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import increasing_ms
from pipeline.workflow.stage_state import StageState, StageSummary, Status

__all__ = ["RunResult", "advance", "explain", "find_state", "run_stage", "state_of"]

log = logging.getLogger("chifeng.executor")

_RUNNABLE = (Status.READY, Status.FAILED)


@dataclass(frozen=True)
class RunResult:
    """The states of the subject's stages afterwards, whether the stage ran, and for how long."""

    stage: AnyStage
    states: list[StageState]
    ran: bool
    seconds: float

    @property
    def state(self) -> StageState:
        """Return the stage's own state."""
        return find_state(self.states, self.stage)


def run_stage(production: Production, stage: AnyStage, slug: str) -> RunResult:
    """Bring the stage up to date; do nothing where nothing is to do.

    Raises NotReadyError naming what is missing, BusyError when another process works on the
    subject, and whatever the stage raises, after recording it.
    """
    with production.locked(slug) as held:
        states = production.states(slug)
        state = find_state(states, stage)
        if state.run is not None:
            return RunResult(stage, states, ran=False, seconds=0.0)
        if state.status not in _RUNNABLE:
            raise NotReadyError(explain(state))
        started = now_ms()
        name = f"{slug.replace('/', '--')}--{stage.slug}"
        folder = _work_folder(production.folder / "work", name)
        clock = time.monotonic()
        try:
            made = _run(production, state, folder)
            ran = _record(production, state, made, started, held)
        except BusyError:  # says nothing about the stage
            raise
        except Exception as error:
            held.verify()  # a stage that another process took over did not fail
            _record_failure(production, state, error)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        seconds = time.monotonic() - clock
        log.info("%s %s: %.1f s", slug, stage.task_name, seconds)
        return RunResult(stage, production.states(slug), ran, seconds)


def advance(
    production: Production,
    slug: str,
    each: Callable[[AnyStage], RunResult] | None = None,
    here: Callable[[AnyStage], bool] = lambda _stage: True,
) -> list[StageState]:
    """Run every stage that can run, until each is done or waits for somebody.

    `each` runs one stage; a flow passes its task. A stage that must not run `here` is left out.
    """
    run = each or (lambda stage: run_stage(production, stage, slug))
    tried: set[tuple[str, str]] = set()
    states = production.states(slug)
    while True:
        state = next(
            (
                s
                for s in states
                if s.status in _RUNNABLE and (s.stage.slug, s.key) not in tried and here(s.stage)
            ),
            None,
        )
        if state is None:
            return states
        tried.add((state.stage.slug, state.key))
        states = run(state.stage).states


def explain(state: StageSummary) -> str:
    """Say in one sentence why a stage does not go on."""
    names = ", ".join(KINDS[slug].label for slug in state.missing)
    if state.status is Status.DEPOSIT:
        return _("{stage} waits for material: {names}.").format(
            stage=state.stage.label, names=names
        )
    if state.status is Status.WAITS:
        return _("{stage} waits for earlier stages: {names}.").format(
            stage=state.stage.label, names=names
        )
    if state.status is Status.REFUSED:
        return _("{stage} may not be done: {reason}").format(
            stage=state.stage.label, reason=state.reason
        )
    sentence = {
        Status.READY: _("{stage} has still to run. {reason}"),
        Status.FAILED: _("{stage} failed: {reason}"),
        Status.GATE: _("{stage} waits to be signed. {reason}"),
    }.get(state.status, _("{stage} is done. {reason}"))
    return sentence.format(stage=state.stage.label, reason=state.reason).strip()


def state_of(production: Production, slug: str, stage: AnyStage) -> StageState:
    """Return where a stage stands. Raises NotReadyError where the subject has no such stage."""
    return find_state(production.states(slug), stage)


def find_state(states: Sequence[StageState], stage: AnyStage) -> StageState:
    """Return the state of a stage. Raises NotReadyError where the subject has no such stage."""
    for state in states:
        if state.stage.slug == stage.slug:
            return state
    raise NotReadyError(
        _("{stage} is not a stage of {slug}.").format(
            stage=stage.label, slug=states[-1].subject.slug
        ),
        remedy=_("Stages 1 to 3 belong to an interviewee, 4 to 12 to an episode (NAME/01)."),
    )


def _work_folder(work: Path, name: str) -> Path:
    # A folder left there is that of a process that was killed, or that lost its lock and must not
    # continue; it would continue in a folder of the same name.
    folder = work / f"{name}--{uuid.uuid4().hex[:8]}"
    with storage_errors(folder):
        work.mkdir(parents=True, exist_ok=True)
        for left in work.iterdir():
            if left.name.rpartition("--")[0] == name:
                shutil.rmtree(left, ignore_errors=True)
        folder.mkdir()
    return folder


def _run(production: Production, state: StageState, folder: Path) -> list[tuple[str, Path]]:
    stage = state.stage
    settings = production.settings.only(stage.settings)
    with production.store.held(state.inputs), storage_errors(folder):
        makes = stage.run(state.needs, settings, folder)
    return list(_paths(makes))


def _paths(makes: Any) -> Iterator[tuple[str, Path]]:
    for field in fields(makes):
        value = getattr(makes, field.name)
        for path in value if isinstance(value, tuple) else (value,):
            if path is not None:
                yield field.name, path


def _record(
    production: Production,
    state: StageState,
    made: list[tuple[str, Path]],
    started: int,
    held: HeldLock,
) -> bool:
    """Record the run; return False where another process has recorded it.

    Raises BusyError for a lost lock: the process that took it over may have been quicker.
    """
    outputs = []
    for kind, path in made:
        name = path.name
        stored = retry_while_unavailable(partial(production.store.move_in, path))
        outputs.append(
            OutputRow(
                kind=kind, sha256=stored.sha256, name=name, suffix=stored.suffix,
                size_bytes=stored.size_bytes,
            )
        )  # fmt: skip
    with production.ledger.write() as session:
        held.verify()
        subject = find_subject(session, state.subject.slug).id
        if _recorded(session, subject, state):
            return False
        session.add(
            RunRow(
                subject_id=subject,
                stage=state.stage.slug,
                key=state.key,
                inputs=[[a.kind, a.sha256, a.name] for a in state.inputs],
                tools={**versions(), "host": platform.node()},
                started_ms=started,
                finished_ms=now_ms(),
                outputs=outputs,
            )
        )
    return True


def _recorded(session: Session, subject: int, state: StageState) -> bool:
    same = (RunRow.subject_id == subject, RunRow.stage == state.stage.slug, RunRow.key == state.key)
    return session.scalar(select(RunRow.id).where(*same)) is not None


def _record_failure(production: Production, state: StageState, error: Exception) -> None:
    known = isinstance(error, ChifengError)
    message = str(error) if known else f"{type(error).__name__}: {error}"
    if not known:
        log.exception("%s %s failed", state.subject.slug, state.stage.task_name)
    try:
        with production.ledger.write() as session:
            session.add(
                FailureRow(
                    subject_id=find_subject(session, state.subject.slug).id,
                    stage=state.stage.slug, key=state.key, message=message,
                    at_ms=increasing_ms(session),
                )
            )  # fmt: skip
    except ChifengError as second:  # a full disk or a locked ledger must not hide the first cause
        log.warning("the failure could not be recorded: %s", second)
