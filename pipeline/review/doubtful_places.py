"""What became of the doubtful places that a proofreader was shown.

They are those of the first version of the subtitles: the list (`doubts`) that the first run of the
proofreading made upon the draft in force. A place is corrected where the subtitles differ there
from that version; found right where somebody marked it so in a draft; untouched otherwise. How
long anybody had a place before them is not recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.captions.review_points import ReviewPoint, read_review_points
from pipeline.captions.revision.diff import Change, changes
from pipeline.errors import ChifengError
from pipeline.repository.records import SubjectRecords
from pipeline.repository.store import Store
from pipeline.repository.tables import DraftRow, OutputRow, RunRow
from pipeline.stage import Artefact

__all__ = ["DoubtfulPlaces", "SavedWork", "doubtful_places", "saved_work"]

_CORRECTION = "proofreading_correction"


@dataclass(frozen=True)
class DoubtfulPlaces:
    """The places of the first version, by what became of them."""

    corrected: tuple[ReviewPoint, ...]
    found_right: tuple[ReviewPoint, ...]
    untouched: tuple[ReviewPoint, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many there are of each: this is kept with the signature (evidence.py)."""
        parts = {
            "corrected": len(self.corrected), "found_right": len(self.found_right),
            "untouched": len(self.untouched),
        }  # fmt: skip
        return {"found": sum(parts.values()), **parts}


@dataclass(frozen=True)
class SavedWork:
    """What was saved in the drafts of a kind of correction: cues changed or marked, by whom, and
    when first and last (Unix time in milliseconds)."""

    cues: int
    people: tuple[str, ...]
    first_ms: int
    last_ms: int


def doubtful_places(
    session: Session, store: Store, own: SubjectRecords, shown: Sequence[Artefact]
) -> DoubtfulPlaces | None:
    """Return what became of them in the subtitles among `shown`; None where that cannot be told,
    since a file of it is gone."""
    present = next((a for a in shown if a.kind == "proofread_subtitles"), None)
    first = _first_run(own, present.sha256) if present else None
    if present is None or first is None:
        return None
    try:
        points = read_review_points(_file(store, first, "doubts"))
        changed = changes(read(_file(store, first, present.kind)), read(present.path))
    except (ChifengError, OSError, StopIteration):
        return None
    right = _found_right(session, own)
    corrected = tuple(p for p in points if any(_touches(change, p) for change in changed))
    rest = [p for p in points if p not in corrected]
    return DoubtfulPlaces(
        corrected,
        tuple(p for p in rest if p.id in right),
        tuple(p for p in rest if p.id not in right),
    )


def saved_work(session: Session, subject_id: int, kind: str) -> SavedWork | None:
    """Return what was saved in drafts of a kind of correction, None where nothing was."""
    rows = [r for r in _draft_rows(session, subject_id, kind) if r.cue]
    if not rows:
        return None
    cues = {(row.base_sha256, row.cue) for row in rows}
    people = tuple(dict.fromkeys(row.person for row in rows))
    return SavedWork(len(cues), people, rows[0].at_ms, rows[-1].at_ms)


def _first_run(own: SubjectRecords, sha256: str) -> RunRow | None:
    """Return the first run upon the draft that the present subtitles were made of."""
    made = [run for run in own.runs if any(o.kind == "doubts" for o in run.outputs)]
    last = next((r for r in reversed(made) if any(o.sha256 == sha256 for o in r.outputs)), None)
    if last is None:
        return None
    return next(run for run in made if _draft(run) == _draft(last))


def _draft(run: RunRow) -> list[str]:
    return [sha256 for kind, sha256, _name in run.inputs if kind == "draft_subtitles"]


def _file(store: Store, run: RunRow, kind: str) -> Path:
    output: OutputRow = next(o for o in run.outputs if o.kind == kind)
    return store.path(output.sha256, output.suffix)


def _found_right(session: Session, own: SubjectRecords) -> set[str]:
    rows = _draft_rows(session, own.id, _CORRECTION)
    return {place for row in rows if not row.cue for place in (row.after or {}).get("settled", ())}


def _draft_rows(session: Session, subject_id: int, kind: str) -> list[DraftRow]:
    query = select(DraftRow).where(DraftRow.subject_id == subject_id, DraftRow.kind == kind)
    return list(session.scalars(query.order_by(DraftRow.id)))


def _touches(change: Change, point: ReviewPoint) -> bool:
    spans: tuple[Cue, ...] = (*change.old, *change.new)
    end_ms = max(point.end_ms, point.start_ms + 1)
    return any(point.start_ms < cue.end_ms and cue.start_ms < end_ms for cue in spans)
