"""Carry what was corrected upon an earlier version of subtitles onto the present one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.captions.revision.merge import merge
from pipeline.kinds import KINDS, SUBTITLES, Kind
from pipeline.repository.tables import DraftRow
from pipeline.review.drafts.model import Change, DraftCue
from pipeline.review.drafts.repository import change_row, draft_row, load_draft, replay
from pipeline.stage import AnyStage, Artefact
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState
from pipeline.workflow.status import field_arities

__all__ = [
    "base_version", "correction_kind", "final_inputs", "kept_marks", "outdated_bases", "rebase",
    "unfinished_bases",
]  # fmt: skip


def correction_kind(stage: AnyStage) -> Kind | None:
    """Return the kind of correction a stage takes, or None where nobody edits subtitles."""
    kinds = (KINDS[slug] for slug in field_arities(stage.needs) if slug in KINDS)
    return next((k for k in kinds if k.corrects_subtitles), None)


def base_version(state: StageState) -> Artefact | None:
    """Return the subtitles one who corrects them has before them: those the stage made.

    The last corrections are made upon all the words in the time of the picture, while what stage 12
    makes is without the withheld ones: upon the latest correction, or the interviewee's words.
    """
    kind = correction_kind(state.stage)
    if kind is None or kind.slug != "final_correction":
        return next((a for a in state.outputs if a.kind in SUBTITLES), None)
    words, correction = final_inputs(state)
    if words and correction and correction.base and correction.base.sha256 == words.sha256:
        return correction
    return words


def final_inputs(state: StageState) -> tuple[Artefact | None, Artefact | None]:
    """Return the interviewee's words and the last correction that stage 12 has before it."""
    found = {a.kind: a for a in state.inputs}
    return found.get("interviewee_subtitles"), found.get("final_correction")


def unfinished_bases(session: Session, subject_id: int, kind: str, present: str) -> list[str]:
    """Return the versions, but the present one, upon which there is unfinished work."""
    query = select(DraftRow.base_sha256, DraftRow.cue, DraftRow.after).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == kind, DraftRow.base_sha256 != present
    )
    is_open: dict[str, bool] = {}
    for sha256, cue, after in session.execute(query.order_by(DraftRow.id)):
        if cue or "settled" not in (after or {}):
            is_open[sha256] = bool(cue) or "conflicts" in (after or {})
    return [sha256 for sha256, still_open in is_open.items() if still_open]


def outdated_bases(
    session: Session, subject_id: int, state: StageState, base: Artefact
) -> list[str]:
    """Return the version a last correction was made upon, where it is not the present one and the
    correction was not carried onto the present one yet."""
    kind = correction_kind(state.stage)
    correction = final_inputs(state)[1]
    if kind is None or kind.slug != "final_correction" or correction is None:
        return []
    if correction.sha256 == base.sha256 or correction.base is None:
        return []
    query = select(DraftRow.after).where(
        DraftRow.subject_id == subject_id, DraftRow.kind == kind.slug,
        DraftRow.base_sha256 == base.sha256, DraftRow.cue == "",
    )  # fmt: skip
    rebased = any(
        (after or {}).get("carried") == correction.sha256 for after in session.scalars(query)
    )
    return [] if rebased else [correction.base.sha256]


def rebase(
    session: Session, production: Production, subject_id: int, kind: Kind, sha256: str,
    base: Artefact, person: str, correction: Artefact | None = None,
) -> None:  # fmt: skip
    """Bring what was corrected upon an earlier version onto the present one: the unfinished
    changes, or a finished `correction`."""
    old_base = replace(base, sha256=sha256, place=_version_path(production, sha256, base))
    draft = load_draft(session, subject_id, "", kind, base)
    edited = read(correction.path) if correction else None
    marked_cues: list[DraftCue] = []
    if edited is None:
        old_draft = load_draft(session, subject_id, "", kind, old_base)
        edited, marked_cues = old_draft.subtitles(), list(old_draft.cues.values())
        session.add(draft_row(subject_id, kind.slug, sha256, {"became": ""}, person))
    merged = merge(read(old_base.path), edited, draft.subtitles())
    for change in _changes_towards(draft.cues, merged.cues, f"from-{sha256[:8]}"):
        session.add(change_row(subject_id, kind.slug, base.sha256, change, person, ""))
    session.flush()
    for change in kept_marks(replay(session, subject_id, draft).cues, marked_cues):
        session.add(change_row(subject_id, kind.slug, base.sha256, change, person, ""))
    details: dict[str, Any] = {"conflicts": [asdict(c) for c in merged.conflicts]}
    if correction:
        details["carried"] = correction.sha256
    session.add(draft_row(subject_id, kind.slug, base.sha256, details, person))
    session.flush()


def _version_path(production: Production, sha256: str, base: Artefact) -> Path:
    """Return where a version lies; it may be a file of another type than the present one."""
    store, suffixes = production.store, (base.place.suffix, *KINDS["correction_file"].suffixes)
    paths = (store.path(sha256, suffix) for suffix in suffixes)
    return next((path for path in paths if path.exists()), store.place(sha256, suffixes[0]))


def _changes_towards(
    current: dict[str, DraftCue], cues: Sequence[Cue], name: str
) -> Iterable[Change]:
    """Yield the changes that make a draft say what `cues` say; equal cues keep their names."""
    wanted = [DraftCue(c.start_ms, c.end_ms, c.text, c.speaker) for c in cues]
    replaced = {key: cue for key, cue in current.items() if replace(cue, mark="") not in wanted}
    unchanged = [replace(cue, mark="") for key, cue in current.items() if key not in replaced]
    for key, cue in replaced.items():
        yield Change(key, cue, None)
    for n, cue in enumerate(wanted):
        if cue not in unchanged:
            yield Change(f"{name}-{n}", None, cue)


def kept_marks(current: Mapping[str, DraftCue], before: Collection[DraftCue]) -> Iterable[Change]:
    """Yield the marks that still hold: of cues that say the same, and whatever was not to be
    published, however its words have changed."""
    marks = {replace(cue, mark=""): cue.mark for cue in before if cue.mark}
    withheld = [cue for cue in before if cue.answer == "withhold"]
    for key, cue in current.items():
        within = (w.mark for w in withheld if w.start_ms < cue.end_ms and cue.start_ms < w.end_ms)
        mark = marks.get(replace(cue, mark="")) or next(within, "")
        if mark and not cue.mark:
            yield Change(key, cue, replace(cue, mark=mark))
