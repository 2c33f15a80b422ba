"""Who signs for whom while they are away."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import CREW, Forbidden, Visitor
from desk.web.pages.subject import told
from desk.web.templating import render
from pipeline import register
from pipeline.deputies import delegate, deputies
from pipeline.errors import ChifengError
from pipeline.home import BEIJING
from pipeline.i18n import _
from pipeline.ledger import now_ms
from pipeline.signing import need_reason
from pipeline.stage import Role

__all__ = ["router"]

router = APIRouter()


@router.get("/deputies")
def show(request: Request, visitor: Annotated[Visitor, CREW], done: str = "") -> Response:
    """Show who stands in for whom, and the form for another."""
    return _page(request, visitor, {}, done=told(done))


@router.post("/deputies")
def add(
    request: Request, visitor: Annotated[Visitor, CREW],
    deputy: Annotated[str, Form(max_length=200)], until: Annotated[date, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    person: Annotated[str, Form(max_length=200)] = "", since: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Let somebody sign in one's place for some days; an administrator names anybody's deputy."""
    person = person or visitor.name
    if person != visitor.name and not visitor.administrator:
        raise Forbidden(_("One names one's own deputy; for others an administrator does."))
    try:
        need_reason(reason)
        from_ms = _day_ms(date.fromisoformat(since)) if since else now_ms()
        until_ms = _day_ms(until + timedelta(days=1))
        delegate(
            visitor.production, person, deputy, from_ms=from_ms, until_ms=until_ms, reason=reason
        )
    except (ChifengError, ValueError, OverflowError) as error:
        typed = {
            "person": person, "deputy": deputy, "until": str(until), "since": since,
            "reason": reason,
        }  # fmt: skip
        wrong = str(error) if isinstance(error, ChifengError) else _("That is no date.")
        return _page(request, visitor, typed, wrong=wrong)
    return RedirectResponse("/deputies?done=deputy", 303)


def _day_ms(day: date) -> int:
    """Return the beginning of a day of the production's calendar."""
    begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return int(begins.timestamp() * 1000)


def _page(
    request: Request, visitor: Visitor, typed: dict[str, str], *, wrong: str = "", done: str = ""
) -> Response:
    production = visitor.production
    crew = [p for p in register.people(production) if set(p.roles) - {Role.INTERVIEWEE.value}]
    with production.ledger.read() as session:
        there = deputies(session)
    return render(
        request, "deputies.html", 422 if wrong else 200, crew=crew, there=there,
        typed=defaultdict(str, typed),
        wrong=wrong, done=done,
    )  # fmt: skip
