"""Time-coded notes as JSON: list, leave, reply, resolve, waive. The crew's, as at the command line.

static/js/notes.js shows them beside a player; `_notes.html` is the place for it in a page.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from desk.web.access import CREW, Visitor
from desk.web.routes.decisions import Subject, Text
from desk.web.routes.media import file_of
from pipeline.captions.cues import Cue, one_line
from pipeline.errors import InputError, NotFoundError
from pipeline.i18n import _
from pipeline.review import notes
from pipeline.review.versions import latest_cues
from pipeline.stage import Artefact
from pipeline.workflow.production import Production

__all__ = ["router"]

router = APIRouter()

_PLACE = "/episode/{slug}/{number}/notes"
_MAX_MS = 48 * 3_600_000


class NewNote(BaseModel):
    """A note on a place; on the film that was looked at, or on the one that counts."""

    text: Text
    start_ms: int = Field(ge=0, le=_MAX_MS)
    end_ms: int | None = Field(default=None, ge=0, le=_MAX_MS)
    sha256: str = Field(default="", max_length=64)


class Answer(BaseModel):
    """What is body to a note."""

    text: Text = ""


@router.get(_PLACE)
def list_notes(visitor: Annotated[Visitor, CREW], slug: Subject) -> dict[str, Any]:
    """Return all notes on the episode, each where its words are now."""
    production = visitor.production
    cues = latest_cues(production.states(slug))
    with production.ledger.read() as session:
        found = notes.notes(session, slug)
    listed = [_note_json(note, cues) for note in found]
    return {"notes": sorted(listed, key=lambda note: (note["start_ms"], note["number"]))}


@router.post(_PLACE)
def leave(visitor: Annotated[Visitor, CREW], slug: Subject, body: NewNote) -> dict[str, Any]:
    """Leave a note at a time, about the words that are heard there."""
    production = visitor.production
    end_ms = body.start_ms if body.end_ms is None else body.end_ms
    cue = _cue_at(latest_cues(production.states(slug)), body.start_ms)
    film = _annotated_film(production, slug, body.sha256)
    number = notes.add_note(
        production, slug, visitor.name, body.text, kind=film.kind, sha256=film.sha256,
        start_ms=body.start_ms, end_ms=end_ms, quote=cue.text if cue else "",
    )  # fmt: skip
    return {"number": number}


@router.post(f"{_PLACE}/{{note}}/{{action}}")
def answer(
    visitor: Annotated[Visitor, CREW], slug: Subject, note: int,
    action: Literal["reply", "resolve", "waive"], body: Answer,
) -> dict[str, Any]:  # fmt: skip
    """Answer a note, or say that it is done, or that it may stand."""
    production = visitor.production
    with production.ledger.read() as session:
        found = next((each for each in notes.notes(session, slug) if each.id == note), None)
    if found is None:
        raise NotFoundError(_("There is no such note on this episode."))
    if action != "reply" and not found.open:
        raise InputError(_("This note is done already."))
    act = {"reply": notes.reply, "resolve": notes.resolve, "waive": notes.waive}[action]
    act(production, note, visitor.name, body.text)
    return {"number": note}


def _cue_at(cues: list[Cue], at_ms: int) -> Cue | None:
    return next((cue for cue in cues if cue.start_ms <= at_ms < cue.end_ms), None)


def _annotated_film(production: Production, slug: str, sha256: str) -> Artefact:
    """Return the film a note is on; raises NotFoundError before there is one."""
    found = file_of(production, slug, sha256, crew=True)
    if found is not None:
        return found
    for kind in ("subtitled_video", "picture"):
        for state in reversed(production.states(slug)):
            made = next((a for a in state.outputs if a.kind == kind), None)
            if made is not None:
                return made
    raise NotFoundError(_("There is no film yet to leave a note on."))


def _note_json(note: notes.Note, cues: list[Cue]) -> dict[str, Any]:
    start_ms, end_ms = notes.anchor(note, cues)
    return {
        "number": note.id, "start_ms": start_ms, "end_ms": end_ms, "left_ms": note.start_ms,
        "quote": one_line(note.quote), "text": note.text, "person": note.person,
        "at_ms": note.at_ms, "open": note.open,
        "answers": [
            {"action": r.action, "person": r.person, "text": r.text, "at_ms": r.at_ms}
            for r in note.replies
        ],
    }  # fmt: skip
