"""Subtitles corrected in another program, accepted or declined change by change.

The file is deposited unchanged. Each change against its base version is accepted into the open
draft or declined; both are recorded with person and time. A declined change may be accepted later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.captions.cues import Cue, one_line
from pipeline.captions.formats.reader import read
from pipeline.captions.revision.diff import Change, changes
from pipeline.errors import NotFoundError, SignOffError
from pipeline.i18n import _
from pipeline.kinds import KINDS, SUBTITLES
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.tables import DepositRow, DraftRow
from pipeline.review import drafts
from pipeline.review.drafts import Draft, DraftCue
from pipeline.stage import AnyStage
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.ingest.version_conflicts import digest_in_name
from pipeline.workflow.production import Production

__all__ = [
    "KIND", "Decision", "DraftChangedError", "ProposedChange", "add_correction_file", "decide",
    "list_correction_files", "proposed_changes",
]  # fmt: skip

KIND = KINDS["correction_file"]

Decision = Literal["accepted", "declined"]


@dataclass(frozen=True)
class ProposedChange:
    """One change in the file. `decided` is empty until somebody decided, who is `person`."""

    id: str
    change: Change
    decided: str = ""
    person: str = ""
    at_ms: int = 0


class DraftChangedError(SignOffError):
    """The draft has changed since the correction was made. `details` holds its present text."""

    def __init__(self, standing: Sequence[DraftCue]) -> None:
        super().__init__(
            _("The subtitles say something else here by now."),
            remedy=_("Accept it once more to put it in the place of what stands there."),
        )
        self.details = {"now": " / ".join(one_line(cue.text) for cue in standing)}


def add_correction_file(
    production: Production, slug: str, path: Path, person: str, *, base: str, name: str = ""
) -> str:
    """Deposit a correction file and return its digest. `base` is the digest of its base version,
    used where the file's name has none (`chifeng open --to` writes one into it).

    Raises InputError for a file that cannot be read as subtitles.
    """
    digest = digest_in_name(name)
    known = _stage_subtitles(production, slug)
    named = [sha256 for sha256 in known if digest and sha256.startswith(digest)]
    base_sha256 = next(iter(named), base)
    if base_sha256 not in known:
        raise NotFoundError(_("There is no such version of the subtitles."))
    (deposited,) = deposit(production, slug, KIND, path, person, base=base_sha256, name=name)
    return deposited.sha256


def list_correction_files(production: Production, slug: str) -> list[DepositRow]:
    """Return the correction files of an episode, oldest first."""
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
    rows = [row for row in own.deposits if row.kind == KIND.slug]
    removed = {row.sha256 for row in rows if row.removed}
    return [row for row in rows if row.sha256 not in removed]


def proposed_changes(production: Production, slug: str, sha256: str) -> list[ProposedChange]:
    """Return every change in a file, with what was decided about it. Raises NotFoundError."""
    file = _find_file(production, slug, sha256)
    old = production.store.path(file.base_sha256 or "", ".srt")
    found = changes(read(old), read(production.store.path(file.sha256, file.suffix)))
    with production.ledger.read() as session:
        decided = _decisions(session, file)
    proposed = []
    for change in found:
        id_ = _change_id(change)
        row = decided.get(id_)
        last = ((row.after or {})["decision"], row.person, row.at_ms) if row else ()
        proposed.append(ProposedChange(id_, change, *last))
    return proposed


def decide(
    production: Production, slug: str, stage: AnyStage, sha256: str, change_id: str,
    decision: Decision, person: str, *, force: bool = False,
) -> None:  # fmt: skip
    """Accept a change into the draft of a stage, or decline it.

    Raises DraftChangedError where the draft no longer says what was corrected, unless `force`;
    NotFoundError for a change that is not in the file; SignOffError for one accepted before.
    """
    row = _find_file(production, slug, sha256)
    found = proposed_changes(production, slug, sha256)
    proposed = next((each for each in found if each.id == change_id), None)
    if proposed is None:
        raise NotFoundError(_("There is no such change in this file."))
    if proposed.decided == "accepted":
        raise SignOffError(
            _("{person} has accepted this already.").format(person=proposed.person),
            remedy=_("Correct it where the subtitles are proofread."),
        )
    if decision == "accepted":
        draft = drafts.open_draft(production, slug, stage, person)
        key = f"file-{sha256[:16]}-{change_id}"
        draft_changes = _draft_changes(draft, proposed.change, key, force=force)
        drafts.save(production, draft, draft_changes, person, key=key)
    with production.ledger.write() as session:
        session.add(
            DraftRow(
                subject_id=row.subject_id, kind=KIND.slug, base_sha256=row.sha256, cue=change_id,
                before=None, after={"decision": decision}, key="", person=person, at_ms=now_ms(),
            )
        )  # fmt: skip


def _stage_subtitles(production: Production, slug: str) -> list[str]:
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
    return [o.sha256 for run in own.runs for o in run.outputs if o.kind in SUBTITLES]


def _find_file(production: Production, slug: str, sha256: str) -> DepositRow:
    for row in list_correction_files(production, slug):
        if row.sha256 == sha256:
            return row
    raise NotFoundError(_("This episode has no such file."))


def _decisions(session: Session, row: DepositRow) -> dict[str, DraftRow]:
    """Return the latest decision about each change."""
    query = select(DraftRow).where(
        DraftRow.subject_id == row.subject_id, DraftRow.kind == KIND.slug,
        DraftRow.base_sha256 == row.sha256,
    )  # fmt: skip
    return {each.cue: each for each in session.scalars(query.order_by(DraftRow.id))}


def _change_id(change: Change) -> str:
    cues_json = [[asdict(cue) for cue in cues] for cues in (change.old, change.new)]
    return hashlib.sha256(json.dumps(cues_json).encode()).hexdigest()[:20]


def _draft_changes(draft: Draft, change: Change, key: str, *, force: bool) -> list[drafts.Change]:
    """Return the changes to the draft. The cues it keeps keep their ids and speakers."""
    corrected = {(c.start_ms, c.end_ms, c.text) for c in change.old}
    standing = {
        name: cue
        for name, cue in draft.cues.items()
        if (cue.start_ms, cue.end_ms, cue.text) in corrected
    }
    if not change.old or len(standing) != len(change.old):
        standing = _overlapping(draft, change.old or change.new)
        if (standing or change.old) and not force:
            raise DraftChangedError([*standing.values()])
    before = sorted(standing.items(), key=lambda entry: entry[1].start_ms)
    draft_changes = []
    for n, (old, new) in enumerate(zip_longest(before, change.new)):
        name, old_cue = old or (f"{key}-{n}", None)
        after = _as_draft_cue(new, old_cue.speaker if old_cue else "") if new else None
        draft_changes.append(drafts.Change(name, old_cue, after))
    return draft_changes


def _overlapping(draft: Draft, cues: Sequence[Cue]) -> dict[str, DraftCue]:
    """Return the draft's cues that overlap these in time."""
    return {
        name: cue
        for name, cue in draft.cues.items()
        if cue.start_ms < cues[-1].end_ms and cues[0].start_ms < cue.end_ms
    }


def _as_draft_cue(cue: Cue, speaker: str) -> DraftCue:
    return DraftCue(cue.start_ms, cue.end_ms, cue.text, cue.speaker or speaker)
