"""A released episode keeps the states it was released with.

An upgrade, a changed setting or another day's recording does not change them; only a send-back or a
withdrawal does.
"""

from __future__ import annotations

from pathlib import PurePath

from pipeline.repository.records import SubjectRecords
from pipeline.repository.store import Store
from pipeline.repository.tables import DepositRow, OutputRow, RunRow
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact
from pipeline.workflow.approvals import signoffs_of, valid_approvals, voices_of
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["frozen_states"]


def frozen_states(
    states: list[StageState], own: SubjectRecords, settings: Settings, store: Store
) -> list[StageState] | None:
    """Return the states as they were at the release, while it holds; else None."""
    final = states[-1].stage
    last = next(reversed(own.signoffs), None)
    if last is None or last.action != "approve" or last.stage != final.slug:
        return None
    signatures = settings.roles.stage[final.slug].signatures
    if len(valid_approvals(own, final, last.digests)) < signatures:
        return None
    frozen: list[StageState] = []
    used: dict[str, set[str]] = {}
    for state in reversed(states):
        signed = last.digests if state is states[-1] else None
        run = _run_behind(state.stage, own, used, signed)
        if run is None:
            return None
        for kind, sha256, _name in run.inputs:
            used.setdefault(kind, set()).add(sha256)
        frozen.append(_frozen(state, own, run, store))
    return frozen[::-1]


def _run_behind(
    stage: AnyStage,
    own: SubjectRecords,
    used: dict[str, set[str]],
    signed: list[list[str]] | None,
) -> RunRow | None:
    """Return the latest run that made what was signed or, without it, what later runs used."""
    for run in reversed([r for r in own.runs if r.stage == stage.slug]):
        made = [[o.kind, o.sha256] for o in run.outputs]
        if signed is not None:
            if sorted(made) == [each for each in signed if each in made]:
                return run
        elif any(sha256 in used.get(kind, ()) for kind, sha256 in made):
            return run
    return None


def _input(own: SubjectRecords, store: Store, kind: str, sha256: str, name: str) -> Artefact:
    """Return an input as the run recorded it; of what is the interviewee's the size is not known
    here, and 0."""
    made = [output for run in own.runs for output in run.outputs]
    rows: list[DepositRow | OutputRow] = [*own.deposits, *made]
    for row in rows:
        if (row.kind, row.sha256) == (kind, sha256):
            return store.artefact(row)
    place = store.place(sha256, PurePath(name).suffix.lower())
    return Artefact(kind, sha256, name, place, 0, fetch=store.ensure_local)


def _frozen(state: StageState, own: SubjectRecords, run: RunRow, store: Store) -> StageState:
    approvals = tuple(s for s in signoffs_of(own, state.stage) if s.action == "approve")[-1:]
    return StageState(
        state.stage, state.subject, Status.DONE, run=run, approvals=approvals, key=run.key,
        inputs=tuple(_input(own, store, *each) for each in run.inputs),
        outputs=tuple(store.artefact(output) for output in run.outputs),
        signers=voices_of(approvals),
        last_signoff=approvals[-1] if approvals else None,
        since_ms=approvals[-1].at_ms if approvals else run.finished_ms,
    )  # fmt: skip
