"""Have something produced: what the command line, the web desk and Python call."""

from __future__ import annotations

import os
from dataclasses import dataclass

from flows.server.endpoints import Running, read_running
from flows.server.environment import prefect_settings
from flows.server.password import authorization, prefect_password
from flows.subject_status import subject_tag
from pipeline.errors import MissingTool
from pipeline.i18n import _
from pipeline.repository.records import find_subject
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.requests import request

__all__ = ["FlowRun", "is_up", "page_of", "produce"]


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


def produce(
    production: Production, slug: str, *, via: str = "command line", due_ms: int = 0
) -> FlowRun | None:
    """Have an interviewee or an episode produced, and return the flow run that does it.

    The wish is kept in the ledger: while the production is not up, or is paused, this returns None,
    and the run begins when it is up and goes on. A failed stage is tried again, a stopped
    production goes on, and what waits for somebody goes on waiting. Raises UnknownName, and
    MissingTool when Prefect does not answer.
    """
    wish = request(production, slug, via=via, due_ms=due_ms)
    running = is_up(production)
    if current_pause(production) is not None:
        return None
    return _start(production, wish.slug, running) if running else None


def page_of(production: Production, slug: str) -> str:
    """Return the page in Prefect of the newest run of a subject, or of all runs if it has none.

    Raises UnknownName, and MissingTool when the production is not up or Prefect does not answer.
    """
    import httpx

    with production.ledger.read() as session:
        tag = subject_tag(find_subject(session, slug).slug)
    running = is_up(production)
    if running is None:
        raise MissingTool(_("The production is not up."), remedy=_("Start it: chifeng up"))
    asked = {
        "flow_runs": {"tags": {"all_": [tag]}}, "sort": "EXPECTED_START_TIME_DESC", "limit": 1,
    }  # fmt: skip
    try:
        with httpx.Client(  # Prefect's own takes seconds
            trust_env=False, timeout=5, headers=authorization(production.folder)
        ) as client:
            answer = client.post(f"{running.api}/flow_runs/filter", json=asked).raise_for_status()
    except httpx.HTTPError as error:
        raise MissingTool(
            _("The Prefect server at {address} does not answer.").format(address=running.prefect),
            remedy=_("Try again in a moment."),
        ) from error
    found = answer.json()
    return f"{running.prefect}/runs" + (f"/flow-run/{found[0]['id']}" if found else "")


def _start(production: Production, slug: str, running: Running) -> FlowRun:
    for key, value in prefect_settings(production.folder, running.prefect).items():
        os.environ.setdefault(key, value)  # Prefect reads it when it is imported
    import httpx
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

    from flows.subject_status import subject_status
    from flows.sync.flow_runs import Runs

    now = subject_status(production, production.states(slug))
    try:
        with SyncPrefectClient(
            api=running.api, auth_string=prefect_password(production.folder),
            httpx_settings={"trust_env": False},
        ) as client:  # fmt: skip
            run = Runs(client).start(now.subject, now.tags)
    except (httpx.HTTPError, ObjectNotFound, PrefectHTTPStatusError) as error:
        raise MissingTool(
            _("The Prefect server at {address} does not answer.").format(address=running.prefect),
            remedy=_("Your wish is kept, and followed as soon as it does."),
        ) from error
    return FlowRun(
        str(run.id), run.name or "", (run.state_name or ""),
        f"{running.prefect}/runs/flow-run/{run.id}",
    )  # fmt: skip
