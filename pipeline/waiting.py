"""Who must act, on what, since when, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.home import Production
from pipeline.ledger import now_ms
from pipeline.models import PersonRow
from pipeline.perform import explain
from pipeline.register import people
from pipeline.stage import Role
from pipeline.state import Glance, Status

__all__ = ["Waiting", "actors", "waiting"]

_DAY_MS = 86_400_000
_PEOPLE_WAIT = (Status.GATE, Status.DEPOSIT, Status.REFUSED, Status.FAILED)


@dataclass(frozen=True)
class Waiting:
    """Something that goes on only when a person acts.

    `status` is what for: gate, deposit, refused or failed. `roles` may act, `people` hold them.
    Times are Unix milliseconds; `due_ms` follows from config/roles.toml.
    """

    state: Glance
    status: Status
    roles: tuple[str, ...]
    people: tuple[str, ...]
    why: str
    since_ms: int
    due_ms: int

    @property
    def late(self) -> bool:
        """Tell whether it should have been done by now."""
        return now_ms() > self.due_ms


def waiting(production: Production, person: str | None = None) -> list[Waiting]:
    """List everything that waits for somebody (or for this person), the longest due first."""
    everybody = people(production)
    found = [
        Waiting(
            state, state.status, roles, names, explain(state), state.since_ms,
            state.since_ms + _days(production, state) * _DAY_MS,
        )
        for states in production.glances().values()
        for state in states
        if state.status in _PEOPLE_WAIT
        for roles, names in [actors(production, state, everybody)]
        if person is None or person in names
    ]  # fmt: skip
    return sorted(found, key=lambda w: (w.due_ms, w.state.subject.slug, w.state.stage.number))


def actors(
    production: Production, state: Glance, everybody: Sequence[PersonRow]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles that may act on a state, and the names of the people who hold them."""
    rule = production.settings.roles.stage.get(state.stage.slug)
    roles = rule.roles if rule else (Role.TECHNICIAN.value,)
    if state.status is Status.FAILED:
        roles = (Role.TECHNICIAN.value,)
    elif state.status is Status.REFUSED:
        roles = (Role.PRODUCER.value,)
    names = tuple(
        person.name
        for person in everybody
        if set(roles) & set(person.roles)
        and (set(roles) & set(person.roles) != {Role.INTERVIEWEE.value}
             or person.name == state.subject.interviewee)
    )  # fmt: skip
    return roles, names


def _days(production: Production, state: Glance) -> int:
    rule = production.settings.roles.stage.get(state.stage.slug)
    return rule.days if rule else 1
