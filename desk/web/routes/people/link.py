"""Make the link by which an interviewee comes to their episode, print it, and withdraw it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.web.access import INVITER, Visitor
from desk.web.render import render
from desk.web.security import log
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.review.access.accounts import Link
from pipeline.review.access.invitations import (
    find_episode_link,
    interviewee_state,
    invitations,
    invite,
    take_over,
    withdraw_invitation,
)
from pipeline.workflow.executor import explain
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["router"]

router = APIRouter()


@router.get("/episode/{slug}/{number}/link")
def link_page(
    request: Request, visitor: Annotated[Visitor, INVITER], slug: str, number: str
) -> Response:
    """Show the links there are, and offer a new one."""
    return _page(request, visitor, _state(visitor, slug, number))


@router.post("/episode/{slug}/{number}/link")
def make(
    request: Request, visitor: Annotated[Visitor, INVITER], slug: str, number: str
) -> Response:
    """Make a link; its address and code are shown this once."""
    state = _state(visitor, slug, number)
    made = invite(visitor.production, state.subject.slug, visitor.name)
    log.info("%r made link %s for %s", visitor.name, made.id, state.subject.slug)
    return _page(request, visitor, state, made)


@router.post("/episode/{slug}/{number}/link/print")
def print_page(
    request: Request, visitor: Annotated[Visitor, INVITER], slug: str, number: str,
    token: Annotated[str, Form(max_length=100)],
) -> Response:  # fmt: skip
    """Show the link as a page to print with the sheet. The code is not on it."""
    state = _state(visitor, slug, number)
    row = find_episode_link(visitor.production, state.subject.slug, token)
    if row is None:
        raise NotFoundError(_("This link is no longer valid."))
    address = _address(request, token)
    return render(
        request, "link_print.html", state=state, address=address, qr=_qr(address),
        until_ms=row.expires_ms,
    )  # fmt: skip


@router.post("/episode/{slug}/{number}/link/code")
def take_over_code(
    request: Request, visitor: Annotated[Visitor, INVITER], slug: str, number: str,
    link: Annotated[int, Form(ge=1, le=2**31)],
) -> Response:  # fmt: skip
    """Take over the code of a link: a new one is shown to this person, once."""
    state = _state(visitor, slug, number)
    code = take_over(visitor.production, state.subject.slug, link, visitor.name)
    log.info("%r took over the code of link %s", visitor.name, link)
    return _page(request, visitor, state, code=code)


@router.post("/episode/{slug}/{number}/link/withdraw")
def withdraw(
    visitor: Annotated[Visitor, INVITER], slug: str, number: str,
    link: Annotated[int, Form(ge=1, le=2**31)],
) -> Response:  # fmt: skip
    """Withdraw a link of this episode."""
    state = _state(visitor, slug, number)
    withdraw_invitation(visitor.production, state.subject.slug, link, visitor.name)
    log.info("%r withdrew link %s", visitor.name, link)
    return RedirectResponse(f"/episode/{state.subject.slug}/link", 303)


def _state(visitor: Visitor, slug: str, number: str) -> StageState:
    state = interviewee_state(visitor.production, f"{slug}/{number}")
    visitor.may_see(state.subject.slug)
    return state


def _page(
    request: Request,
    visitor: Visitor,
    state: StageState,
    made: Link | None = None,
    code: str = "",
) -> Response:
    shown: dict[str, Any] = {"made": made, "address": "", "qr": "", "code": code}
    if made is not None:
        address = _address(request, made.token)
        shown.update(address=address, qr=_qr(address))
    ready = state.status is Status.GATE
    return render(
        request, "link.html", state=state, ready=ready, why="" if ready else explain(state),
        rows=invitations(visitor.production, state.subject.slug), **shown,
    )  # fmt: skip


def _address(request: Request, token: str) -> str:
    chosen = request.app.state.production.settings.desk.address or str(request.base_url)
    return f"{chosen.rstrip('/')}/i/{token}"


def _qr(address: str) -> str:
    """Return the QR code as the address of an image. Level M: a crease in the paper is forgiven."""
    import segno

    made: str = segno.make(address, error="m", micro=False).svg_data_uri(scale=6, border=4)
    return made
