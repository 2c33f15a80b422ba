"""The outline of an interview, edited in the browser: what is saved is a deposit like any other."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import CREW, Visitor
from desk.web.form_state import FormState
from desk.web.render import render
from desk.web.routes.decisions import Subject
from pipeline.captions.formats.markup import without_controls
from pipeline.core.files import SHA256
from pipeline.errors import BusyError, ChifengError, FormError, NotReadyError, StaleBaseError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.records import find_subject
from pipeline.stage import Artefact
from pipeline.workflow.executor import run_stage, state_of
from pipeline.workflow.impact import Effect, plan
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.ingest.version_conflicts import latest_deposit
from pipeline.workflow.production import Production

__all__ = ["router"]

router = APIRouter()

_KIND = KINDS["outline_revision"]
_LONGEST = 100_000  # characters: as a browser encodes them, a field of a form holds no more
_Digest = Annotated[str, Form(pattern=f"^({SHA256})?$")]


@router.get("/interviewee/{slug}/outline")
def show(request: Request, visitor: Annotated[Visitor, CREW], slug: Subject) -> Response:
    """Show the outline as it stands, to be edited."""
    production = visitor.production
    made = _current_outline(production, slug)
    return render(
        request, "outline.html", slug=slug, form=FormState(text=made.path.read_text("utf-8")),
        base=made.sha256, began=_latest_revision(production, slug), theirs="", overtaker="",
        lapsing=_lapsing_signatures(production, slug),
    )  # fmt: skip


@router.post("/interviewee/{slug}/outline")
def save(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject,
    base: _Digest, text: Annotated[str, Form()] = "", began: _Digest = "",
) -> Response:  # fmt: skip
    """Deposit what was written. Where somebody else saved meanwhile, show both; nothing is lost."""
    production, theirs, overtaker = visitor.production, "", ""
    text = without_controls(text.replace("\r\n", "\n"))
    form = FormState(text=text)
    try:
        _validate_outline(text)
        _deposit(production, slug, visitor.name, text, base, began)
    except StaleBaseError as error:
        form.add_error(error)
        theirs, overtaker = _read(production, error.latest), error.person
        began = error.latest
    except ChifengError as error:
        form.add_error(error, "text")
    else:
        return RedirectResponse(f"/interviewee/{slug}?done=outline#stage-2", 303)
    return render(
        request, "outline.html", 409 if theirs else 422, slug=slug, form=form, base=base,
        began=began, theirs=theirs, overtaker=overtaker,
        lapsing=_lapsing_signatures(production, slug),
    )  # fmt: skip


def _validate_outline(text: str) -> None:
    if not text.strip() or len(text) > _LONGEST:
        raise FormError(
            _("An outline has 1 to {most} characters; this has {n}.").format(
                most=_LONGEST, n=len(text.strip())
            ),
            key="text",
        )


def _deposit(
    production: Production, slug: str, person: str, text: str, base: str, began: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outline.md"
        path.write_text(text.rstrip() + "\n", "utf-8", newline="\n")
        deposit(production, slug, _KIND, path, person, base=base or None, supersedes=began)
    with suppress(BusyError):  # then whoever works on it does this, too
        run_stage(production, production.stage("outline_drafting"), slug)


def _lapsing_signatures(production: Production, slug: str) -> list[str]:
    """Say whose signatures another outline may cost, to be read before it is saved."""
    return [
        f"{step.state.subject.slug} {step.state.stage.label} ({step.signer})"
        for step in plan(production, slug, deposit=_KIND)
        if step.signature in (Effect.LAPSES, Effect.IF_CHANGED)
    ]


def _current_outline(production: Production, slug: str) -> Artefact:
    state = state_of(production, slug, production.stage("outline_drafting"))
    found = next((a for a in state.outputs if a.kind == _KIND.revises), None)
    if found is None:
        raise NotReadyError(_("There is no outline yet."), remedy=_("It is drafted in stage 2."))
    return found


def _latest_revision(production: Production, slug: str) -> str:
    with production.ledger.read() as session:
        row = latest_deposit(session, find_subject(session, slug).id, _KIND.slug)
        return row.sha256 if row is not None and not row.removed else ""


def _read(production: Production, sha256: str) -> str:
    return production.store.path(sha256, _KIND.suffixes[0]).read_text("utf-8")
