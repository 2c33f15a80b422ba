"""New interviewees and new episodes, for those who begin them."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import CREW, Forbidden, Visitor
from desk.web.deciding import address_of
from desk.web.pages.board import adds_subjects
from desk.web.templating import render
from pipeline import register
from pipeline.errors import ChifengError
from pipeline.i18n import _

__all__ = ["router"]

router = APIRouter()

_Line = Annotated[str, Form(max_length=300)]


@router.get("/new/interviewee")
def interviewee_form(request: Request, visitor: Annotated[Visitor, CREW]) -> Response:
    """Show the form for a new interviewee."""
    _may(visitor)
    return _interviewee(request, visitor, {})


@router.post("/new/interviewee")
def add_interviewee(
    request: Request, visitor: Annotated[Visitor, CREW], slug: _Line = "", name: _Line = "",
    field: _Line = "", phase: Annotated[int, Form(ge=1, le=99)] = 1, language: _Line = "",
) -> Response:  # fmt: skip
    """Add an interviewee."""
    _may(visitor)
    try:
        row = register.add_interviewee(
            visitor.production, slug.strip(), name, field=field, phase=phase, language=language
        )
    except ChifengError as error:
        typed = {"slug": slug, "name": name, "field": field, "phase": phase, "language": language}
        return _interviewee(request, visitor, typed, error)
    return RedirectResponse(f"{address_of(row.slug)}?done=added", 303)


@router.get("/new/episode")
def episode_form(request: Request, visitor: Annotated[Visitor, CREW], of: str = "") -> Response:
    """Show the form for a new episode."""
    _may(visitor)
    return _episode(request, visitor, {"of": of})


@router.post("/new/episode")
def add_episode(
    request: Request, visitor: Annotated[Visitor, CREW], of: _Line = "", title: _Line = "",
    number: Annotated[str, Form(pattern=r"^\d{0,3}$")] = "", language: _Line = "",
) -> Response:  # fmt: skip
    """Add an episode to an interviewee."""
    _may(visitor)
    try:
        row = register.add_episode(
            visitor.production, of, title, number=int(number or 0), language=language
        )
    except ChifengError as error:
        typed = {"of": of, "title": title, "number": number, "language": language}
        return _episode(request, visitor, typed, error)
    return RedirectResponse(f"{address_of(row.slug)}?done=added", 303)


def _may(visitor: Visitor) -> None:
    if not adds_subjects(visitor):
        raise Forbidden(_("Interviewees and episodes are begun by producers."))


def _interviewee(
    request: Request, visitor: Visitor, typed: dict[str, Any], error: ChifengError | None = None
) -> Response:
    project = visitor.production.settings.project
    return render(
        request, "new_interviewee.html", 422 if error else 200,
        typed=defaultdict(str, typed), wrong=error,
        fields=project.fields, languages=project.languages,
    )  # fmt: skip


def _episode(
    request: Request, visitor: Visitor, typed: dict[str, Any], error: ChifengError | None = None
) -> Response:
    rows = [row for row in register.subjects(visitor.production) if row.parent_id is None]
    return render(
        request, "new_episode.html", 422 if error else 200,
        typed=defaultdict(str, typed), wrong=error, rows=rows,
        languages=visitor.production.settings.project.languages,
    )  # fmt: skip
