"""Open a draft, save changes to it, see what others did, end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.tables import DraftRow
from pipeline.review.drafts.model import (
    Change,
    Draft,
    DraftCue,
    EditConflictError,
    conflicting_cues,
    numbered_cues,
    validate_change,
    without_hidden_characters,
)
from pipeline.review.drafts.rebase import (
    base_version,
    correction_kind,
    final_inputs,
    kept_marks,
    outdated_bases,
    rebase,
    unfinished_bases,
)
from pipeline.review.drafts.repository import (
    change_row,
    draft_row,
    last_editors,
    load_draft,
    replay,
)
from pipeline.stage import AnyStage, Artefact
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = [
    "base_cues", "changes_since", "close_draft", "draft_on", "open_draft", "refresh",
    "restore_marks", "save",
]  # fmt: skip

_SUFFIXES = frozenset({".srt", ".vtt", ".ass", ".ssa", ".txt"})


def open_draft(
    production: Production, slug: str, stage: AnyStage, person: str, state: StageState | None = None
) -> Draft:
    """Return the work on a stage's subtitles as it stands, for `person` to go on with.

    Changes made upon an earlier version and not finished are carried onto the present one. `state`
    is the stage's state, where the caller has just derived it. Raises SignOffError where the stage
    has no subtitles to correct.
    """
    kind = correction_kind(stage)
    if state is None:
        state = next((s for s in production.states(slug) if s.stage.slug == stage.slug), None)
    base = base_version(state) if state is not None else None
    if kind is None or state is None or base is None:
        raise SignOffError(
            _("{stage} has no subtitles to correct yet.").format(stage=stage.label),
            remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
        )
    with production.ledger.read() as session:
        subject_id = find_subject(session, slug).id
        outdated = unfinished_bases(session, subject_id, kind.slug, base.sha256)
        outdated = outdated or outdated_bases(session, subject_id, state, base)
        if not outdated:
            return load_draft(session, subject_id, state.subject.slug, kind, base)
    with production.ledger.write() as session:
        for sha256 in outdated_bases(session, subject_id, state, base):
            rebase(
                session, production, subject_id, kind, sha256, base, person, final_inputs(state)[1]
            )
        for sha256 in unfinished_bases(session, subject_id, kind.slug, base.sha256):
            rebase(session, production, subject_id, kind, sha256, base, person)
        return load_draft(session, subject_id, state.subject.slug, kind, base)


def save(
    production: Production,
    draft: Draft,
    changes: Sequence[Change],
    person: str,
    *,
    key: str,
    settled: Sequence[str] = (),
) -> Draft:
    """Record changes, all or none, and return the draft with them and everybody else's.

    `settled` are the ids of doubtful places the person looked at and found right. `key` is chosen
    by the caller; the same save sent twice is recorded once. Raises EditConflictError where
    somebody else changed one of the cues, InputError for an invalid cue.
    """
    changes = [
        Change(c.cue, without_hidden_characters(c.before), without_hidden_characters(c.after))
        for c in changes
    ]
    for change in changes:
        validate_change(change)
    with production.ledger.write() as session:
        subject_id = find_subject(session, draft.slug).id
        current = replay(session, subject_id, draft)
        if key and session.scalar(select(DraftRow.id).where(DraftRow.key == key).limit(1)):
            return current
        if conflicting := conflicting_cues(current, changes):
            raise EditConflictError(
                conflicting, last_editors(session, subject_id, current, conflicting)
            )
        for change in changes:
            session.add(
                change_row(subject_id, draft.kind.slug, draft.base.sha256, change, person, key)
            )
        if settled:
            after = {"settled": [place[:64] for place in settled]}
            session.add(
                draft_row(subject_id, draft.kind.slug, draft.base.sha256, after, person, key)
            )
        session.flush()
        return replay(session, subject_id, current)


def draft_on(production: Production, slug: str, stage: AnyStage, sha256: str) -> Draft:
    """Return the draft upon a version that somebody has open, be it the present one or not.

    What is saved upon an earlier one is carried onto the present one when that is opened next.
    Raises SignOffError where the episode never had that version.
    """
    kind = correction_kind(stage)
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
        candidates = [(o.kind, o.sha256, o.name, o.suffix) for run in own.runs for o in run.outputs]
        candidates += [(d.kind, d.sha256, d.name, d.suffix) for d in own.deposits]
        found = next((m for m in candidates if m[1] == sha256 and m[3] in _SUFFIXES), None)
        if kind is None or found is None:
            raise SignOffError(
                _("The subtitles you have open are not known here."),
                remedy=_("Load the page again; what you typed is kept in this browser."),
            )
        place = production.store.place(sha256, found[3])
        base = Artefact(found[0], sha256, found[2], place, 0, fetch=production.store.ensure_local)
        return load_draft(session, own.id, own.subject.slug, kind, base)


def changes_since(production: Production, draft: Draft, number: int) -> list[DraftRow]:
    """Return what was recorded after change `number`, up to where the draft stands."""
    with production.ledger.read() as session:
        query = select(DraftRow).where(
            DraftRow.subject_id == find_subject(session, draft.slug).id,
            DraftRow.kind == draft.kind.slug, DraftRow.base_sha256 == draft.base.sha256,
            DraftRow.id > number, DraftRow.id <= draft.number,
        )  # fmt: skip
        return list(session.scalars(query.order_by(DraftRow.id)))


def base_cues(draft: Draft) -> dict[str, DraftCue]:
    """Return the cues of the version a draft is made upon, by the names they have in it."""
    return numbered_cues(draft.base.path)


def refresh(production: Production, draft: Draft) -> Draft:
    """Return the draft with what others have saved since."""
    with production.ledger.read() as session:
        return replay(session, find_subject(session, draft.slug).id, draft)


def restore_marks(
    production: Production, draft: Draft, before: Mapping[str, DraftCue], person: str
) -> Draft:
    """Put the marks of `before` on the draft where they still hold, and return it so."""
    changes = list(kept_marks(draft.cues, before.values()))
    return save(production, draft, changes, person, key="") if changes else draft


def close_draft(session: Session, draft: Draft, person: str, became: str) -> None:
    """Record that the draft is finished; `became` is the digest of the deposit made of it."""
    subject_id = find_subject(session, draft.slug).id
    after = {"became": became}
    session.add(draft_row(subject_id, draft.kind.slug, draft.base.sha256, after, person))
