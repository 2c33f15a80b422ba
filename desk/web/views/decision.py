"""What a decision about a stage is based on, and what it would cause.

    {% from "_decide.html" import decide %}   {{ decide(case) }}     with decision.css, decision.js

`decision_case` gives the `case` of any stage. A signature carries the digests that were shown
(`seen`), a send-back the effects that were shown (`foreseen`): where either has changed since,
nothing is done.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from desk.web.access import Visitor
from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.repository.evidence import paper_handlers, voices
from pipeline.review.notes import Note, notes
from pipeline.review.signoff_rules import findings, signing_refusal
from pipeline.stage import AnyStage, Finding, Role
from pipeline.workflow.approvals import pending_registration
from pipeline.workflow.executor import explain, state_of
from pipeline.workflow.impact import Effect, Step, plan
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status

__all__ = [
    "DecisionCase", "Target", "address_of", "consequences", "decision_case", "must_be_foreseen",
]  # fmt: skip

_UNCHANGED = (Effect.KEEPS, Effect.NONE)


@dataclass(frozen=True)
class Target:
    """A stage to which the work may be sent back, and the usual reasons."""

    stage: AnyStage
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class DecisionCase:
    """What lies before the person. `address` is where decisions go; `hindrance` says why the
    person cannot sign now, or nothing; `seen` is what a signature would bind to, as JSON."""

    address: str
    state: StageState
    hindrance: str
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    targets: tuple[Target, ...]
    signed_by_visitor: bool
    seen: str

    @property
    def stage(self) -> AnyStage:
        """Return the stage to decide about."""
        return self.state.stage

    @property
    def may_send_back(self) -> bool:
        """Tell whether there is anything to send back."""
        return self.state.run is not None


def address_of(slug: str) -> str:
    """Return the address of the page of an interviewee or an episode."""
    name, slash, number = slug.partition("/")
    return f"/episode/{name}/{number}" if slash else f"/interviewee/{name}"


def decision_case(
    visitor: Visitor, slug: str, stage: AnyStage, state: StageState | None = None
) -> DecisionCase:
    """Return what a decision about the stage is made from; who has its state passes it on.

    Raises SignOffError, NotFoundError.
    """
    production = visitor.production
    state = state or state_of(production, slug, stage)
    slug = state.subject.slug
    with production.ledger.read() as session:
        open_notes = [n for n in notes(session, slug) if n.open] if state.subject.number else []
    return DecisionCase(
        address=f"{address_of(slug)}/stage/{stage.number}",
        state=state,
        hindrance=_hindrance(visitor, state, open_notes),
        findings=findings(production, state),
        notes=tuple(open_notes),
        targets=tuple(_targets(production, stage)),
        signed_by_visitor=_may_withdraw(visitor, state),
        seen=json.dumps(state.signs),
    )


def _targets(production: Production, stage: AnyStage) -> list[Target]:
    usual = production.settings.reasons.stage
    return [
        Target(each, tuple(usual.get(each.slug, ())))
        for each in reversed(production.stages)
        if each.number <= stage.number
    ]


def _may_withdraw(visitor: Visitor, state: StageState) -> bool:
    """Tell whether a signature there is the person's, given in their name, or brought by them."""
    pending = pending_registration(state)
    rows = [*state.approvals, *([pending] if pending is not None else [])]
    return any(visitor.names & (voices(row) | paper_handlers(row)) for row in rows)


def _hindrance(visitor: Visitor, state: StageState, open_notes: list[Note]) -> str:
    """Say why this person cannot sign now; empty where they can. What is said here spares them the
    way: the rules themselves are asked again when they sign."""
    production, stage = visitor.production, state.stage
    if stage.signed_by is None:
        return _("{stage} is done by the machine and needs no signature.").format(stage=stage.label)
    if state.status is not Status.GATE:
        return "" if state.passed else explain(state)
    if visitor.names & {name for row in state.approvals for name in voices(row)}:
        return _("You have signed; another person must sign as well.")
    if refusal := signing_refusal(production, state.subject.slug, stage, visitor.name):
        return str(refusal)
    errors = [f for f in findings(production, state) if f.level == "error"]
    if errors:
        return _("{n} errors must be put right first.").format(n=len(errors))
    if open_notes and stage.signed_by is Role.LEADER:
        return _("{n} notes must be answered first.").format(n=len(open_notes))
    return ""


def consequences(production: Production, slug: str, to: AnyStage) -> dict[str, Any]:
    """Return what a send-back would cause, to be read before it is done: one line for each stage
    that is touched, whose signatures stay, and `foreseen`, which stands for all of it."""
    steps = plan(production, slug, send_back_to=to)
    several = len({step.state.subject.slug for step in steps}) > 1
    touched = [s for s in steps if _is_touched(s)]
    kept = [s for s in steps if s.signature is Effect.KEEPS]
    effects = [
        [s.state.subject.slug, s.state.stage.slug, s.work.value, s.signature.value, s.signer]
        for s in steps
    ]
    return {
        "lines": [_line(step, several=several) for step in touched],
        "kept": [f"{_named(s, several=several)} ({s.signer})" for s in kept],
        "foreseen": hashlib.sha256(json.dumps(effects).encode()).hexdigest(),
    }


def must_be_foreseen(production: Production, slug: str, to: AnyStage, foreseen: str) -> None:
    """Refuse a send-back that would cause something else than was said. Raises SignOffError."""
    if consequences(production, slug, to)["foreseen"] != foreseen:
        raise SignOffError(
            _("Something has changed: it would cause something else now."),
            remedy=_("Look at what it would cause, then decide again."),
        )


def _is_touched(step: Step) -> bool:
    """Tell whether something there is done again or lapses: what was never done is not."""
    again = step.work not in _UNCHANGED and step.state.run is not None
    return again or step.signature not in _UNCHANGED or "send_back" in step.because


def _line(step: Step, *, several: bool) -> dict[str, str]:
    work = {
        Effect.RUNS: _("is done again"),
        Effect.IF_CHANGED: _("is done again, if what comes before turns out differently"),
    }
    signature = {
        Effect.LAPSES: _("{signer}'s signature lapses"),
        Effect.IF_CHANGED: _("{signer}'s signature lapses, if the result differs"),
        Effect.KEEPS: _("{signer}'s signature stays"),
    }
    return {
        "stage": _named(step, several=several),
        "work": work.get(step.work, ""),
        "signature": signature.get(step.signature, "").format(signer=step.signer),
        "sure": "yes" if Effect.IF_CHANGED not in (step.work, step.signature) else "",
    }


def _named(step: Step, *, several: bool) -> str:
    label = step.state.stage.label
    return f"{step.state.subject.slug} {label}" if several else label
