"""Ask for the one-time code by which one signs at a form in Prefect."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.web.access import CREW, Visitor
from desk.web.render import render
from desk.web.routes.decisions import Subject
from desk.web.views.decision import address_of, decision_case
from pipeline.review.signing_codes import Code, make_code

__all__ = ["router"]

router = APIRouter()

_EPISODE = "/episode/{slug}/{number}/stage/{stage}/code"
_INTERVIEWEE = "/interviewee/{slug}/stage/{stage}/code"


@router.get(_EPISODE)
@router.get(_INTERVIEWEE)
def code_page(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, stage: str
) -> Response:
    """Offer a code for what lies at the gate, to whoever may sign it."""
    return _page(request, visitor, slug, stage)


@router.post(_EPISODE)
@router.post(_INTERVIEWEE)
def make(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, stage: str
) -> Response:
    """Make a code for the person who is signed in; it is shown this once."""
    production = visitor.production
    made = make_code(production, slug, production.stage(stage), visitor.name)
    return _page(request, visitor, slug, stage, made)


def _page(
    request: Request, visitor: Visitor, slug: str, stage: str, made: Code | None = None
) -> Response:
    case = decision_case(visitor, slug, visitor.production.stage(stage))
    return render(request, "code.html", case=case, made=made, back=address_of(slug))
