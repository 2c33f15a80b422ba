"""Pending actions: who must act on which stage, since when, and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import PersonRow
from pipeline.stage import Role
from pipeline.workflow.executor import explain
from pipeline.workflow.production import Production
from pipeline.workflow.roster import people
from pipeline.workflow.stage_state import StageSummary, Status

__all__ = ["PendingAction", "actors", "pending_actions"]

_DAY_MS = 86_400_000
_PEOPLE_WAIT = (Status.GATE, Status.DEPOSIT, Status.REFUSED, Status.FAILED)


@dataclass(frozen=True)
class PendingAction:
    """A stage that waits for a person.

    `status` says for what: gate, deposit, refused or failed. `roles` may act, `people` hold them.
    `confirming` are those who may confirm a signed paper that another of the crew registered. Times
    are Unix milliseconds; `due_ms` follows from config/roles.toml.
    """

    state: StageSummary
    status: Status
    roles: tuple[str, ...]
    people: tuple[str, ...]
    why: str
    since_ms: int
    due_ms: int
    confirming: tuple[str, ...] = ()

    @property
    def late(self) -> bool:
        """Tell whether it is past its due time."""
        return now_ms() > self.due_ms


def pending_actions(
    production: Production,
    person: str | None = None,
    board: Mapping[str, Sequence[StageSummary]] | None = None,
) -> list[PendingAction]:
    """List everything that waits for somebody (or for this person), the longest due first.

    `board` is that of `Production.summaries`, where the caller has it already.
    """
    actors_of = _Actors(production, people(production))
    found = [
        PendingAction(
            state, state.status, roles, names, explain(state), state.since_ms,
            state.since_ms + _days(production, state) * _DAY_MS, actors_of.confirming(state),
        )
        for states in (production.summaries() if board is None else board).values()
        for state in (*states[:-1], _objected(production, states[-1]))
        if state.status in _PEOPLE_WAIT
        for roles, names in [actors_of.on(state)]
        if person is None or person in (*names, *actors_of.confirming(state))
    ]  # fmt: skip
    return sorted(found, key=lambda w: (w.due_ms, w.state.subject.slug, w.state.stage.number))


def _objected(production: Production, state: StageSummary) -> StageSummary:
    """Show what is released against the consent of today as what it is: refused."""
    objected = state.passed and state.reason and state.stage is production.stages[-1]
    return replace(state, status=Status.REFUSED) if objected else state


def actors(
    production: Production, state: StageSummary, everybody: Sequence[PersonRow]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles that may act on a state, and the names of the people who hold them."""
    return _Actors(production, everybody).on(state)


class _Actors:
    """Finds who may act on a state, for many states."""

    def __init__(self, production: Production, everybody: Sequence[PersonRow]) -> None:
        self._rules = production.settings.roles.stage
        self._everybody = everybody
        self._holders: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._crew = [p.name for p in everybody if set(p.roles) - {Role.INTERVIEWEE.value}]
        self._interviewees = {p.name for p in everybody if Role.INTERVIEWEE.value in p.roles}

    def on(self, state: StageSummary) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the roles that may act on a state, and the names of those who hold them
        and whose signature is missing."""
        roles = self._roles(state)
        if roles not in self._holders:
            crew = set(roles) - {Role.INTERVIEWEE.value}
            self._holders[roles] = tuple(p.name for p in self._everybody if crew & set(p.roles))
        names = self._holders[roles]
        own = state.subject.interviewee
        if Role.INTERVIEWEE.value in roles and own in self._interviewees and own not in names:
            names = (*names, own)
        # Who signed already, or whose deputy did, is not asked again.
        return roles, tuple(name for name in names if name not in state.signers)

    def confirming(self, state: StageSummary) -> tuple[str, ...]:
        """Return who may confirm the paper that was registered, if one was."""
        first = state.registered_by
        return tuple(name for name in self._crew if name != first) if first else ()

    def _roles(self, state: StageSummary) -> tuple[str, ...]:
        if state.status is Status.REFUSED:
            return (Role.PRODUCER.value,)
        rule = self._rules.get(state.stage.slug)
        if rule is None or state.status is Status.FAILED:
            return (Role.TECHNICIAN.value,)
        return rule.roles


def _days(production: Production, state: StageSummary) -> int:
    rule = production.settings.roles.stage.get(state.stage.slug)
    return rule.days if rule else 1
