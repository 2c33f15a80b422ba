"""The page of an interviewee or an episode, and what is done there besides signing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from desk.web.access import CREW, Forbidden, Visitor
from desk.web.event_stream import ledger_mark
from desk.web.form_state import FormState
from desk.web.js_messages import js_messages
from desk.web.render import render
from desk.web.routes.board import may_add_subjects, prefect_address
from desk.web.routes.decisions import Subject
from desk.web.views.decision import address_of
from desk.web.views.subject import subject_view
from pipeline.errors import ChifengError, InputError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.review import signoff
from pipeline.stage import AnyStage
from pipeline.workflow import name_changes
from pipeline.workflow.scheduling import requests

__all__ = ["done_message", "router"]

router = APIRouter()

_EPISODE = "/episode/{slug}/{number}"
_INTERVIEWEE = "/interviewee/{slug}"
_SCAN = "signed_paper"
_LARGEST_SCAN = 50_000_000  # bytes


def done_message(done: str) -> str:
    """Say what was done, after a page was led here by it."""
    return {
        "produce": _("It is asked for; whatever can be done is done while the production is up."),
        "rest": _("It rests until somebody asks for it again."),
        "paper": _("The signed paper is registered. Another person must confirm it."),
        "confirm": _("The signed paper is confirmed: the interviewee has signed."),
        "outline": _("The outline is saved."),
        "added": _("Added."),
        "name": _("The name is corrected; the old one is in the history."),
        "deputy": _("That is on record."),
    }.get(done, "")


@router.get(_EPISODE)
@router.get(_INTERVIEWEE)
def show(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, done: str = ""
) -> Response:
    """Show where every stage stands, what it made, and what can be done about it."""
    return _page(request, visitor, slug, done=done)


@router.post(f"{_EPISODE}/produce")
@router.post(f"{_INTERVIEWEE}/produce")
def produce(visitor: Annotated[Visitor, CREW], slug: Subject) -> Response:
    """Ask for everything that can be done; what failed is tried again."""
    requests.request(visitor.production, slug, via=f"desk: {visitor.name}")
    return _back(slug, "produce")


@router.post(f"{_EPISODE}/rest")
@router.post(f"{_INTERVIEWEE}/rest")
def stop(visitor: Annotated[Visitor, CREW], slug: Subject) -> Response:
    """Let it rest until somebody asks for it again."""
    requests.stop(visitor.production, slug, via=f"desk: {visitor.name}")
    return _back(slug, "rest")


@router.post(f"{_EPISODE}/stage/{{stage}}/paper")
def register_paper(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, stage: str,
    scan: UploadFile, paper_number: Annotated[str, Form(max_length=40)] = "",
) -> Response:  # fmt: skip
    """Register that the interviewee signed on paper; the scan is kept."""
    which = visitor.production.stage(stage)
    try:
        _register(visitor, slug, which, scan, paper_number)
    except ChifengError as error:
        return _page(request, visitor, slug, wrong={which.number: error}, status=422)
    return _back(slug, "paper")


@router.post(f"{_EPISODE}/stage/{{stage}}/paper/confirm")
def confirm_paper(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, stage: str
) -> Response:
    """Confirm what another person registered."""
    which = visitor.production.stage(stage)
    try:
        signoff.confirm_paper(visitor.production, slug, which, visitor.name)
    except ChifengError as error:
        return _page(request, visitor, slug, wrong={which.number: error}, status=409)
    return _back(slug, "confirm")


@router.post(f"{_EPISODE}/name")
@router.post(f"{_INTERVIEWEE}/name")
def correct_name(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject,
    new_name: Annotated[str, Form(max_length=400)] = "",
    why: Annotated[str, Form(max_length=500)] = "",
) -> Response:  # fmt: skip
    """Correct an interviewee's name or an episode's title; the old one stays in the history."""
    if not may_add_subjects(visitor):
        raise Forbidden(_("Interviewees and episodes are begun by producers."))
    change = name_changes.rename_episode if "/" in slug else name_changes.rename_subject
    form = FormState(new_name=new_name, why=why)
    try:
        change(visitor.production, slug, new_name, by=visitor.name, reason=why)
    except ChifengError as error:
        form.add_error(error, "new_name")
        return _page(request, visitor, slug, form=form, status=422)
    return _back(slug, "name")


def _register(visitor: Visitor, slug: str, stage: AnyStage, scan: UploadFile, number: str) -> None:
    """Check the uploaded scan and register it."""
    kind = KINDS[_SCAN]
    suffix = Path(scan.filename or "").suffix.lower()
    if suffix not in kind.suffixes:
        raise InputError(
            _("Choose a scan or photograph of the signed paper."),
            remedy=_("Accepted are: {suffixes}.").format(suffixes=" ".join(kind.suffixes)),
        )
    if (scan.size or 0) > _LARGEST_SCAN:
        raise InputError(_("This file is too large for a scan."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{_SCAN}{suffix}"  # nothing of the name it came with
        path.write_bytes(scan.file.read())
        signoff.register_scan(visitor.production, slug, stage, path, visitor.name, number=number)


def _back(slug: str, done: str) -> Response:
    return RedirectResponse(f"{address_of(slug)}?done={done}", 303)


def _page(
    request: Request, visitor: Visitor, slug: str, *, status: int = 200, done: str = "",
    wrong: dict[int, ChifengError] | None = None, form: FormState | None = None,
) -> Response:  # fmt: skip
    visitor.may_see(slug)
    values: dict[str, Any] = {
        "mark_now": ledger_mark(visitor.production),  # before the look, so that nothing is missed
        "view": subject_view(visitor, slug), "done": done_message(done), "wrong": wrong or {},
        "KINDS": KINDS, "words": js_messages(),
        "prefect": prefect_address(request, visitor), "may_add": may_add_subjects(visitor),
        "form": form or FormState(),
    }  # fmt: skip
    return render(request, "subject.html", status, **values)
