"""Make Prefect agree with the ledger: everything asked for and unfinished has one live run.

Whatever happens to Prefect's runs, the next look mends it: a run that is missing is created, one
whose situation has changed while it was suspended is resumed, one whose deployment was deleted is
replaced, and one that a director cancelled rests until somebody asks again. What no worker takes
within a minute is told, with the reason. A stage that failed is not tried again until its inputs
change or somebody asks.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from prefect.client.schemas.objects import FlowRun, StateType

from flows.signoff_gate import asked_about
from flows.subject_status import SubjectStatus, subject_status
from flows.sync.flow_runs import PARAMETER, Runs
from pipeline.errors import ChifengError, NotFoundError
from pipeline.i18n import _
from pipeline.repository.locks import is_free
from pipeline.repository.records import find_subject
from pipeline.workflow.production import Production
from pipeline.workflow.roster import people
from pipeline.workflow.scheduling.requests import Request, stop
from pipeline.workflow.scheduling.rests import note_stalled
from pipeline.workflow.scheduling.runnable import Runnable, runnable
from pipeline.workflow.settings_reload import ReloadingProduction
from pipeline.workflow.status import Status

__all__ = ["Reconciler"]

log = logging.getLogger("chifeng.flows")

_TRIES = 4
_PATIENCE_S = 60.0  # so long a run may wait for a worker before somebody asks why
_WITHOUT_PROCESS = (StateType.SCHEDULED, StateType.PAUSED)
_AHEAD = 2  # runs that wait for a process, for each that may have one


class Reconciler:
    """Looks at ledger and runs side by side. Only one per home may be at work."""

    def __init__(self, production: Production, runs: Runs) -> None:
        self.production = production
        self._runs = runs
        self._resumed: dict[object, str] = {}
        self._current = ReloadingProduction(production)
        self.live: dict[str, FlowRun] = {}
        self.stalled: dict[str, str] = {}
        self._ready = True

    @property
    def active(self) -> bool:
        """Tell whether, at the last look, a run was at work or about to be."""
        return any(not _suspended(run) for run in self.live.values())

    @property
    def resting(self) -> bool:
        """Tell whether, at the last look, all that there is waited for people."""
        return not self.active and not self._ready

    def look(self) -> dict[str, SubjectStatus]:
        """Compare once and mend; return the situation of every subject, by slug."""
        self.production = self._current.production()
        board = self.production.board()
        everybody = people(self.production)
        situations = {
            slug: subject_status(self.production, states, everybody)
            for slug, states in board.items()
            if states
        }
        self._ready = any(
            s.status is Status.READY for now in situations.values() for s in now.states
        )
        self.live = self._live()
        self._examine(situations)
        self._mend_all(situations, runnable(self.production, board))
        return situations

    def _examine(self, situations: dict[str, SubjectStatus]) -> None:
        """Replace the runs that no worker can take, and note what holds up those that none does."""
        found: dict[str, str] = {}
        for slug, run in list(self.live.items()):
            if run.state_type in _WITHOUT_PROCESS and not self._runs.has_deployment(run):
                self._runs.abandon(run)
                del self.live[slug]
                log.warning("%s: its deployment was deleted, it is started anew", slug)
            elif why := self._held_up(run, situations.get(slug)):
                found[slug] = why
                if self.stalled.get(slug) != why:
                    log.warning("%s: %s", slug, why)
        self.stalled = found
        note_stalled(self.production, found)

    def _held_up(self, run: FlowRun, now: SubjectStatus | None) -> str:
        """Say why a run that was to go on a minute ago does not; "" for one that may wait."""
        if _overdue_s(run) < _PATIENCE_S:
            return ""
        if _suspended(run):
            ignored = now is not None and self._resumed.get(run.id) == now.digest
            if ignored and now is not None and asked_about(run) != now.digest:
                return _("its run sees other settings than the production has")
            return ""
        if run.state_type == StateType.RUNNING:
            return ""
        why = self._runs.obstacle(run)
        if why:
            return why
        busy = sum(each.state_type == StateType.RUNNING for each in self.live.values())
        if run.state_type == StateType.SCHEDULED and busy >= (
            self.production.settings.flows.runs_at_once
        ):
            return ""
        return _("its run stands at “{state}” in Prefect and no worker takes it").format(
            state=run.state_name
        )

    def _mend_all(self, situations: dict[str, SubjectStatus], in_order: Iterable[Runnable]) -> None:
        """Mend what is due sooner first, and have no more runs wait for a process than soon get
        one: what becomes urgent goes before those that have not begun."""
        ahead = _AHEAD * self.production.settings.flows.runs_at_once
        for each in in_order:
            slug = each.slug
            if sum(_queued(run) for run in self.live.values()) >= ahead:
                return
            try:
                self._mend(slug, situations[slug], each.request, self.live.get(slug))
            except ChifengError as error:
                log.warning("%s: %s", slug, error)

    def _mend(
        self, slug: str, now: SubjectStatus, wish: Request | None, run: FlowRun | None
    ) -> None:
        if run is not None:
            if _suspended(run) and asked_about(run) != now.digest:
                self._resume(run, now)
            elif _suspended(run) and self._left_behind(now):
                self._wake(slug, run)
                log.info("%s: goes on here, nobody else is at it any more", slug)
            return
        if wish is None or not wish.wanted or now.finished:
            return
        recent = self._runs.recent(slug)
        last = recent[0] if recent else None
        if (
            last is not None
            and last.state_type == StateType.CANCELLED
            and _ended_ms(last) > wish.at_ms
        ):
            stop(self.production, slug, via="Prefect")
            log.info("%s: was cancelled, and rests until somebody asks for it", slug)
        elif not _given_up(now, wish, recent):
            started = self.live[slug] = self._runs.start(now.subject, now.tags)
            log.info("%s: started as %s", slug, started.id)

    def _resume(self, run: FlowRun, now: SubjectStatus) -> None:
        # A run that was resumed for this very situation and suspended upon another sees the
        # ledger differently than we do (other settings, say): resuming it for ever would not help.
        if self._resumed.get(run.id) == now.digest:
            return
        self._resumed[run.id] = now.digest
        self._wake(now.subject.slug, run)
        log.info("%s: resumed", now.subject.slug)

    def _wake(self, slug: str, run: FlowRun) -> None:
        self._runs.resume(run)
        self.live[slug] = run.model_copy(update={"state_type": StateType.SCHEDULED})

    def _left_behind(self, now: SubjectStatus) -> bool:
        """Tell whether a stage is for this machine, and nobody else is at it any more."""
        own = self.production.settings.machines.queues
        ready = any(s.status is Status.READY and s.stage.queue in own for s in now.states)
        return ready and is_free(self.production.locks, now.subject.slug)

    def _live(self) -> dict[str, FlowRun]:
        """Return the live run of each subject, the oldest where there are several."""
        found: dict[str, FlowRun] = {}
        for run in self._runs.live():
            slug = self._slug(str(run.parameters.get(PARAMETER, "")))
            if slug:
                found.setdefault(slug, run)
        return found

    def _slug(self, name: str) -> str:
        with self.production.ledger.read() as session:
            try:
                return find_subject(session, name.strip()).slug
            except NotFoundError:
                return ""


def _queued(run: FlowRun) -> bool:
    """Tell whether the run waits for a process; what somebody planned for later does not yet."""
    at = run.state.state_details.scheduled_time if run.state else None
    due = at is None or at <= datetime.now(UTC)
    return run.state_type == StateType.PENDING or (run.state_type == StateType.SCHEDULED and due)


def _overdue_s(run: FlowRun) -> float:
    """Return for how long the run has been to go on; negative for what is planned for later."""
    if run.state is None:
        return 0.0
    at = run.state.state_details.scheduled_time or run.state.timestamp
    return (datetime.now(UTC) - max(at, run.state.timestamp)).total_seconds()


def _given_up(now: SubjectStatus, wish: Request, recent: Iterable[FlowRun]) -> bool:
    """Tell whether trying again would only fail again."""
    failed = [s for s in now.states if s.status is Status.FAILED]
    if failed:
        return max(s.since_ms for s in failed) > wish.at_ms
    moved = max([wish.at_ms, *(s.since_ms for s in now.states)])
    ends = Counter(run.state_type for run in recent if run.state_type and _ended_ms(run) > moved)
    return ends[StateType.CRASHED] + ends[StateType.FAILED] >= _TRIES


def _suspended(run: FlowRun) -> bool:
    return run.state_type == StateType.PAUSED


def _ended_ms(run: FlowRun) -> int:
    at: datetime | None = run.state.timestamp if run.state else None
    return int(at.timestamp() * 1000) if at else 0
