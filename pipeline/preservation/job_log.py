"""What was done for the home's safety, and what was found: records/care.json, by duty.

It is a file and not in the ledger, because it says nothing about the work and must be readable when
the ledger is not. Lost, it costs a check of the store from its beginning.
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
    """What is done regularly."""

    FIXITY = "fixity"
    BACKUP = "backup"
    REPORT = "report"


@dataclass(frozen=True)
class JobRecord:
    """Where a duty stands. Times are Unix milliseconds, 0 for never.

    `trouble` says why the last try failed, in Chinese, or nothing. `after` is the last artefact a
    check of the store came to; `damaged` names artefacts (SHA-256 and suffix), and what is wrong
    with each. `told_ms` is when somebody was last sent a message about it.
    """

    done_ms: int = 0
    tried_ms: int = 0
    trouble: str = ""
    after: str = ""
    damaged: dict[str, str] = field(default_factory=dict)
    told_ms: int = 0


def read_records(production: Production) -> dict[Job, JobRecord]:
    """Return where every duty stands."""
    told = _read(_path(production))
    return {duty: JobRecord(**told.get(duty.value, {})) for duty in Job}


def update_record(production: Production, duty: Job, **values: Any) -> None:
    """Write these values of an entry down; the others stay."""
    path = _path(production)
    with FileLock(production.folder / "locks" / "care.lock", timeout=_LOCK_S):
        told = _read(path)
        entry = replace(JobRecord(**told.get(duty.value, {})), **values)
        half = path.with_name(f".{path.name}.part")
        write_json(half, {**told, duty.value: asdict(entry)})
        half.replace(path)


def _path(production: Production) -> Path:
    return production.folder / "records" / "care.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        told = read_json(path)
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
