"""Bringing material: what is asked for, what is there, uploading, picking, taking back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import FileResponse, Response

from desk.web.access import CREW, SIGNED_IN, Visitor
from desk.web.js_messages import js_messages
from desk.web.render import render
from desk.web.routes.decisions import Subject
from desk.web.views.decision import address_of
from desk.web.views.deposit import deposit_job, deposit_requests, require_deposit_right
from pipeline.documents import forms
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.kinds import kind as kind_of
from pipeline.workflow.ingest import deposits, pick_folder

__all__ = ["router"]

router = APIRouter()

_INTERVIEWEE = "/deposit/{slug}"
_EPISODE = "/deposit/{slug}/{number}"


class Pick(BaseModel):
    """A file of the folder for material, and what it is; the card or roll of a camera original."""

    kind: str = Field(max_length=60)
    at: str = Field(max_length=2000)
    supersedes: str | None = Field(default=None, max_length=64)
    card: str = Field(default="", max_length=60)


class TakeBack(BaseModel):
    """Which deposit shall no longer count."""

    kind: str = Field(max_length=60)
    sha256: str = Field(min_length=64, max_length=64)


@router.get("/deposit/template/{kind}")
def template(visitor: Annotated[Visitor, SIGNED_IN], kind: str) -> Response:
    """Send the form for a kind of material, to be filled in."""
    wanted = kind_of(kind)
    form = forms.template(wanted.slug)
    if form is None:
        raise NotFoundError(_("There is no form for {kind}.").format(kind=wanted.label))
    return FileResponse(
        form, media_type="text/plain; charset=utf-8", filename=f"{wanted.label}{form.suffix}"
    )


@router.get("/deposit/material")
def list_material(visitor: Annotated[Visitor, CREW], at: str = "") -> dict[str, Any]:
    """Return what is in the folder for material."""
    return {"entries": [vars(entry) for entry in pick_folder.list_folder(visitor.production, at)]}


@router.get(_INTERVIEWEE)
@router.get(_EPISODE)
def show(request: Request, visitor: Annotated[Visitor, SIGNED_IN], slug: Subject) -> Response:
    """Show what is asked for, and what was brought."""
    production = visitor.production
    slug = require_deposit_right(visitor, slug)
    uploads = request.app.state.uploads
    unfinished = [
        {**vars(upload), "offset": uploads.offset(upload)}
        for upload in uploads.of(visitor.name, slug)
    ]
    return render(
        request, "deposit.html", requests=deposit_requests(visitor, slug), slug=slug,
        unfinished=unfinished, words=js_messages(),
        subject=production.states(slug)[0].subject, address=address_of(slug),
        picking=visitor.crew and bool(production.settings.desk.material_folder),
    )  # fmt: skip


@router.post(f"{_INTERVIEWEE}/pick")
@router.post(f"{_EPISODE}/pick")
def pick(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, body: Pick
) -> dict[str, Any]:
    """Take in a file that is on the server already; the answer names the job."""
    kind = kind_of(body.kind)
    slug = require_deposit_right(visitor, slug, kind.slug)
    path = pick_folder.find_file(visitor.production, body.at)
    work = deposit_job(visitor, slug, kind, path, path.name, body.supersedes, body.card)
    return {"job": request.app.state.jobs.start(visitor.name, work)}


@router.post(f"{_INTERVIEWEE}/take-back")
@router.post(f"{_EPISODE}/take-back")
def take_back(
    visitor: Annotated[Visitor, SIGNED_IN], slug: Subject, body: TakeBack
) -> dict[str, Any]:
    """Have a deposit no longer count."""
    kind = kind_of(body.kind)
    slug = require_deposit_right(visitor, slug, kind.slug)
    deposits.take_back(visitor.production, slug, kind, body.sha256, visitor.name)
    return {"taken_back": body.sha256}
