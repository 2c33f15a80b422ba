"""What the page of an interviewee or an episode shows: each stage, why, and who is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from desk.web.access import Visitor
from desk.web.views.board import action_address
from desk.web.views.decision import DecisionCase, address_of, decision_case
from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.evidence import paper_handlers
from pipeline.review import drafts
from pipeline.review.deputies import delegated_roles
from pipeline.review.notes import notes
from pipeline.review.signoff_rules import findings
from pipeline.stage import Artefact, Finding, Role, Subject
from pipeline.tracking.history import Event, history
from pipeline.tracking.pending_actions import PendingAction, pending_actions
from pipeline.workflow.approvals import pending_registration
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import requests
from pipeline.workflow.scheduling.rests import standing_still
from pipeline.workflow.stage_state import StageState, StageSummary, Status, is_released

__all__ = ["Paper", "StageView", "SubjectView", "subject_view"]

_EVENTS = 200  # read at once; the command line has the rest


@dataclass(frozen=True)
class Paper:
    """What can be done about a signature on paper: `registered_by` names who brought it, so that
    another (`confirms`) can confirm it; nobody did yet where it is empty. `evidence` is that of a
    signature by link."""

    registered_by: str
    confirms: bool
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StageView:
    """One stage as the page shows it. `case` is there for whoever may decide about it."""

    state: StageState
    action: PendingAction | None
    case: DecisionCase | None
    paper: Paper | None
    findings: tuple[Finding, ...]
    deposits: tuple[Artefact, ...]
    action_address: str

    @property
    def number(self) -> int:
        """Return the number of the stage."""
        return self.state.stage.number


@dataclass(frozen=True)
class SubjectView:
    """An interviewee or an episode as its page shows it. `interviewee_stages` are
    filled on an episode's page, `episodes` on an interviewee's."""

    slug: str
    address: str
    stages: tuple[StageView, ...]
    interviewee_stages: tuple[StageState, ...]
    episodes: tuple[tuple[StageSummary, ...], ...]
    released: bool
    requested: bool
    standing_still: str
    open_notes: int
    events: tuple[Event, ...]

    @property
    def subject(self) -> Subject:
        """Return who or what it is."""
        return self.stages[0].state.subject

    @property
    def next_stage(self) -> StageView | None:
        """Return the stage that people must act on next."""
        return next((stage for stage in self.stages if stage.action is not None), None)


def subject_view(visitor: Visitor, slug: str) -> SubjectView:
    """Look at an interviewee or an episode. Raises NotFoundError."""
    production = visitor.production
    states = production.states(slug)
    slug = states[0].subject.slug
    actions = {t.state.stage.slug: t for t in pending_actions(production, board={slug: states})}
    roles_held = _roles_held(visitor)
    name, slash, _number = slug.partition("/")
    all_requests = requests(production)
    request = all_requests.get(slug) or all_requests.get(name)
    with production.ledger.read() as session:
        open_notes = sum(note.open for note in notes(session, slug)) if slash else 0
    return SubjectView(
        slug=slug,
        address=address_of(slug),
        stages=tuple(_stage(visitor, s, actions.get(s.stage.slug), roles_held) for s in states),
        interviewee_stages=tuple(production.states(name)) if slash else (),
        episodes=() if slash else tuple(_episodes(production, name)),
        released=is_released(states),
        standing_still=standing_still(production, {slug: states}).get(slug, ""),
        requested=request is not None and request.wanted,
        open_notes=open_notes,
        events=tuple(reversed(history(production, slug)[-_EVENTS:])),
    )


def _episodes(production: Production, name: str) -> Sequence[tuple[StageSummary, ...]]:
    board = production.summaries()
    return [tuple(states) for slug, states in board.items() if slug.startswith(f"{name}/")]


def _roles_held(visitor: Visitor) -> frozenset[str]:
    """Return the roles the person may act in, also as a deputy."""
    with visitor.production.ledger.read() as session:
        delegated = {role for role, _giver in delegated_roles(session, visitor.name)}
    return visitor.roles | delegated


def _stage(
    visitor: Visitor, state: StageState, action: PendingAction | None, roles_held: frozenset[str]
) -> StageView:
    rule = visitor.production.settings.roles.stage.get(state.stage.slug)
    rows = [*state.approvals, pending_registration(state)]
    handlers = {name for row in rows if row is not None for name in paper_handlers(row)}
    signed = bool(visitor.names & {*state.signers, *handlers})
    decides = rule is not None and bool(roles_held & set(rule.roles))
    case = None
    if state.run is not None and (decides or signed):
        case = _case(visitor, state)
    return StageView(
        state=state,
        action=action,
        case=case,
        paper=_paper(visitor, state, rule.roles if rule else ()),
        findings=() if case is not None else findings(visitor.production, state),
        deposits=tuple(a for a in state.inputs if _is_deposit(a)),
        action_address=action_address(state),
    )


def _case(visitor: Visitor, state: StageState) -> DecisionCase:
    """Return the case, with what hinders a signature here while corrections lie unsigned."""
    case = decision_case(visitor, state.subject.slug, state.stage, state)
    if (
        state.status is not Status.GATE
        or case.hindrance
        or drafts.correction_kind(state.stage) is None
    ):
        return case
    try:
        draft = drafts.open_draft(
            visitor.production, state.subject.slug, state.stage, visitor.name, state
        )
    except ChifengError:  # it made nothing that could be read: its check says so
        return case
    if not draft.has_changes:
        return case
    hindrance = _(
        "{people} corrected something that is not signed yet: sign where it is corrected."
    )
    people = _(", ").join(draft.people)
    return replace(case, hindrance=hindrance.format(people=people))


def _paper(visitor: Visitor, state: StageState, roles: tuple[str, ...]) -> Paper | None:
    if state.status is not Status.GATE or Role.INTERVIEWEE.value not in roles:
        return None
    pending = pending_registration(state)
    if pending is None:
        return Paper("", confirms=False)
    first = state.registered_by
    return Paper(first, confirms=first not in visitor.names, evidence=pending.evidence or {})


def _is_deposit(artefact: Artefact) -> bool:
    return bool(KINDS[artefact.kind].deposit)
