"""Fixity checks: a part of the store is read every night, all of it every so many days."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core import progress
from pipeline.errors import IntegrityError
from pipeline.preservation.audit import recorded_artefacts, recorded_sizes
from pipeline.preservation.job_log import Job, read_records, update_record
from pipeline.repository.ledger import now_ms
from pipeline.workflow.production import Production

__all__ = ["FixityResult", "check_part"]

_DAY_MS = 86_400_000

Artefact = tuple[str, str]
"""SHA-256 and suffix."""


@dataclass(frozen=True)
class FixityResult:
    """How many files of how many were read, their bytes, and all files known to be damaged."""

    files: int
    of: int
    size_bytes: int
    damaged: tuple[IntegrityError, ...]


def check_part(production: Production, *, whole: bool = False) -> FixityResult:
    """Check the part that is due, or all, and again what was damaged at the last check.

    The last artefact checked and the damaged ones are recorded, and the next part begins there.
    After missed nights the part is larger.
    """
    record = read_records(production)[Job.FIXITY]
    with production.ledger.read() as session:
        artefacts = recorded_artefacts(session)
        sizes = recorded_sizes(session)
    days = production.settings.care.fixity_days
    part = artefacts if whole else _part(days, artefacts, sizes, record.after, record.done_ms)
    known = [each for each in artefacts if "".join(each) in record.damaged]
    reading = [*known, *(a for a in part if a not in known)]
    errors = _verify(production, reading)
    update_record(
        production, Job.FIXITY, after=part[-1][0] if part else "",
        damaged={"".join(each): error.what for each, error in errors.items()},
    )  # fmt: skip
    size_bytes = sum(sizes[sha256] for sha256, _suffix in reading)
    return FixityResult(len(part), len(artefacts), size_bytes, tuple(errors.values()))


def _part(
    days: int, artefacts: Sequence[Artefact], sizes: Mapping[str, int], after: str, done_ms: int
) -> list[Artefact]:
    """Choose one night's share of bytes, beginning after the artefact `after`, in a circle."""
    nights = max(1, round((now_ms() - done_ms) / _DAY_MS)) if done_ms else 1
    ordered = [a for a in artefacts if a[0] > after] + [a for a in artefacts if a[0] <= after]
    budget = sum(sizes[sha256] for sha256, _suffix in ordered) * min(1.0, nights / days)
    part: list[Artefact] = []
    taken = 0
    for each in ordered:
        if part and taken >= budget:
            break
        part.append(each)
        taken += sizes[each[0]]
    return part


def _verify(
    production: Production, artefacts: Sequence[Artefact]
) -> dict[Artefact, IntegrityError]:
    errors = {}
    for n, each in enumerate(artefacts):
        progress.report(n / len(artefacts), each[0][:12])
        path = production.store.place(*each)
        _drop_from_cache(path)
        try:
            production.store.verify(*each)
        except IntegrityError as error:
            errors[each] = error
        _drop_from_cache(path)
    return errors


def _drop_from_cache(path: Path) -> None:
    """Drop the file from the page cache, so that it is read from the disk."""
    if not hasattr(os, "posix_fadvise") or not path.is_file():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
