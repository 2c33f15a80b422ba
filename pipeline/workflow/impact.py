"""The impact of a send-back or a deposit: which stages would run, which signatures would lapse.

The states are derived as if the send-back or the deposit were in the ledger. What follows a stage
that runs again depends on its result, which is not known yet: that is the effect “if changed”.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select

from pipeline.i18n import _
from pipeline.kinds import KINDS, Kind
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import SubjectRecords, find_subject, load_all_records
from pipeline.repository.tables import DepositRow, SignOffRow, SubjectRow
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Scope
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import is_released
from pipeline.workflow.status import StageState, Status, field_arities, needed_fields

__all__ = ["Effect", "Step", "label", "plan"]


class Effect(StrEnum):
    """What becomes of a stage, or of the signature on it."""

    KEEPS = "keeps"
    RUNS = "runs"
    IF_CHANGED = "if changed"  # runs, or lapses, unless what comes before turns out identical
    LAPSES = "lapses"
    NONE = "none"  # there is nothing: not run yet, or not signed


@dataclass(frozen=True)
class Step:
    """One stage in the plan. `because` names the kinds, or the send-back, that cause it; `state`
    is where it stands now."""

    state: StageState
    work: Effect
    signature: Effect
    because: tuple[str, ...]

    @property
    def signer(self) -> str:
        """Name who signed it, where that counts or may count again."""
        return _signer(self.state)


@dataclass(frozen=True)
class _Assumption:
    """What is assumed to be in the ledger: a send-back to a stage, or a deposit, or neither."""

    to: AnyStage | None
    kind: Kind | None

    def add_to(self, records: SubjectRecords) -> SubjectRecords:
        """Return the records with it, if it concerns this subject."""
        if self.to is not None and self.to.scope is records.subject.scope:
            row = SignOffRow(
                id=0, subject_id=records.id, stage=self.to.slug, action="send_back", digests=[],
                person="", role="", via="", reason="", from_stage="", at_ms=now_ms(),
            )  # fmt: skip
            return replace(records, signoffs=(*records.signoffs, row))
        if self.kind is not None and records.subject.scope in self.kind.deposit:
            deposit = DepositRow(
                id=0, subject_id=records.id, kind=self.kind.slug, sha256="", name="",
                suffix=self.kind.suffixes[0], size_bytes=0, base_sha256=None, person="",
                removed=False, at_ms=now_ms(),
            )  # fmt: skip
            return replace(records, deposits=(*records.deposits, deposit))
        return records


def plan(
    production: Production,
    slug: str,
    *,
    send_back_to: AnyStage | None = None,
    deposit: Kind | None = None,
) -> list[Step]:
    """Return what `produce` would do now, or would do after a send-back or a deposit.

    An interviewee's plan includes every episode. So does an episode's where the send-back or the
    deposit concerns the interviewee.
    """
    assumption = _Assumption(send_back_to, deposit)
    whole = send_back_to is not None and send_back_to.scope is Scope.INTERVIEWEE
    whole = whole or (deposit is not None and Scope.EPISODE not in deposit.deposit)
    wide, records = _load(production, slug, whole=whole)
    parent = next((f for f in records if f.parent_id is None), None)
    steps: list[Step] = []
    uncertain: set[str] = set()
    for own in records if wide else [f for f in records if f.parent_id is not None]:
        of_episode = own.parent_id is not None
        above = parent if of_episode else None
        now = production.derive(own, above)
        then = production.derive(
            assumption.add_to(own), assumption.add_to(above) if above and wide else above
        )
        found = list(
            _steps(production.settings, assumption, now, then, uncertain if of_episode else set())
        )
        if not of_episode:
            uncertain = {
                k for s in found if s.work in _MAY_RUN for k in field_arities(s.state.stage.makes)
            }
        steps += found
    return steps


_MAY_RUN = (Effect.RUNS, Effect.IF_CHANGED)


def _load(production: Production, slug: str, *, whole: bool) -> tuple[bool, list[SubjectRecords]]:
    """Return whether the plan covers every episode, and the records it is made from."""
    with production.ledger.read() as session:
        row = find_subject(session, slug)
        wide = whole or row.parent_id is None
        top = row.parent_id or row.id
        episodes = SubjectRow.parent_id == top if wide else SubjectRow.id == row.id
        rows = session.scalars(
            select(SubjectRow).where((SubjectRow.id == top) | episodes).order_by(SubjectRow.number)
        ).all()
        return wide, list(load_all_records(session, rows).values())


def _steps(
    settings: Settings, assumption: _Assumption, now: list[StageState], then: list[StageState],
    uncertain: set[str],
) -> Iterator[Step]:  # fmt: skip
    """Yield a step for each stage. `uncertain` names kinds that may already differ."""
    released = is_released(then)
    maybe = set(uncertain)
    for before, after in zip(now, then, strict=True):
        needed = set() if released else set(needed_fields(before.stage, settings)) & maybe
        if after.run is not None:  # what it uses of these was signed, and lasts
            needed -= set(getattr(before.stage.needs, "LASTING", {}))
        step = _step(assumption, before, after, tuple(sorted(needed)))
        if step.work in _MAY_RUN:
            maybe |= set(field_arities(before.stage.makes))
        yield step


def _step(
    assumption: _Assumption, before: StageState, after: StageState, maybe: tuple[str, ...]
) -> Step:
    signed = bool(_signer(before))
    if before.stage is assumption.to:
        lapses = Effect.LAPSES if signed else Effect.NONE
        return Step(before, Effect.RUNS, lapses, ("send_back",))
    unsure = Effect.IF_CHANGED if signed else Effect.NONE
    if after.run is None and after.status in (Status.READY, Status.FAILED):
        kind = assumption.kind.slug if assumption.kind is not None else ""
        brought = (kind,) if kind in field_arities(before.stage.needs) else ()
        return Step(before, Effect.RUNS, unsure, brought or maybe or (after.reason,))
    if maybe:
        known = before.run is not None or bool(_signer(before))
        return Step(before, Effect.IF_CHANGED if known else Effect.RUNS, unsure, maybe)
    kept = Effect.KEEPS if after.run is not None else Effect.NONE
    return Step(before, kept, Effect.KEEPS if signed else Effect.NONE, ())


def _signer(state: StageState) -> str:
    """Name who signed what the stage shows, or what it showed last while it shows nothing."""
    if state.approvals:
        return ", ".join(row.person for row in state.approvals)
    last = state.last_signoff
    open_again = state.run is None and last is not None and last.action == "approve"
    return last.person if last is not None and open_again else ""


def label(cause: str) -> str:
    """Name a cause in the reader's language."""
    if cause == "send_back":
        return _("the send-back")
    return KINDS[cause].label if cause in KINDS else cause
