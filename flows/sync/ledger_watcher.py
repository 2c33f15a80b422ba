"""Follow the ledger: have the reconciler look and the boards drawn whenever something is new."""

from __future__ import annotations

import logging
import time
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from sqlalchemy.exc import SQLAlchemyError

from flows.server.password import prefect_password
from flows.sync.flow_runs import Runs
from flows.sync.reconciler import Reconciler
from flows.sync.reminder_loop import Reminding
from flows.views.artifacts import ArtifactPublisher
from flows.views.metrics import Figuring
from pipeline.errors import ChifengError
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import ledger_version

__all__ = ["Follower"]

log = logging.getLogger("chifeng.flows")

_ACTIVE_S = 2.0  # between looks while runs are at work, and between drawings of the boards
_IDLE_S = 10.0  # between glances whether runs vanished, while all of them wait for people
_WHOLE_S = 60.0  # between looks at all of them then: there may be a thousand
_SOONEST_S = 0.9  # a quick stage after another must not keep this process busy
_TROUBLE = (httpx.HTTPError, PrefectHTTPStatusError, ChifengError, SQLAlchemyError)


class Follower:
    """Follows one production's ledger, through one server's API at `address` (http://…)."""

    def __init__(self, production: Production, address: str) -> None:
        client = SyncPrefectClient(
            api=f"{address}/api", auth_string=prefect_password(production.folder),
            httpx_settings={"trust_env": False},
        )  # fmt: skip
        self._client = client.__enter__()
        self._runs = Runs(self._client)
        self._reconciler = Reconciler(production, self._runs)
        self._boards = ArtifactPublisher(self._client)
        self._reminding = Reminding()
        self._figuring = Figuring()
        self._seen: tuple[int, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._next = 0.0
        self._looked = 0.0
        self._whole = 0.0
        self._count = 0
        self._able = False
        self._drew = 0.0

    def recover(self) -> bool:
        """Put in order what processes that are dead left behind; tell whether that was possible.

        Call it while no runner lives.
        """
        try:
            for run in self._runs.bury():
                log.warning("%s: its process was lost, it starts again", run.name)
        except _TROUBLE as error:
            log.warning("The runs of lost processes could not be put in order: %s", error)
            return False
        self._next = 0.0
        return True

    def tick(self) -> bool:
        """Look if there is reason to; tell whether the flows can be started by now."""
        now = time.monotonic()
        if now < self._looked + _SOONEST_S:
            return self._able
        try:
            found = ledger_version(self._reconciler.production)
            if found != self._seen or now >= self._next:
                self._looked = now
                if found == self._seen and now < self._whole and self._count == self._runs.count():
                    self._tend(found)
                    self._next = now + _IDLE_S
                else:
                    self._look(found)
                self._able = True
        except ObjectNotFound:  # the runner has not made the deployments yet
            self._able = False
        except _TROUBLE as error:
            log.warning("Prefect and the ledger could not be compared: %s", error)
            self._next = now + _ACTIVE_S
            self._able = False
        return self._able

    def _tend(self, found: tuple[int, ...]) -> None:
        """Do what the clock says."""
        self._reminding.tick(self._reconciler.production)
        self._figuring.tick(self._reconciler.production, found)

    def _look(self, found: tuple[int, ...]) -> None:
        self._runs.ready()
        reconciler = self._reconciler
        situations = reconciler.look()
        self._tend(found)
        self._seen = found
        self._next = time.monotonic() + (_ACTIVE_S if reconciler.active else _IDLE_S)
        self._whole = time.monotonic() + (_WHOLE_S if reconciler.resting else 0.0)
        self._count = len(reconciler.live)
        runs: dict[str, UUID] = {slug: run.id for slug, run in reconciler.live.items()}
        tables = self._figuring.tables
        drawn = (found, tables, *sorted(runs.items()), *sorted(reconciler.stalled.items()))
        if drawn == self._drawn:
            return
        if time.monotonic() < self._drew + _ACTIVE_S:
            self._next = self._drew + _ACTIVE_S  # what is not drawn now is drawn then
            self._whole = 0.0
            return
        self._boards.publish(reconciler.production, situations, runs, tables)
        self._drawn, self._drew = drawn, time.monotonic()
