"""The review of a signed stage: film, findings, notes, what changed, and the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.web.access import CREW, Visitor
from desk.web.js_messages import js_messages
from desk.web.render import render
from desk.web.routes.decisions import Subject
from desk.web.views.decision import address_of, decision_case
from desk.web.views.review import review_of
from pipeline.core.artefacts.verification_report import CheckResult, VerificationReport
from pipeline.media.qc.report import CHECK_TITLES, check_title

__all__ = ["router"]

router = APIRouter()


@router.get("/episode/{slug}/{number}/review/{stage}")
def review(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, stage: str
) -> Response:
    """Show all that a decision about the stage needs."""
    production = visitor.production
    case = decision_case(visitor, slug, production.stage(stage))
    view = review_of(production, case.state)
    return render(
        request, "review.html", case=case, review=view, checks=_checks(view.report),
        address=address_of(slug), words=js_messages(),
    )  # fmt: skip


def _checks(report: VerificationReport | None) -> list[CheckResult]:
    """Return the checks of a report, the worst first, named in the reader's language."""
    if report is None:
        return []
    order = ("fail", "warn", "pass")
    named = [
        check.model_copy(update={"title": check_title(check.name)})
        if check.name in CHECK_TITLES
        else check
        for check in report.checks
    ]
    return sorted(named, key=lambda check: order.index(check.result))
