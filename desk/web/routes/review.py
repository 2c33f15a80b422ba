"""The review of a signed stage: film, findings, notes, what changed, and the decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.web.access import CREW, Visitor
from desk.web.js_messages import js_messages
from desk.web.routes.decisions import Subject
from desk.web.templating import render
from desk.web.views.decision import address_of, decision_case
from desk.web.views.review import review_of
from pipeline.media.qc.report import TITLES, title_of

__all__ = ["router"]

router = APIRouter()


@router.get("/episode/{slug}/{number}/review/{stage}")
def review(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, stage: str
) -> Response:
    """Show all that a decision about the stage needs."""
    production = visitor.production
    case = decision_case(visitor, slug, production.stage(stage))
    found = review_of(production, case.state)
    return render(
        request, "review.html", case=case, found=found, checks=_checks(found.report),
        address=address_of(slug), words=js_messages(),
    )  # fmt: skip


def _checks(report: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the checks of a report, the worst first, named in the reader's language."""
    if report is None:
        return []
    order = ("fail", "warn", "pass")
    named = [
        check | {"title": title_of(check["name"]) if check["name"] in TITLES else check["title"]}
        for check in report["checks"]
    ]
    return sorted(named, key=lambda check: order.index(check["result"]))
