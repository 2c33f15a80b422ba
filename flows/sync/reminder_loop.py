"""Have reminders go out while the production is up, without anything waiting for a mail server."""

from __future__ import annotations

import logging
import threading
import time

from pipeline.preservation.alerts import send_alerts
from pipeline.tracking.reminders import remind, time_to_remind
from pipeline.workflow.production import Production

__all__ = ["Reminding"]

log = logging.getLogger("chifeng.flows")

_EVERY_S = 300.0


class Reminding:
    """Reminds every few minutes, in a thread of its own; one at a time."""

    def __init__(self) -> None:
        self._next = 0.0
        self._thread: threading.Thread | None = None

    def tick(self, production: Production) -> None:
        """Remind if it is time to."""
        busy = self._thread is not None and self._thread.is_alive()
        if busy or time.monotonic() < self._next or not production.settings.reminders.urls:
            return
        self._next = time.monotonic() + _EVERY_S
        self._thread = threading.Thread(target=_remind, args=(production,), daemon=True)
        self._thread.start()


def _remind(production: Production) -> None:
    try:
        remind(production)
        if time_to_remind(production):
            send_alerts(production)
    except Exception:  # reminders must never stop the production
        log.exception("reminders could not be sent")
