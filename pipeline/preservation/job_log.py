"""The log of preservation jobs: records/care.json, with the last record of each job.

It is a file and not in the ledger, because it must be readable when the ledger is not. If it is
lost, the check of the store starts at its beginning.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipeline.core.files import read_json, write_json
from pipeline.workflow.production import Production

__all__ = ["Job", "JobRecord", "read_records", "update_record"]

_LOCK_S = 30.0


class Job(StrEnum):
    """A job that is done regularly."""

    FIXITY = "fixity"
    BACKUP = "backup"
    REPORT = "report"


@dataclass(frozen=True)
class JobRecord:
    """The record of a job. Times are Unix milliseconds, 0 for never.

    `trouble` says in Chinese why the last try failed, or nothing. `after` is the last artefact that
    was checked; `damaged` names artefacts (SHA-256 and suffix) with what is wrong with each.
    `told_ms` is when an alert was last sent.
    """

    done_ms: int = 0
    tried_ms: int = 0
    trouble: str = ""
    after: str = ""
    damaged: dict[str, str] = field(default_factory=dict)
    told_ms: int = 0


def read_records(production: Production) -> dict[Job, JobRecord]:
    """Return the record of every job."""
    content = _read(_path(production))
    return {job: JobRecord(**content.get(job.value, {})) for job in Job}


def update_record(production: Production, job: Job, **values: Any) -> None:
    """Change these values of a job's record; the others stay."""
    path = _path(production)
    with FileLock(production.folder / "locks" / "care.lock", timeout=_LOCK_S):
        content = _read(path)
        record = replace(JobRecord(**content.get(job.value, {})), **values)
        partial = path.with_name(f".{path.name}.part")
        write_json(partial, {**content, job.value: asdict(record)})
        partial.replace(path)


def _path(production: Production) -> Path:
    return production.folder / "records" / "care.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
