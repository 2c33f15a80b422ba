"""Jobs that take longer than a response: run in a thread, polled by the page that started them.

Jobs do not outlive the server; their results are in the ledger or the store.
"""

from __future__ import annotations

import contextvars
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipeline.core import progress
from pipeline.errors import ChifengError, NotFoundError
from pipeline.i18n import _

__all__ = ["Job", "Jobs"]

_MAX_RUNNING = 2  # copying more than two big files at a time is no faster
_MAX_FINISHED = 200

log = logging.getLogger("chifeng.desk")


@dataclass
class Job:
    """A piece of work. `done` goes from 0.0 to 1.0; `result` is its result, `error` why there is
    none."""

    person: str
    state: str = "working"
    done: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    remedy: str = ""


class Jobs:
    """The running jobs, and the latest finished ones."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._slots = threading.BoundedSemaphore(_MAX_RUNNING)

    def start(self, person: str, work: Callable[[], dict[str, Any]]) -> str:
        """Begin, and return the name under which its progress is asked for."""
        name, job = secrets.token_hex(16), Job(person)
        for old in [n for n, j in self._jobs.items() if j.state != "working"][:-_MAX_FINISHED]:
            del self._jobs[old]
        self._jobs[name] = job
        here = contextvars.copy_context()  # errors are in the language of the request
        threading.Thread(target=here.run, args=(self._work, job, work), daemon=True).start()
        return name

    def find(self, person: str, name: str) -> Job:
        """Return how somebody's own job is getting on; raises NotFoundError."""
        job = self._jobs.get(name)
        if job is None or job.person != person:
            raise NotFoundError(
                _("The server has been started again meanwhile."),
                remedy=_("Load the page again; what was uploaded is there."),
            )
        return job

    def _work(self, job: Job, work: Callable[[], dict[str, Any]]) -> None:
        def listen(done: float, _what: str) -> None:
            job.done = done

        try:
            with self._slots, progress.report_to(listen):
                job.result = work()
            job.state = "done"
        except ChifengError as error:
            job.error, job.remedy, job.state = error.what, error.remedy, "failed"
        except Exception:
            log.exception("a job of %s failed", job.person)
            job.error = _("Something unforeseen happened. What was saved is safe.")
            job.state = "failed"
