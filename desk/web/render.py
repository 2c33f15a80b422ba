"""Templates in the reader's language."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from desk.labels import ago, size, status_label, status_mark
from desk.web.security import csrf_token
from desk.web.views.board import action_address, task_address, task_label
from desk.web.views.decision import address_of
from pipeline.captions.cues import clock
from pipeline.captions.revision.diff import change_label
from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import _, language, ngettext
from pipeline.kinds import KINDS
from pipeline.stage import Role
from pipeline.workflow.approvals import signer_label
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.rests import standing_still
from pipeline.workflow.stage_state import Status

__all__ = ["environment", "render"]

_FOLDER = Path(__file__).parent


def environment() -> Environment:
    """Return what templates are read with: everything is escaped, nothing may be undefined."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(gettext=_, ngettext=ngettext, _=_, language=language)
    made.globals.update(
        Role=Role, Status=Status, action_address=action_address, address_of=address_of,
        paused=current_pause, standing_still=standing_still,
        status_label=status_label, status_mark=status_mark,
        task_address=task_address, task_label=task_label,
    )  # fmt: skip
    made.filters.update(clock=clock, moment=_moment, day=_day, kind=_kind, named=change_label)
    made.filters.update(ago=ago, size=size, signer=signer_label)
    return made


def render(request: Request, name: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page made from a template of `templates/`."""
    visitor = getattr(request.state, "visitor", None)
    html = request.app.state.templates.get_template(name).render(
        request=request,
        visitor=visitor,
        production=request.app.state.production,
        lang="zh-Hans" if language() == "zh" else "en",
        csrf=csrf_token(request),
        nonce=request.state.nonce,
        version=request.app.state.assets,
        **values,
    )
    return HTMLResponse(html, status)


def _moment(ms: int) -> str:
    """Return a Unix time in milliseconds as people read it: 2026-03-01 14:05."""
    return datetime.fromtimestamp(ms / 1000, CHINA_TIME).strftime("%Y-%m-%d %H:%M")


def _kind(slug: str) -> str:
    return KINDS[slug].label if slug in KINDS else slug


def _day(ms: int) -> str:
    return _moment(ms)[:10]
