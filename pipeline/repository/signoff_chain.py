"""The chain of sign-offs: rows are only added, each with the hash of the row before it.

A row changed, removed or inserted breaks the chain at that place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import RecordError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import SignOffRow

__all__ = ["append", "chain_hash", "verify_chain"]

_GENESIS = "0" * 64


def append(
    session: Session, subject_id: int | None, stage: str, action: str, *, person: str, role: str,
    via: str, reason: str, digests: list[list[str]], from_stage: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> SignOffRow:  # fmt: skip
    """Add a row at the end of the chain; `session` must be a writing one."""
    last = session.scalar(select(SignOffRow).order_by(SignOffRow.id.desc()).limit(1))
    row = SignOffRow(
        id=last.id + 1 if last else 1, subject_id=subject_id, stage=stage, action=action,
        digests=digests, person=person, role=role, via=via, reason=reason,
        from_stage=from_stage, evidence=dict(evidence or {}), at_ms=now_ms(),
        previous_hash=last.hash if last else _GENESIS,
    )  # fmt: skip
    row.hash = chain_hash(row)
    session.add(row)
    return row


def chain_hash(row: SignOffRow) -> str:
    """Return the SHA-256 over everything in the row and the hash of the one before."""
    columns = {c.key: getattr(row, c.key) for c in SignOffRow.__table__.columns if c.key != "hash"}
    if columns["evidence"] is None:  # a row of a version that had no such column
        del columns["evidence"]
    return hashlib.sha256(
        json.dumps(columns, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def verify_chain(session: Session) -> int:
    """Recompute the chain and return how many rows it has.

    Raises RecordError naming the first row that does not fit.
    """
    previous = _GENESIS
    count = 0
    for row in session.scalars(select(SignOffRow).order_by(SignOffRow.id)):
        count += 1
        if row.id != count or row.previous_hash != previous or row.hash != chain_hash(row):
            raise RecordError(
                _("The record of sign-offs was tampered with at entry {n}.").format(n=count),
                remedy=_("Compare the ledger with its backups."),
            )
        previous = row.hash
    return count
