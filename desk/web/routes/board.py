"""The board, what it says when something happens, and the run that does the work."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from desk.web.access import CREW, DIRECTOR, PUBLIC, Visitor, still_fits
from desk.web.js_messages import js_messages
from desk.web.render import render
from desk.web.views.board import BoardFilter
from flows.client import is_up, page_of
from flows.server.password import prefect_password
from pipeline.errors import NotReadyError
from pipeline.i18n import _
from pipeline.stage import Role
from pipeline.workflow import roster

__all__ = ["may_add_subjects", "prefect_address", "router"]

router = APIRouter()

_MAX_TASKS = 12  # tasks shown at once; the rest by a filter
_ADD = {Role.PRODUCER.value, Role.ADMINISTRATOR.value}

Word = Annotated[str, Query(max_length=100)]
Number = Annotated[str, Query(pattern=r"^\d{0,4}$")]


@router.get("/")
def show(
    request: Request, visitor: Annotated[Visitor, PUBLIC], q: Word = "", interviewee: Word = "",
    field: Word = "", phase: Number = "", stage: Number = "", person: Word = "", late: Word = "",
    page: Number = "",
) -> Response:  # fmt: skip
    """Show the crew where everything stands, what waits for the reader first."""
    if visitor.session is None:
        return RedirectResponse("/sign-in", 303)
    if not visitor.crew:
        return render(request, "home.html")
    production = visitor.production
    board = request.app.state.boards.current()
    board_filter = BoardFilter(
        q.strip(), interviewee.strip(), field, int(phase or 0), int(stage or 0), person.strip(),
        bool(late),
    )  # fmt: skip
    people = roster.people(production)
    actions = board.actions_of(people, visitor.name)
    return render(
        request, "board.html", board=board, board_filter=board_filter, people=people,
        page=board.page(board_filter, int(page or 1)), actions=actions, max_tasks=_MAX_TASKS,
        stages=production.stages, fields=production.settings.project.fields,
        prefect=prefect_address(request, visitor), may_prefect=visitor.director,
        phases=sorted({group.interviewee.subject.phase for group in board.groups}),
        may_add=may_add_subjects(visitor), query=_query(request), words=js_messages(),
    )  # fmt: skip


@router.get("/events")
async def events(request: Request, visitor: Annotated[Visitor, CREW], room: Word = "") -> Response:
    """Tell the page whenever something was recorded, as server-sent events; with `room`, also
    what happens among those who proofread the same subtitles."""
    assert visitor.session is not None  # CREW says so
    allowed = partial(still_fits, visitor.production, visitor.session.session_id, CREW)
    return StreamingResponse(
        request.app.state.watch.changes(room, allowed=allowed), media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )  # fmt: skip


@router.get("/prefect")
def show_prefect(request: Request, visitor: Annotated[Visitor, DIRECTOR]) -> Response:
    """Show where Prefect answers, and the password that its pages ask for."""
    password = prefect_password(visitor.production.folder)
    response = render(
        request, "prefect.html", prefect=prefect_address(request, visitor), password=password
    )
    response.headers["cache-control"] = "no-store"
    return response


@router.get("/run/{slug}")
@router.get("/run/{slug}/{number}")
def show_run(
    request: Request, visitor: Annotated[Visitor, CREW], slug: str, number: str = ""
) -> Response:
    """Lead to the run in Prefect that works on an interviewee or episode."""
    if not prefect_address(request, visitor):
        raise NotReadyError(
            _("Prefect's pages can be reached from its own machine only, while it is up.")
        )
    wanted = f"{slug}/{number}" if number else slug
    return RedirectResponse(page_of(visitor.production, wanted), 303)


def may_add_subjects(visitor: Visitor) -> bool:
    """Tell whether the person adds interviewees and episodes."""
    return bool(visitor.roles & _ADD)


def prefect_address(request: Request, visitor: Visitor) -> str:
    """Return where Prefect answers, for a browser on the machine where it does; else nothing."""
    if request.url.hostname not in ("127.0.0.1", "localhost", "::1"):
        return ""
    running = is_up(visitor.production)
    return running.prefect if running is not None else ""


def _query(request: Request) -> str:
    """Return what is asked for, to be put before another page's number."""
    kept = [(k, v) for k, v in request.query_params.multi_items() if v and k != "page"]
    return urlencode(kept)
