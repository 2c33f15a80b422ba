"""The figures of the production as tables for Prefect, computed beside everything else.

Counting years of work takes seconds, so a thread does it, at most every ten minutes, and only where
something was recorded since.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping

from pipeline.i18n import _
from pipeline.tracking.metrics import Metrics, StageMetrics, compute_metrics
from pipeline.workflow.production import Production

__all__ = ["Figuring", "by_person", "by_stage"]

log = logging.getLogger("chifeng.flows")

_EVERY_S = 600.0
_HOUR_MS = 3_600_000
_Row = dict[str, str]


class Figuring:
    """Keeps `tables` by key, each with its title: JSON to show, none before the first count."""

    def __init__(self) -> None:
        self.tables: Mapping[str, tuple[str, str]] = {}
        self._counted: object = None
        self._next = 0.0
        self._thread: threading.Thread | None = None

    def tick(self, production: Production, found: object) -> None:
        """Count if it is time to and something is new; `found` tells one state from another."""
        busy = self._thread is not None and self._thread.is_alive()
        if busy or found == self._counted or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_S
        self._counted = found
        self._thread = threading.Thread(target=self._count, args=(production,), daemon=True)
        self._thread.start()

    def _count(self, production: Production) -> None:
        try:
            counted = compute_metrics(production)
            self.tables = {
                "figures": (_("Figures by stage"), json.dumps(by_stage(production, counted))),
                "figures-people": (_("Figures by person"), json.dumps(by_person(counted))),
            }
        except Exception:  # figures must never stop the production
            log.exception("the figures could not be counted")


def by_stage(production: Production, found: Metrics) -> list[_Row]:
    """Return a row for each stage that ran, in the reader's language."""
    return [
        {
            _("Stage"): stage.label,
            _("Right at once"): _share(sums),
            _("Sent back"): str(sums.send_backs),
            _("Runs"): str(sums.runs),
            _("Hours at work"): _hours(sums.working_ms, 1),
            _("Hours waiting, on average"): _hours(sums.waiting_ms, sums.waits),
            _("Corrected per 100 characters"): _number(sums.corrections_per_100),
        }
        for stage in production.stages
        if (sums := found.stages.get(stage.slug)) is not None
    ]


def by_person(found: Metrics) -> list[_Row]:
    """Return a row for each person who decided something, in the reader's language."""
    return [
        {
            _("Person"): name,
            _("Signed"): str(sums.approvals),
            _("Sent back"): str(sums.send_backs),
            _("Hours waited for, on average"): _hours(sums.waiting_ms, sums.waits),
        }
        for name, sums in sorted(found.people.items())
    ]


def _share(sums: StageMetrics) -> str:
    share = sums.first_pass_yield
    return "–" if share is None else f"{share:.0%} ({sums.first_approved}/{sums.first_decisions})"


def _hours(total_ms: int, times: int) -> str:
    return _number(total_ms / times / _HOUR_MS if times else None)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
