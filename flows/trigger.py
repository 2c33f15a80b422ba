"""Have something produced: what the command line, the web desk and Python call."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flows.addresses import Running, read_running
from pipeline.home import Production
from pipeline.requests import request

__all__ = ["FlowRun", "is_up", "produce"]

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class FlowRun:
    """A run as Prefect knows it: its id, its name, its state in Prefect's words, its page."""

    id: str
    name: str
    state: str
    url: str


def is_up(production: Production) -> Running | None:
    """Return where the production answers, or None when “chifeng up” does not run."""
    return read_running(production.folder)


def produce(production: Production, slug: str, *, via: str = "command line") -> FlowRun | None:
    """Have an interviewee or an episode produced, and return the flow run that does it.

    The wish is kept in the ledger: while the production is not up this returns None, and the run
    begins when it is. A failed stage is tried again, a stopped production goes on; what waits for
    somebody goes on waiting. Raises UnknownName.
    """
    wish = request(production, slug, via=via)
    running = is_up(production)
    return None
