"""What a subject waits for, told in words, in tags, and in a digest that changes when it does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import _
from pipeline.repository.tables import PersonRow
from pipeline.stage import Role, Subject
from pipeline.tracking.pending_actions import actors
from pipeline.workflow.executor import explain
from pipeline.workflow.production import Production
from pipeline.workflow.roster import people
from pipeline.workflow.status import StageState, Status

__all__ = [
    "NAME",
    "NAME_LENGTH",
    "SubjectStatus",
    "about",
    "run_name",
    "subject_status",
    "subject_tag",
]

NAME = r"^[^\x00-\x1f\x7f]*$"
"""What a name at the form of a flow may consist of: no control characters (ECMA 262)."""
NAME_LENGTH = 200
"""So many characters at most."""

_PEOPLE_ACT = (Status.GATE, Status.DEPOSIT, Status.REFUSED, Status.FAILED)


@dataclass(frozen=True)
class SubjectStatus:
    """Where a subject stands once everything that can run has run.

    `first` is the stage that people must act on next, None where others must act first or all is
    done; `roles` and `people` may. `elsewhere` names what another machine has to do now. Two
    situations with one digest look the same to everybody.
    """

    subject: Subject
    states: tuple[StageState, ...]
    first: StageState | None
    roles: tuple[str, ...]
    people: tuple[str, ...]
    digest: str
    elsewhere: str = ""

    @property
    def finished(self) -> bool:
        """Tell whether nothing is left to do."""
        return all(state.passed for state in self.states)

    @property
    def gate(self) -> StageState | None:
        """The stage that waits for a signature, if that is what is waited for."""
        return self.first if self.first and self.first.status is Status.GATE else None

    @property
    def words(self) -> str:
        """Say in one line what is waited for."""
        if self.finished:
            return _("everything is done and signed")
        if self.first is None:
            if self.elsewhere:
                return _("{stage} is for another machine: {queue}").format(
                    stage=next(s.stage.label for s in self.states if s.status is Status.READY),
                    queue=self.elsewhere,
                )
            waiting = next((s for s in self.states if not s.passed), self.states[0])
            return explain(waiting)
        if self.gate is None:
            return explain(self.first)
        return _("{stage}: to be signed by {roles} ({people})").format(
            stage=self.first.stage.label,
            roles=_comma(Role(role).label for role in self.roles),
            people=_comma(self.people) or _("nobody has this role yet"),
        )

    @property
    def headline(self) -> str:
        """Name the run as lists show it: whose it is and, while people must act, what waits for
        whom since when."""
        name = run_name(self.subject)
        first = self.first
        if first is None:
            return name
        since = f"{datetime.fromtimestamp(first.since_ms / 1000, CHINA_TIME):%m-%d %H:%M}"
        who = "、".join(self.people)
        waits = f"{first.stage.task_name} {self._waits_for}" + (f"（{who}）" if who else "")
        return f"{name} ｜ {waits} {_('since {moment}').format(moment=since)}"

    @property
    def tags(self) -> list[str]:
        """Return the tags a run carries: who and what it is about, and what it waits for."""
        return [*about(self.subject), *([self._waits_for] if self._waits_for else [])]

    @property
    def _waits_for(self) -> str:
        if self.finished:
            return ""
        if self.first is None and self.elsewhere:
            return _("other machine: {queue}").format(queue=self.elsewhere)
        if self.first is None:
            ready = any(state.status is Status.READY for state in self.states)
            return "" if ready else _("waits for earlier stages")
        status = self.first.status
        if status is Status.GATE:
            return _("{role} to sign").format(role=Role(self.roles[0]).label)
        if status is Status.DEPOSIT:
            return _("material to come")
        return _("consent to settle") if status is Status.REFUSED else _("failed")


def subject_status(
    production: Production,
    states: Sequence[StageState],
    everybody: Sequence[PersonRow] | None = None,
) -> SubjectStatus:
    """Look at the states of one subject (as Production.states gives them).

    Who looks at many passes `everybody`, so that they are read but once.
    """
    first = next((s for s in states if s.status in _PEOPLE_ACT), None)
    roles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    if first is not None:
        everybody = people(production) if everybody is None else everybody
        roles, names = actors(production, first, everybody)
    material = [
        [_facts(state) for state in states],
        sorted(names),
    ]
    digest = hashlib.sha256(json.dumps(material).encode()).hexdigest()[:16]
    subject = states[0].subject
    elsewhere = _elsewhere(production, states)
    return SubjectStatus(subject, tuple(states), first, roles, names, digest, elsewhere)


def _elsewhere(production: Production, states: Sequence[StageState]) -> str:
    ready = (s.stage.queue for s in states if s.status is Status.READY)
    own = production.settings.machines.queues
    return next((queue.label for queue in ready if queue not in own), "")


def run_name(subject: Subject) -> str:
    """Name a flow run after the interviewee and the episode."""
    if not subject.number:
        return subject.interviewee
    return f"{subject.interviewee} · {subject.number:02d} {subject.title}"


def about(subject: Subject) -> list[str]:
    """Return the tags that say who and what a run is about."""
    phase = _("phase {n}").format(n=subject.phase)
    return [subject_tag(subject.slug), subject.interviewee, phase, _(subject.field)]


def subject_tag(slug: str) -> str:
    """Return the tag by which the runs of a subject are found; no name of a person is one."""
    return f"id:{slug}"


def _facts(state: StageState) -> list[object]:
    last = state.last_signoff
    refused = state.reason if state.status is Status.REFUSED else ""
    return [
        state.stage.slug, state.status, list(state.missing), state.key, state.signs,
        last.id if last else 0, refused,
    ]  # fmt: skip


def _comma(words: Iterable[str]) -> str:
    return _(", ").join(words)
