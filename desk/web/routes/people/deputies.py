"""Who signs for whom while they are away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import CREW, Forbidden, Visitor
from desk.web.form_state import FormState
from desk.web.render import render
from desk.web.routes.subject import done_message
from pipeline.core.clock import CHINA_TIME
from pipeline.errors import ChifengError, FormError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.review.deputies import delegate, deputies
from pipeline.review.signoff_rules import require_reason
from pipeline.stage import Role
from pipeline.workflow import roster

__all__ = ["router"]

router = APIRouter()

_LONGEST = 500  # characters of a reason


@router.get("/deputies")
def show(request: Request, visitor: Annotated[Visitor, CREW], done: str = "") -> Response:
    """Show who stands in for whom, and the form for another."""
    return _page(request, visitor, FormState(), done=done_message(done))


@router.post("/deputies")
def add(
    request: Request, visitor: Annotated[Visitor, CREW], deputy: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "",
    person: Annotated[str, Form()] = "", since: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Let somebody sign in one's place for some days; an administrator names anybody's deputy."""
    person = person or visitor.name
    if person != visitor.name and not visitor.administrator:
        raise Forbidden(_("One names one's own deputy; for others an administrator does."))
    form = FormState(person=person, deputy=deputy, since=since, until=until, reason=reason)
    try:
        from_ms = _day_ms(since, "since") if since else now_ms()
        until_ms = _day_ms(until, "until", days=1)
        if from_ms >= until_ms:
            raise FormError(_("The last day is before the first, or past."), key="until")
        _check_reason(reason)
        delegate(
            visitor.production, person, deputy, from_ms=from_ms, until_ms=until_ms, reason=reason
        )
    except ChifengError as error:
        form.add_error(error, "deputy")
        return _page(request, visitor, form)
    return RedirectResponse("/deputies?done=deputy", 303)


def _check_reason(reason: str) -> None:
    try:
        require_reason(reason)
    except ChifengError as error:
        raise FormError(error.what, remedy=error.remedy, key="reason") from error
    if len(reason) > _LONGEST:
        raise FormError(
            _("This has {n} characters; {most} are the most.").format(n=len(reason), most=_LONGEST),
            key="reason",
        )


def _day_ms(text: str, field: str, *, days: int = 0) -> int:
    """Return when a day of the production's calendar begins, or one `days` after it; raises
    FormError."""
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=days)
        begins = datetime(day.year, day.month, day.day, tzinfo=CHINA_TIME)
        return int(begins.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise FormError(
            _("That is no date."), remedy=_("Write it like 2026-10-08."), key=field
        ) from error


def _page(request: Request, visitor: Visitor, form: FormState, *, done: str = "") -> Response:
    production = visitor.production
    crew = [p for p in roster.people(production) if set(p.roles) - {Role.INTERVIEWEE.value}]
    with production.ledger.read() as session:
        there = deputies(session)
    return render(
        request, "deputies.html", 422 if form.errors else 200, crew=crew, there=there,
        form=form, done=done,
    )  # fmt: skip
