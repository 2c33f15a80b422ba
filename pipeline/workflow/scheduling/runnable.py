"""Which stages may run now, and in which order: for flow runs and for workers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.requests import Request, effective_request, requests
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["Runnable", "runnable"]


@dataclass(frozen=True)
class Runnable:
    """An interviewee or episode with its request (None without one).

    `ready` are the stages that are requested and can run now.
    """

    slug: str
    request: Request | None
    ready: tuple[StageState, ...]

    @property
    def _urgency(self) -> tuple[bool, int, int]:
        due_ms = self.request.due_ms if self.request is not None else 0
        return not due_ms, due_ms, min((s.since_ms for s in self.ready), default=sys.maxsize)


def runnable(production: Production, board: Mapping[str, Sequence[StageState]]) -> list[Runnable]:
    """List the subjects of a board: what is due sooner first, then what has waited longest.

    While the production is paused the list is empty.
    """
    if current_pause(production) is not None:
        return []
    latest = requests(production)
    found = []
    for slug, states in board.items():
        request = effective_request(latest, slug, lambda of: all(s.passed for s in board[of]))
        wanted = request is not None and request.wanted
        ready = tuple(s for s in states if wanted and _is_ready(s, request))
        if states:
            found.append(Runnable(slug, request, ready))
    return sorted(found, key=lambda each: each._urgency)


def _is_ready(state: StageState, request: Request | None) -> bool:
    if state.status is Status.FAILED:  # tried again when somebody asks
        return request is not None and request.at_ms > state.since_ms
    return state.status is Status.READY
