"""Decisions about a stage: approve, send back, withdraw; and what a send-back would cause."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, BaseModel, Field

from desk.web.access import CREW, Visitor
from desk.web.views.decision import consequences, decision_case, must_be_foreseen
from pipeline.captions.formats.markup import without_controls
from pipeline.repository.records import find_subject
from pipeline.repository.tables import SignOffRow
from pipeline.review import signoff

__all__ = ["Subject", "Text", "router", "subject_of"]

router = APIRouter()

_EPISODE = "/episode/{slug}/{number}/stage/{stage}"
_INTERVIEWEE = "/interviewee/{slug}/stage/{stage}"


def subject_of(request: Request) -> str:
    """Return the slug of the interviewee or episode an address names; raises NotFoundError."""
    at = request.path_params
    name = f"{at['slug']}/{at['number']}" if "number" in at else at["slug"]
    with request.app.state.production.ledger.read() as session:
        return find_subject(session, name).slug


Subject = Annotated[str, Depends(subject_of)]
Text = Annotated[str, AfterValidator(without_controls), Field(max_length=2000)]
"""What a person says: without characters that nobody sees and some databases refuse."""


class Approval(BaseModel):
    """What was shown, and what the person has to say."""

    seen: list[list[Annotated[str, Field(max_length=100)]]] = Field(max_length=500)
    reason: Text = ""


class SendBack(BaseModel):
    """To which stage, why, and what was body it would cause."""

    to: str = Field(max_length=60)
    reason: Text
    foreseen: str = Field(max_length=64)


class Withdrawal(BaseModel):
    """Why one's own approval is taken back."""

    reason: Text


@router.get(f"{_EPISODE}/consequences")
@router.get(f"{_INTERVIEWEE}/consequences")
def foresee(
    visitor: Annotated[Visitor, CREW], slug: Subject, stage: str, to: str
) -> dict[str, Any]:
    """Return what it would cause to send the work back to a stage."""
    production = visitor.production
    production.stage(stage)
    return consequences(production, slug, production.stage(to))


@router.get(f"{_EPISODE}/hindrance")
@router.get(f"{_INTERVIEWEE}/hindrance")
def hindrance(visitor: Annotated[Visitor, CREW], slug: Subject, stage: str) -> dict[str, Any]:
    """Return why the person cannot sign now; empty where they can."""
    return {"hindrance": decision_case(visitor, slug, visitor.production.stage(stage)).hindrance}


@router.post(f"{_EPISODE}/approve")
@router.post(f"{_INTERVIEWEE}/approve")
def approve(
    visitor: Annotated[Visitor, CREW], slug: Subject, stage: str, body: Approval
) -> dict[str, Any]:
    """Sign what the person has seen."""
    production = visitor.production
    row = signoff.approve(
        production, slug, production.stage(stage), visitor.name, via="desk",
        reason=body.reason.strip(), seen=body.seen,
    )  # fmt: skip
    return _signoff_json(row)


@router.post(f"{_EPISODE}/send-back")
@router.post(f"{_INTERVIEWEE}/send-back")
def send_back(
    visitor: Annotated[Visitor, CREW], slug: Subject, stage: str, body: SendBack
) -> dict[str, Any]:
    """Have an earlier stage done again, as it was body beforehand."""
    production = visitor.production
    to = production.stage(body.to)
    must_be_foreseen(production, slug, to, body.foreseen)
    row = signoff.send_back(
        production, slug, production.stage(stage), to, visitor.name, body.reason, via="desk"
    )
    return _signoff_json(row)


@router.post(f"{_EPISODE}/withdraw")
@router.post(f"{_INTERVIEWEE}/withdraw")
def withdraw(
    visitor: Annotated[Visitor, CREW], slug: Subject, stage: str, body: Withdrawal
) -> dict[str, Any]:
    """Take one's own approval back."""
    production = visitor.production
    row = signoff.withdraw(
        production, slug, production.stage(stage), visitor.name, body.reason, via="desk"
    )
    return _signoff_json(row)


def _signoff_json(row: SignOffRow) -> dict[str, Any]:
    return {"number": row.id, "stage": row.stage, "action": row.action, "person": row.person}
