"""What would happen: which stages run again, whose signatures lapse, before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.home import Production
from pipeline.kinds import KINDS, Kind
from pipeline.stage import AnyStage
from pipeline.survey import StageState, Status, fields

__all__ = ["Effect", "Step", "plan"]


class Effect(StrEnum):
    """What becomes of a stage, or of the signature on it."""

    KEEPS = "keeps"
    RUNS = "runs"
    IF_CHANGED = "if changed"  # runs, or lapses, unless what comes before turns out identical
    LAPSES = "lapses"
    NONE = "none"  # there is nothing: not run yet, or not signed


@dataclass(frozen=True)
class Step:
    """One stage in the plan. `because` names the kinds, or the send-back, that cause it."""

    state: StageState
    work: Effect
    signature: Effect
    because: tuple[str, ...]

    @property
    def signer(self) -> str:
        """Name who signed it last, if anybody did."""
        return _signer(self.state)


def plan(
    production: Production,
    slug: str,
    *,
    send_back_to: AnyStage | None = None,
    deposit: Kind | None = None,
) -> list[Step]:
    """Say what `produce` would do now, or would do after a send-back or a deposit."""
    steps: list[Step] = []
    sure: set[str] = {deposit.slug} if deposit else set()
    maybe: set[str] = set()
    for state in production.states(slug):
        needed = set(fields(state.stage.needs))
        step = _step(state, needed & sure, needed & maybe, state.stage is send_back_to)
        if step.work in (Effect.RUNS, Effect.IF_CHANGED):
            maybe |= set(fields(state.stage.makes))
        steps.append(step)
    return steps


def _step(state: StageState, sure: set[str], maybe: set[str], sent_back: bool) -> Step:
    signed = bool(_signer(state))
    if sent_back:
        return Step(state, Effect.RUNS, Effect.LAPSES if signed else Effect.NONE, ("send_back",))
    if sure or (state.run is None and state.status in (Status.READY, Status.FAILED)):
        because = tuple(sorted(sure)) or (state.reason,)
        return Step(state, Effect.RUNS, Effect.IF_CHANGED if signed else Effect.NONE, because)
    if maybe:
        work = Effect.IF_CHANGED if state.run is not None else Effect.RUNS
        return Step(state, work, Effect.IF_CHANGED if signed else Effect.NONE, tuple(sorted(maybe)))
    kept = Effect.KEEPS if state.run is not None else Effect.NONE
    return Step(state, kept, Effect.KEEPS if signed else Effect.NONE, ())


def _signer(state: StageState) -> str:
    last = state.last_signoff
    return last.person if last is not None and last.action == "approve" else ""


def label(cause: str) -> str:
    """Name a cause in the reader's language."""
    return KINDS[cause].label if cause in KINDS else cause
