"""Uploads by the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload), with creation,
checksum and termination. Only the person who began an upload can see it or go on with it.

A finished upload becomes a deposit by `POST /uploads/{id}/deposit`, which answers with a job.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from desk.web.access import SIGNED_IN, Visitor
from desk.web.background_jobs import Jobs
from desk.web.views.deposit import require_deposit_right, upload_job
from pipeline.errors import NotReadyError
from pipeline.i18n import _
from pipeline.review.quota import require_upload
from pipeline.workflow.ingest.uploads import Chunk, ChunkMismatchError, Uploads

__all__ = ["router"]

router = APIRouter()

_VERSION = {"tus-resumable": "1.0.0"}
_CAPABILITIES = {
    "tus-version": "1.0.0", "tus-extension": "creation,checksum,termination",
    "tus-checksum-algorithm": "sha256",
}  # fmt: skip
_BUFFER_BYTES = 1_048_576
_CHECKSUM_MISMATCH = 460  # the protocol's own status for a checksum that does not fit


class Finish(BaseModel):
    """The digest of the latest deposit of this kind that the person knew of; the card or roll of a
    camera original."""

    supersedes: str | None = Field(default=None, max_length=64)
    card: str = Field(default="", max_length=60)


@router.options("/uploads")
def capabilities(request: Request, visitor: Annotated[Visitor, SIGNED_IN]) -> Response:
    """Say what of the protocol is understood."""
    most = int(visitor.production.settings.desk.upload_gb * 1e9)
    return Response(status_code=204, headers=_VERSION | _CAPABILITIES | {"tus-max-size": str(most)})


@router.post("/uploads")
def begin(request: Request, visitor: Annotated[Visitor, SIGNED_IN]) -> Response:
    """Begin an upload: its length and, as metadata, slug, kind, filename and mark."""
    _must_be_tus(request)
    about = _metadata(request.headers.get("upload-metadata", ""))
    slug, kind = about.get("slug", ""), about.get("kind", "")
    slug = require_deposit_right(visitor, slug, kind)
    size = _number(request, "upload-length")
    uploads = _uploads(request)
    if not visitor.crew:
        begun = sum(upload.size_bytes for upload in uploads.of(visitor.name, slug))
        require_upload(visitor.production, slug, visitor.name, size, begun)
    made = uploads.begin(
        visitor.name, slug, kind, about.get("filename", ""), size, about.get("mark", "")[:500]
    )
    return Response(status_code=201, headers=_VERSION | {"location": f"/uploads/{made.id}"})


@router.head("/uploads/{id_}")
def offset(request: Request, visitor: Annotated[Visitor, SIGNED_IN], id_: str) -> Response:
    """Say how many bytes are here."""
    uploads = _uploads(request)
    upload = uploads.find(visitor.name, id_)
    here = {"upload-offset": uploads.offset(upload), "upload-length": upload.size_bytes}
    return Response(status_code=200, headers=_VERSION | {k: str(v) for k, v in here.items()})


@router.patch("/uploads/{id_}")
async def append(request: Request, visitor: Annotated[Visitor, SIGNED_IN], id_: str) -> Response:
    """Take in a chunk, straight to the disk."""
    _must_be_tus(request)
    if request.headers.get("content-type") != "application/offset+octet-stream":
        raise HTTPException(415)
    offset, sha256 = _number(request, "upload-offset"), _checksum(request)
    uploads = _uploads(request)
    upload = await run_in_threadpool(uploads.find, visitor.name, id_)
    chunk = await run_in_threadpool(uploads.chunk, upload, offset, sha256)
    if chunk is None:
        raise HTTPException(409, _("The upload is not at that place."))
    try:
        await _write_body(request, chunk)
        reached = await run_in_threadpool(chunk.keep)
    except ClientDisconnect:
        await run_in_threadpool(chunk.drop)
        return Response(status_code=400)
    except ChunkMismatchError as error:
        await run_in_threadpool(chunk.drop)
        raise HTTPException(_CHECKSUM_MISMATCH, error.what) from error
    except BaseException:
        await run_in_threadpool(chunk.drop)
        raise
    return Response(status_code=204, headers=_VERSION | {"upload-offset": str(reached)})


@router.delete("/uploads/{id_}")
def discard(request: Request, visitor: Annotated[Visitor, SIGNED_IN], id_: str) -> Response:
    """Forget an upload."""
    uploads = _uploads(request)
    uploads.remove(uploads.find(visitor.name, id_))
    return Response(status_code=204, headers=_VERSION)


@router.post("/uploads/{id_}/deposit")
def finish(
    request: Request, visitor: Annotated[Visitor, SIGNED_IN], id_: str, body: Finish
) -> dict[str, Any]:
    """Check what was uploaded and take it in; the answer names the job."""
    uploads = _uploads(request)
    upload = uploads.find(visitor.name, id_)
    require_deposit_right(visitor, upload.slug, upload.kind)
    if uploads.offset(upload) != upload.size_bytes:
        raise NotReadyError(_("The upload is not complete yet."), remedy=_("Continue it."))
    work = upload_job(visitor, uploads, upload, body.supersedes, body.card)
    jobs: Jobs = request.app.state.jobs
    return {"job": jobs.start(visitor.name, work)}


@router.get("/jobs/{id_}")
def job_state(request: Request, visitor: Annotated[Visitor, SIGNED_IN], id_: str) -> dict[str, Any]:
    """Return how a job is getting on."""
    jobs: Jobs = request.app.state.jobs
    job = jobs.find(visitor.name, id_)
    return {
        "state": job.state, "done": job.done, "error": job.error, "remedy": job.remedy,
        **job.result,
    }  # fmt: skip


async def _write_body(request: Request, chunk: Chunk) -> None:
    waiting = bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) >= _BUFFER_BYTES:
            await run_in_threadpool(chunk.write, bytes(waiting))
            waiting.clear()
    if waiting:
        await run_in_threadpool(chunk.write, bytes(waiting))


def _uploads(request: Request) -> Uploads:
    found: Uploads = request.app.state.uploads
    return found


def _must_be_tus(request: Request) -> None:
    if request.headers.get("tus-resumable") != "1.0.0":
        raise HTTPException(412, headers={"tus-version": "1.0.0"})


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise HTTPException(400, header)
    return int(value)


def _checksum(request: Request) -> bytes | None:
    given = request.headers.get("upload-checksum")
    if given is None:
        return None
    method, _space, value = given.partition(" ")
    if method != "sha256":
        raise HTTPException(400, "upload-checksum")
    return _decoded(value)


def _metadata(header: str) -> dict[str, str]:
    """Read `key base64,key base64`. What cannot be read is refused."""
    found = {}
    for pair in filter(None, header[:20_000].split(",")):
        key, _space, value = pair.strip().partition(" ")
        found[key] = _decoded(value).decode("utf-8", "replace")
    return found


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise HTTPException(400, "base64") from error
