"""Read a part of the store again every night, so that all of it is read every so many days."""

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
    """What was read: how many files of how many, their bytes, and all that is known as damaged."""

    files: int
    of: int
    size_bytes: int
    damaged: tuple[IntegrityError, ...]


def check_part(production: Production, *, whole: bool = False) -> FixityResult:
    """Read the part that is due, or all; what was damaged at the last look is looked at again.

    Where it came to is written down, so the next part begins there; so is what is damaged. After
    nights that were missed the part is so much larger.
    """
    entry = read_records(production)[Job.FIXITY]
    with production.ledger.read() as session:
        artefacts = recorded_artefacts(session)
        sizes = recorded_sizes(session)
    days = production.settings.care.fixity_days
    part = artefacts if whole else _part(days, artefacts, sizes, entry.after, entry.done_ms)
    known = [each for each in artefacts if "".join(each) in entry.damaged]
    reading = [*known, *(a for a in part if a not in known)]
    wrong = _read(production, reading)
    update_record(
        production, Job.FIXITY, after=part[-1][0] if part else "",
        damaged={"".join(each): error.what for each, error in wrong.items()},
    )  # fmt: skip
    size_bytes = sum(sizes[sha256] for sha256, _suffix in reading)
    return FixityResult(len(part), len(artefacts), size_bytes, tuple(wrong.values()))


def _part(
    days: int, artefacts: Sequence[Artefact], sizes: Mapping[str, int], after: str, done_ms: int
) -> list[Artefact]:
    """Choose what comes after `after`, then from the beginning on: one night's share of bytes."""
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


def _read(production: Production, artefacts: Sequence[Artefact]) -> dict[Artefact, IntegrityError]:
    wrong = {}
    for n, each in enumerate(artefacts):
        progress.report(n / len(artefacts), each[0][:12])
        path = production.store.place(*each)
        _forget(path)
        try:
            production.store.verify(*each)
        except IntegrityError as error:
            wrong[each] = error
        _forget(path)
    return wrong


def _forget(path: Path) -> None:
    """Have the file read from the disk and not from memory, and leave the memory to others."""
    if not hasattr(os, "posix_fadvise") or not path.is_file():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
