"""A released episode rests: its stages stand as they stood when it was released.

An upgrade, a changed setting or another day's recording does not disturb it; only a send-back or a
withdrawal does.
"""

from __future__ import annotations

from pipeline.repository.records import SubjectRecords
from pipeline.repository.store import Store
from pipeline.repository.tables import RunRow
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact
from pipeline.workflow.approvals import signoffs_of, valid_approvals
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
    wanted = last.digests
    signatures = settings.roles.stage[final.slug].signatures
    if len(valid_approvals(signoffs_of(own, final), wanted)) < signatures:
        return None
    restored: list[StageState] = []
    needed: dict[str, set[str]] = {}
    for state in reversed(states):
        run = _run_behind(state.stage, own, needed, wanted if state is states[-1] else None)
        if run is None:
            return None
        for kind, sha256, _name in run.inputs:
            needed.setdefault(kind, set()).add(sha256)
        approvals = [
            s for s in own.signoffs if s.stage == state.stage.slug and s.action == "approve"
        ][-1:]
        outputs = tuple(
            Artefact(
                o.kind,
                o.sha256,
                o.name,
                store.place(o.sha256, o.suffix),
                o.size_bytes,
                fetch=store.ensure_local,
            )
            for o in run.outputs
        )
        restored.append(
            StageState(
                state.stage, state.subject, Status.DONE, run=run, outputs=outputs,
                approvals=tuple(approvals), signers=tuple(a.person for a in approvals), key=run.key,
                last_signoff=approvals[-1] if approvals else None,
                since_ms=approvals[-1].at_ms if approvals else run.finished_ms,
            )
        )  # fmt: skip
    return restored[::-1]


def _run_behind(
    stage: AnyStage,
    own: SubjectRecords,
    needed: dict[str, set[str]],
    wanted: list[list[str]] | None,
) -> RunRow | None:
    for run in reversed([r for r in own.runs if r.stage == stage.slug]):
        made = [[o.kind, o.sha256] for o in run.outputs]
        if wanted is not None:
            if sorted(made) == [w for w in wanted if w in made]:
                return run
        elif any(sha in needed.get(kind, ()) for kind, sha in made):
            return run
    return None
