"""Conflicts between two people who correct the same version: nothing is overwritten unseen.

A correction replaces the one before it, so it must be based on that one. A digest identifies the
base: the draft, an earlier correction, or what a stage made of one.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.captions.formats.reader import read
from pipeline.captions.revision.diff import Change, changes
from pipeline.errors import StaleBaseError, SubtitleError
from pipeline.i18n import _
from pipeline.kinds import KINDS, Kind
from pipeline.repository.records import find_subject
from pipeline.repository.tables import DepositRow, OutputRow, RunRow
from pipeline.workflow.production import Production

__all__ = [
    "changes_since_base", "digest_in_name", "find_base",
    "latest_deposit", "require_latest_base",
]  # fmt: skip


def latest_deposit(
    session: Session, subject_id: int, kind: str, sha256: str | None = None
) -> DepositRow | None:
    """Return the last deposit of a kind (or the last one of this file), also if taken back."""
    query = select(DepositRow).where(DepositRow.subject_id == subject_id, DepositRow.kind == kind)
    if sha256 is not None:
        query = query.where(DepositRow.sha256.startswith(sha256))
    return session.scalar(query.order_by(DepositRow.id.desc()).limit(1))


def require_latest_base(session: Session, subject_id: int, kind: str, began: str | None) -> None:
    """Raise StaleBaseError where another deposit follows the one a correction was begun from.

    `began` is that one's digest, or empty for none; None skips the check.
    """
    last = latest_deposit(session, subject_id, kind)
    if began is None or last is None or began == last.sha256 or (last.removed and not began):
        return
    raise StaleBaseError(
        _("{person} has saved another version since you began.").format(person=last.person),
        remedy=_("Yours is not lost: compare the two and save again."),
        began=began or last.base_sha256 or "", latest=last.sha256, kind=kind,
        person=last.person, at_ms=last.at_ms,
    )  # fmt: skip


def digest_in_name(name: str) -> str:
    """Return the start of a digest that `chifeng open --to` put into a name, or nothing."""
    match = re.search(r"\.([0-9a-f]{12})\.\w+$", name)
    return match.group(1) if match else ""


def find_base(
    production: Production, slug: str, kind: Kind, digest: str, person: str
) -> tuple[str | None, str]:
    """Return the version a correction was made upon, and the deposit it was begun from.

    `digest` holds the first characters of the digest of the file the person began with; where it is
    empty, only the same person's own deposit counts.
    """
    with production.ledger.read() as session:
        subject = find_subject(session, slug)
        last = latest_deposit(session, subject.id, kind.slug)
        base, began = _find_base(session, subject.id, kind, digest) if digest else (None, "")
        if last is not None and last.person == person:
            began = last.sha256  # a newer version of one's own, from wherever it was begun
        return base, began


def changes_since_base(production: Production, error: StaleBaseError) -> list[Change]:
    """Return the changes from the base to the other person's version."""
    suffixes = {s for k in (error.kind, KINDS[error.kind].revises) for s in KINDS[k].suffixes}
    try:
        return changes(*(
            read(_file(production, sha256, suffixes)) for sha256 in (error.began, error.latest)
        ))  # fmt: skip
    except (SubtitleError, OSError, StopIteration):  # not subtitles, or begun from nothing
        return []


def _find_base(
    session: Session, subject_id: int, kind: Kind, digest: str
) -> tuple[str | None, str]:  # fmt: skip
    row = latest_deposit(session, subject_id, kind.slug, digest)
    if row is not None:
        return row.base_sha256, row.sha256
    run = session.scalar(
        select(RunRow)
        .join(OutputRow, OutputRow.run_id == RunRow.id)
        .where(RunRow.subject_id == subject_id, OutputRow.sha256.startswith(digest))
        .order_by(RunRow.id.desc())
        .limit(1)
    )
    if run is None:
        return None, ""
    made = next(o for o in run.outputs if o.sha256.startswith(digest))
    if made.kind == kind.revises:
        return made.sha256, ""
    used = {name: sha256 for name, sha256, _name in run.inputs}
    return used.get(kind.revises), used.get(kind.slug, "")


def _file(production: Production, sha256: str, suffixes: set[str]) -> Path:
    paths = (production.store.path(sha256, suffix) for suffix in sorted(suffixes))
    return next(path for path in paths if path.exists())
