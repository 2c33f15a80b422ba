"""Drafts in the ledger: the rows that are written, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.captions.revision.merge import Conflict
from pipeline.kinds import Kind
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import DraftRow, SubjectRow
from pipeline.review.drafts.model import Change, Draft, DraftCue, numbered_cues
from pipeline.stage import Artefact
from pipeline.workflow.production import Production

__all__ = ["change_row", "draft_row", "last_editors", "latest_changes", "load_draft", "replay"]


def load_draft(session: Session, subject_id: int, slug: str, kind: Kind, base: Artefact) -> Draft:
    """Return the draft upon a version as it stands."""
    return replay(
        session, subject_id, Draft(slug, kind, base, dict(numbered_cues(base.path)), 0, ())
    )


def replay(session: Session, subject_id: int, draft: Draft) -> Draft:
    """Return the draft with what was recorded since: the cheaper, the newer the one given is."""
    cues, people, conflicts = dict(draft.cues), dict.fromkeys(draft.people), [*draft.conflicts]
    number, settled = draft.number, set(draft.settled)
    query = select(DraftRow).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == draft.kind.slug,
        DraftRow.base_sha256 == draft.base.sha256, DraftRow.id > number,
    )  # fmt: skip
    for row in session.scalars(query.order_by(DraftRow.id)):
        number = row.id
        if row.cue:
            people[row.person] = None
            cues.pop(row.cue, None)
            if row.after is not None:
                cues[row.cue] = DraftCue(**row.after)
            continue
        details = row.after or {}
        settled.update(details.get("settled", ()))
        conflicts += [Conflict(**c) for c in details.get("conflicts", ())]
        if "became" in details:
            cues, people, conflicts = dict(numbered_cues(draft.base.path)), {}, []
    return replace(
        draft, cues=cues, number=number, people=tuple(people), conflicts=tuple(conflicts),
        settled=frozenset(settled),
    )  # fmt: skip


def last_editors(
    session: Session, subject_id: int, draft: Draft, cues: Collection[str]
) -> dict[str, str]:
    """Return who changed these cues last, by their names."""
    query = select(DraftRow.cue, DraftRow.person).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == draft.kind.slug,
        DraftRow.base_sha256 == draft.base.sha256, DraftRow.cue.in_(cues),
    )  # fmt: skip
    return {row.cue: row.person for row in session.execute(query.order_by(DraftRow.id))}


def latest_changes(production: Production, after: int | None) -> dict[tuple[str, str], int]:
    """Return the last change to each draft since the change `after`, by slug and kind of
    correction; for None, the last change of all. Cheap to ask many times a second."""
    query = select(SubjectRow.slug, DraftRow.kind, func.max(DraftRow.id)).join(SubjectRow)
    last = select(func.max(DraftRow.id)).scalar_subquery()
    query = query.where(DraftRow.id == last if after is None else DraftRow.id > after)
    with production.ledger.read() as session:
        found = session.execute(query.group_by(SubjectRow.slug, DraftRow.kind))
        return {(slug, kind): number for slug, kind, number in found}


def change_row(
    subject_id: int, kind: str, base: str, change: Change, person: str, key: str
) -> DraftRow:
    """Return a row for what became of one cue."""
    return DraftRow(
        subject_id=subject_id, kind=kind, base_sha256=base, cue=change.cue,
        before=asdict(change.before) if change.before else None,
        after=asdict(change.after) if change.after else None,
        key=key, person=person, at_ms=now_ms(),
    )  # fmt: skip


def draft_row(
    subject_id: int, kind: str, base: str, after: dict[str, Any], person: str, key: str = ""
) -> DraftRow:
    """Return a row that is about the draft and not about one cue."""
    return DraftRow(
        subject_id=subject_id, kind=kind, base_sha256=base, cue="", before=None, after=after,
        key=key, person=person, at_ms=now_ms(),
    )  # fmt: skip
