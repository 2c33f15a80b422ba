"""The files of an episode, to whom they belong: film and sound by byte ranges, the rest to read.

An address names an episode and a digest; what the ledger does not list for that episode is not
there. No name that a person gave becomes a path. Whoever is not of the crew gets what stage 10
shows its interviewee, as it stands now, and nothing else.
"""

from __future__ import annotations

import mimetypes
import re
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import FileResponse, JSONResponse, Response

from desk.web.access import ANYBODY, CREW, Forbidden, Visitor
from pipeline.core.files import SHA256
from pipeline.delivery.restricted_access import is_restricted_for
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.stage import Artefact
from pipeline.workflow.production import Production

__all__ = ["INTERVIEWEE_KINDS", "episode_of", "file_of", "router"]

router = APIRouter()

INTERVIEWEE_KINDS = frozenset(
    {
        "subtitled_video", "captions", "proofread_subtitles", "interviewee_subtitles",
        "interviewee_sheet", "interviewee_correction",
    }
)  # fmt: skip
"""What an interviewee may have of their episode: never the picture without subtitles, nor what the
crew says among itself."""

_MEDIA = ("video/", "audio/", "image/")
# What is not film, sound or picture can do nothing where it is opened, whatever is in it.
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_TYPES = {".srt": "text/plain", ".vtt": "text/vtt", ".md": "text/plain", ".m4a": "audio/mp4"}
_AS_TEXT = ("text/plain", "text/vtt", "application/json")
_DIGEST = re.compile(SHA256)


@router.get("/episode/{slug}/{number}/file/{sha256}")
def show_file(
    visitor: Annotated[Visitor, ANYBODY], slug: str, number: str, sha256: str,
    download: bool = False,
) -> Response:  # fmt: skip
    """Send a file of the episode, or the part of it that is asked for."""
    episode = episode_of(visitor.production, slug, number)
    visitor.may_see(episode)
    found = file_of(visitor.production, episode, sha256, crew=visitor.crew)
    if found is None:
        if visitor.crew:
            raise NotFoundError(_("This episode has no such file."))
        raise Forbidden(_("This file is not yours to see."))
    if visitor.crew and is_restricted_for(visitor.production, episode, found, visitor.roles):
        raise Forbidden(_("It shows what was withheld: only the director may have it."))
    return _file_response(found, download=download)


@router.get("/interviewee/{slug}/file/{sha256}")
def show_interviewees_file(
    visitor: Annotated[Visitor, CREW], slug: str, sha256: str, download: bool = False
) -> Response:
    """Send a file of the stages before the episodes: papers, the outline, what was recorded."""
    found = file_of(visitor.production, slug, sha256, crew=True)
    if found is None:
        raise NotFoundError(_("This interviewee has no such file."))
    return _file_response(found, download=download)


@router.get("/episode/{slug}/{number}/peaks")
def peaks(visitor: Annotated[Visitor, CREW], slug: str, number: str) -> Response:
    """Send what the waveform is drawn from, as stage 5 measured it."""
    episode = episode_of(visitor.production, slug, number)
    visitor.may_see(episode)
    for state in visitor.production.states(episode):
        for artefact in state.outputs:
            if artefact.kind == "waveform":
                return _file_response(artefact, download=False)
    return JSONResponse({"length": 0, "data": []})


def episode_of(production: Production, slug: str, number: str) -> str:
    """Return the slug of an episode as the ledger has it; raises NotFoundError."""
    with production.ledger.read() as session:
        return find_subject(session, f"{slug}/{number}").slug


def file_of(production: Production, episode: str, sha256: str, *, crew: bool) -> Artefact | None:
    """Return a file of the episode, or of its interviewee where the episode is made from it.

    For whoever is not of the crew (`crew` False) only what is SHOWN to them now.
    """
    if not _DIGEST.fullmatch(sha256):
        return None
    if crew:
        with production.ledger.read() as session:
            own, _parent = load_records(session, find_subject(session, episode))
        if made := _find_record(production, own, sha256):
            return made
    for state in production.states(episode):
        for artefact in (*state.outputs, *state.inputs):
            if artefact.sha256 == sha256 and (crew or artefact.kind in INTERVIEWEE_KINDS):
                return artefact
    return None


def _find_record(production: Production, own: SubjectRecords, sha256: str) -> Artefact | None:
    """Look among all that was ever made for the episode or brought to it."""
    rows: list[Any] = [output for run in own.runs for output in run.outputs]
    for row in [*rows, *own.deposits]:
        if row.sha256 == sha256:
            return production.store.artefact(row)
    return None


def _file_response(artefact: Artefact, *, download: bool) -> Response:
    path = artefact.path
    if not path.is_file():
        raise NotFoundError(
            _("{name} is missing from the store.").format(name=artefact.name),
            remedy=_("Restore this file from the backup."),
        )
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    media = kind.startswith(_MEDIA) and kind != "image/svg+xml"
    inline = (media or kind in _AS_TEXT) and not download
    response = FileResponse(
        path, media_type=f"{kind}; charset=utf-8" if kind in _AS_TEXT else kind,
        filename=artefact.name, content_disposition_type="inline" if inline else "attachment",
    )  # fmt: skip
    # Named by its digest, it never changes; but only this browser may keep it, and not for long.
    response.headers["cache-control"] = "private, max-age=3600"
    response.headers["cross-origin-resource-policy"] = "same-origin"
    if not media:
        response.headers["content-security-policy"] = _SANDBOX
    return response
