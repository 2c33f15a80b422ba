"""Where a running production answers: home/run.json, written by `up`, read by everybody else."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from flows.server.environment import DESK
from pipeline.repository.store import storage_errors
from pipeline.workflow.production import Production

__all__ = ["Running", "desk_page", "home_lock", "read_running", "write_running"]


@dataclass(frozen=True)
class Running:
    """A production that is up: the process that keeps it, and its addresses (http://…).

    `prefect` is where directors look; `others` are the addresses of what runs beside it, by name.
    """

    pid: int
    prefect: str
    since_ms: int
    others: dict[str, str] = field(default_factory=dict)

    @property
    def api(self) -> str:
        """The address of the Prefect API."""
        return f"{self.prefect}/api"


def home_lock(folder: Path) -> FileLock:
    """Return the lock that whoever keeps the production up holds."""
    return FileLock(folder / "locks" / "up.lock")


def read_running(folder: Path) -> Running | None:
    """Return where the production answers, or None when nobody keeps it up."""
    lock = home_lock(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:  # somebody does
        try:
            return Running(**json.loads((folder / "run.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None  # but has only just begun
    lock.release()
    return None


def write_running(folder: Path, running: Running) -> None:
    """Tell everybody where the production answers."""
    path = folder / "run.json"
    partial = path.with_suffix(".partial")
    with storage_errors(folder):
        partial.write_text(json.dumps(asdict(running), ensure_ascii=False) + "\n", "utf-8")
        partial.replace(path)


def desk_page(production: Production, slug: str = "") -> str:
    """Return where the desk shows an interviewee or episode (the board if none is named).

    Empty while no desk is up. Where a proxy stands before it, that address is the one to use.
    """
    running = read_running(production.folder)
    up = (running.others.get("desk") if running is not None else None) or os.environ.get(DESK)
    if not up:
        return ""
    page = f"{'episode' if '/' in slug else 'interviewee'}/{slug}" if slug else ""
    return f"{(production.settings.desk.address or up).rstrip('/')}/{page}"
