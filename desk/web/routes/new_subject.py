"""New interviewees and new episodes, for those who begin them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import CREW, Forbidden, Visitor
from desk.web.form_state import FormState
from desk.web.render import render
from desk.web.routes.board import may_add_subjects
from desk.web.views.decision import address_of
from pipeline.errors import ChifengError, FormError
from pipeline.i18n import _
from pipeline.workflow import roster

__all__ = ["router"]

router = APIRouter()

_Line = Annotated[str, Form()]


@router.get("/new/interviewee")
def interviewee_form(request: Request, visitor: Annotated[Visitor, CREW]) -> Response:
    """Show the form for a new interviewee."""
    _require_right(visitor)
    return _interviewee(request, visitor, FormState(phase="1"))


@router.post("/new/interviewee")
def add_interviewee(
    request: Request, visitor: Annotated[Visitor, CREW], slug: _Line = "", name: _Line = "",
    field: _Line = "", phase: _Line = "1", language: _Line = "", distinction: _Line = "",
) -> Response:  # fmt: skip
    """Add an interviewee."""
    _require_right(visitor)
    form = FormState(name=name, slug=slug, field=field, phase=phase, language=language,
                     distinction=distinction)  # fmt: skip
    try:
        row = roster.add_interviewee(
            visitor.production, slug.strip(), name, field=field,
            phase=_number(phase, "phase", 1, 99), language=language, distinction=distinction,
        )  # fmt: skip
    except ChifengError as error:
        form.add_error(error)
        return _interviewee(request, visitor, form)
    return RedirectResponse(f"{address_of(row.slug)}?done=added", 303)


@router.get("/new/episode")
def episode_form(request: Request, visitor: Annotated[Visitor, CREW], of: str = "") -> Response:
    """Show the form for a new episode."""
    _require_right(visitor)
    return _episode(request, visitor, FormState(of=of))


@router.post("/new/episode")
def add_episode(
    request: Request, visitor: Annotated[Visitor, CREW], of: _Line = "", title: _Line = "",
    number: _Line = "", language: _Line = "",
) -> Response:  # fmt: skip
    """Add an episode to an interviewee."""
    _require_right(visitor)
    form = FormState(of=of, title=title, number=number, language=language)
    try:
        row = roster.add_episode(
            visitor.production, of, title, language=language,
            number=_number(number, "number", 1, 999) if number.strip() else 0,
        )  # fmt: skip
    except ChifengError as error:
        form.add_error(error, "of")
        return _episode(request, visitor, form)
    return RedirectResponse(f"{address_of(row.slug)}?done=added", 303)


def _require_right(visitor: Visitor) -> None:
    if not may_add_subjects(visitor):
        raise Forbidden(_("Interviewees and episodes are begun by producers."))


def _number(text: str, field: str, least: int, most: int) -> int:
    """Read a number somebody form; raises FormError."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) < 5 and least <= int(plain) <= most:
        return int(plain)
    raise FormError(
        _("“{text}” is not a number from {least} to {most}.").format(
            text=plain[:40], least=least, most=most
        ),
        key=field,
    )


def _interviewee(request: Request, visitor: Visitor, form: FormState) -> Response:
    project = visitor.production.settings.project
    return render(
        request, "new_interviewee.html", 422 if form.errors else 200, form=form,
        fields=project.fields, languages=project.languages,
    )  # fmt: skip


def _episode(request: Request, visitor: Visitor, form: FormState) -> Response:
    rows = [row for row in roster.subjects(visitor.production) if row.parent_id is None]
    return render(
        request, "new_episode.html", 422 if form.errors else 200, form=form, rows=rows,
        languages=visitor.production.settings.project.languages,
    )  # fmt: skip
