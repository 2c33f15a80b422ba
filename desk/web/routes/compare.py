"""Any two versions of an episode's subtitles, by the character; and what came in a file, taken up
change by change."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.responses import Response

from desk.web.access import CREW, Visitor
from desk.web.js_messages import js_messages
from desk.web.render import render
from desk.web.routes.decisions import Subject
from desk.web.views.decision import address_of
from desk.web.views.review import film_of
from pipeline.captions.revision.diff import changes
from pipeline.errors import InputError, NotFoundError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.review import correction_files, drafts
from pipeline.review.versions import Version, find_version, versions
from pipeline.stage import AnyStage
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["router"]

router = APIRouter()

_PLACE = "/episode/{slug}/{number}/difference"
_MOST_BYTES = 8_000_000  # subtitles of a day have a hundredth of it


class Choice(BaseModel):
    """What becomes of a change that came in a file; `over` puts it in place of what is there."""

    decision: Literal["accepted", "declined"]
    stage: str = Field(max_length=60)
    over: bool = False


@router.get(_PLACE)
def difference(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject,
    from_: str = "", to: str = "", file: str = "", stage: str = "",
) -> Response:  # fmt: skip
    """Compare two versions, or show what is in a file that was brought."""
    production = visitor.production
    from_ = request.query_params.get("from", from_)
    states = production.states(slug)
    known_versions = versions(production, slug, visitor.name)
    shown: dict[str, Any] = {
        "known": known_versions,
        "old": None,
        "new": None,
        "changes": (),
        "offers": (),
    }
    if file:
        row = next(
            (
                r
                for r in correction_files.list_correction_files(production, slug)
                if r.sha256 == file
            ),
            None,
        )
        if row is None:
            raise NotFoundError(_("This episode has no such file."))
        shown |= {
            "new": find_version(known_versions, file),
            "offers": correction_files.proposed_changes(production, slug, file),
        }
        shown |= {"old": next((v for v in known_versions if v.key == row.base_sha256), None)}
    elif known_versions:
        old, new = _versions_to_compare(known_versions, from_, to)
        shown |= {"old": old, "new": new, "changes": changes(old.read(), new.read())}
    film = film_of(states)
    return render(
        request, "difference.html", **shown, subject=states[0].subject, film=film, file=file,
        address=address_of(slug), words=js_messages(),
        files=correction_files.list_correction_files(production, slug),
        stage=_stage(production, states, stage), kinds=KINDS,
    )  # fmt: skip


@router.post(f"{_PLACE}/file")
async def add_file(
    request: Request, visitor: Annotated[Visitor, CREW], slug: Subject, name: str, base: str
) -> dict[str, Any]:
    """Take in the subtitles that are the body of the request."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise InputError(_("This file is too large to be subtitles."))
    sha256 = await run_in_threadpool(_add_file, visitor, slug, name, base, bytes(body))
    return {"file": sha256}


@router.post(f"{_PLACE}/file/{{sha256}}/{{offer}}")
def decide(
    visitor: Annotated[Visitor, CREW], slug: Subject, sha256: str, offer: str, body: Choice
) -> dict[str, Any]:
    """Accept a change into the draft at work, or decline it."""
    production = visitor.production
    stage = production.stage(body.stage)
    correction_files.decide(
        production, slug, stage, sha256, offer, body.decision, visitor.name, force=body.over
    )
    return {"decided": body.decision, "person": visitor.name}


def _add_file(visitor: Visitor, slug: str, name: str, base: str, body: bytes) -> str:
    suffix = Path(name).suffix.lower()
    if suffix not in correction_files.KIND.suffixes:
        raise InputError(
            _("{name} cannot be a {kind}.").format(
                name=name[:100], kind=correction_files.KIND.label
            ),
            remedy=_("Accepted are: {suffixes}.").format(
                suffixes=" ".join(correction_files.KIND.suffixes)
            ),
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"correction{suffix}"
        path.write_bytes(body)
        return correction_files.add_correction_file(
            visitor.production, slug, path, visitor.name, base=base, name=name
        )


def _versions_to_compare(
    known_versions: list[Version], old: str, new: str
) -> tuple[Version, Version]:
    """Return the versions asked for; else the newest that counts, and the one before it."""
    late = find_version(known_versions, new) if new else known_versions[-1]
    if old:
        return find_version(known_versions, old), late
    before = known_versions[: known_versions.index(late)]
    return (before[-1] if before else late), late


def _stage(production: Production, states: list[StageState], name: str) -> AnyStage | None:
    """Return the stage whose draft takes what is accepted: the one asked for, or at its gate."""
    editable = [
        s for s in states if drafts.correction_kind(s.stage) is not None and drafts.base_version(s)
    ]
    if name:
        stage = production.stage(name)
        return stage if stage in [s.stage for s in editable] else None
    waiting = [s for s in editable if s.status is Status.GATE]
    return next((s.stage for s in (*waiting, *editable)), None)
