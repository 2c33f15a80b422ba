"""The words of the scripts, and the choice of language."""

from __future__ import annotations

import os
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from desk.web.access import PUBLIC, Visitor
from desk.web.js_messages import js_messages
from desk.web.security import LANGUAGE
from flows.server.environment import START

__all__ = ["router"]

router = APIRouter()


@router.get("/words.json")
def words(visitor: Annotated[Visitor, PUBLIC]) -> JSONResponse:
    """Return what the scripts say, in the reader's language."""
    return JSONResponse(js_messages())


@router.get("/health")
def health(visitor: Annotated[Visitor, PUBLIC]) -> dict[str, Any]:
    """Answer that the desk is there."""
    return {"desk": "up", "start": os.environ.get(START, "")}


@router.post("/language")
def choose_language(
    request: Request, visitor: Annotated[Visitor, PUBLIC], lang: Annotated[str, Form()],
    to: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """Remember which language this browser reads."""
    response = RedirectResponse(inside(to), 303)
    chosen = "en" if lang == "en" else "zh"
    response.set_cookie(
        LANGUAGE, chosen, max_age=31536000, samesite="lax", secure=request.state.secure
    )
    return response


def inside(address: str) -> str:
    """Return an address of the desk itself; one that leads elsewhere leads home."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain and address.isprintable() else "/"
