"""Carry one interviewee or episode as far as it goes. The ledger decides; this only follows.

However often it is started, it begins by asking the ledger what is left to do, so it may be killed
anywhere and nothing is done twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from flows.signoff_gate import Gate, record
from flows.subject_status import SubjectStatus, subject_status
from pipeline.delivery.release import release_if_signed, update_releases
from pipeline.errors import BusyError
from pipeline.repository.locks import is_free
from pipeline.repository.object_storage import retry_while_unavailable
from pipeline.stage import AnyStage, Scope
from pipeline.workflow.executor import RunResult, advance
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.requests import ledger_version
from pipeline.workflow.stage_state import StageState

__all__ = ["Each", "run_subject"]

log = logging.getLogger("chifeng.flows")


Each = Callable[[AnyStage], RunResult]
"""Performs one stage: a Prefect task, or in tests a plain call."""


def run_subject(production: Production, slug: str, each: Each, gate: Gate) -> SubjectStatus:
    """Perform what can be performed and ask people for the rest, until all of it is done.

    In a real flow this ends at the first gate nobody signs within the time of grace: the process
    ends there, and another begins here again once there is something new. Raises what a stage
    raises.
    """
    answer = gate.answer()
    busy = answer is not None
    complaint = ""

    def counted(stage: AnyStage) -> RunResult:
        nonlocal busy
        done = each(stage)
        busy = busy or done.ran
        return done

    while True:
        seen = ledger_version(production)
        now = subject_status(
            production, retry_while_unavailable(partial(_advanced, production, slug, counted))
        )
        if answer is not None:
            complaint, answer = record(production, now, answer), None
            if not complaint:
                continue
        if busy and now.subject.scope is Scope.INTERVIEWEE:  # the consent may have changed
            retry_while_unavailable(partial(update_releases, production, slug))
        log.info("%s", now.words)
        gate.show(now)
        if (
            now.finished
        ):  # releases where a process ended between the last signature and the release
            retry_while_unavailable(partial(release_if_signed, production, slug))
            return now
        if busy and not complaint and _moves(production, now, seen):
            continue
        gate.ask(now, complaint)
        complaint, answer = "", gate.answer()


def _advanced(production: Production, slug: str, each: Each) -> list[StageState]:
    """Perform what is for this machine; what another one is at, or is there for, is left to it.

    While the production is paused nothing begins.
    """

    def here(stage: AnyStage) -> bool:
        ours = stage.queue in production.settings.machines.queues
        return ours and current_pause(production) is None and is_free(production.locks, slug)

    try:
        return advance(production, slug, each, here)
    except BusyError:  # another was quicker
        return production.states(slug)


def _moves(production: Production, before: SubjectStatus, seen: tuple[int, ...]) -> bool:
    """Watch the ledger for the time of grace; tell whether anything new concerns the subject.

    Somebody who signs at once need not wait until a process has ended and another begun.
    """
    flows = production.settings.flows
    end = time.monotonic() + flows.grace_seconds
    while True:
        found = ledger_version(production)
        if found != seen:
            seen = found
            states = production.states(before.subject.slug)
            if subject_status(production, states).digest != before.digest:
                return True
        if time.monotonic() >= end:
            return False
        time.sleep(flows.poll_seconds)
