"""The state of every stage of a subject, derived from the ledger's records each time it is needed.

Nothing derived is stored, so it cannot be out of date. The rules:

- A stage sees deposits, and what earlier stages made once they are passed: signed where the stage
  is signed, run where it is not.
- The key of a stage's work is the digest of the stage and its version, the settings it reads, its
  inputs, and how often it was sent back. A run with that key is current, and so is one that differs
  only in what the stage does not use of its inputs (earlier_runs.py); without one it must run.
- While a stage of the interviewee waits for its next signature, what was signed last lasts for the
  stages that say so (`LASTING`), as far as they use nothing else.
- An approval counts while the digests in it are those the stage shows now, and nobody sent the
  stage back or withdrew the approval since.
- A released episode (its last stage is approved) keeps the states it was released with until it is
  reopened; where today's consent does not allow the release, the last state's reason says so.

Longer than other modules: each rule is applied in one place, in the order in which stages are
resolved; which earlier run stands and what a release freezes are in modules of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, get_args, get_origin, get_type_hints

from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.records import SubjectRecords
from pipeline.repository.store import Store
from pipeline.repository.tables import DepositRow, OutputRow, RunRow, SignOffRow
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact, Scope, SignedLine
from pipeline.workflow.approvals import apply_approvals, signoffs_of
from pipeline.workflow.earlier_runs import (
    can_use,
    find_standing_run,
    input_artefacts,
    last_signed_run,
)
from pipeline.workflow.release_freeze import frozen_states
from pipeline.workflow.release_permission import newest_interviewee_file, standing_objection
from pipeline.workflow.run_key import work_key
from pipeline.workflow.stage_state import StageState, Status

log = logging.getLogger("chifeng.status")

__all__ = [
    "ConsentCheck",
    "StageState",
    "Status",
    "StatusResolver",
    "derive_status",
    "field_arities",
    "needed_fields",
    "work_key",
]

_BEGUN = (Status.READY, Status.FAILED, Status.GATE)

ConsentCheck = Callable[[Path], str | None]
"""Says why an interviewee file forbids work; None where it does not."""


_ARITIES: dict[type[Any], dict[str, str]] = {}  # type hints are slow to resolve


def field_arities(needs: type[Any]) -> dict[str, str]:
    """Return for each field of a Needs or Makes class: `one`, `optional`, `many` or `context`."""
    if needs in _ARITIES:
        return _ARITIES[needs]
    found: dict[str, str] = {}
    for name, hint in get_type_hints(needs).items():
        if name in ("subject", "signoffs"):
            found[name] = "context"
        elif get_origin(hint) is tuple:
            found[name] = "many"
        elif type(None) in get_args(hint):
            found[name] = "optional"
        elif name.islower():
            found[name] = "one"
    _ARITIES[needs] = found
    return found


def needed_fields(stage: AnyStage, settings: Settings) -> dict[str, str]:
    """Return the arities of a stage's needs under these settings.

    A field that is needed ONLY_WITH a table of settings is left out while that table is idle.
    """
    only_with: dict[str, str] = getattr(stage.needs, "ONLY_WITH", {})
    return {
        slug: "one" if slug in only_with else arity
        for slug, arity in field_arities(stage.needs).items()
        if slug not in only_with or not settings.is_idle(only_with[slug])
    }


def derive_status(
    stages: Sequence[AnyStage],
    own: SubjectRecords,
    parent: SubjectRecords | None,
    settings: Settings,
    store: Store,
    consent: ConsentCheck,
    shared: dict[int, StatusResolver] | None = None,
) -> list[StageState]:
    """Return the state of every stage of the subject's scope, in order.

    An episode's stages depend on its interviewee's: `parent` are the interviewee's records. Where
    many episodes are derived from one moment of the ledger, `shared` keeps what they share.
    """
    log.debug("derived %s", own.subject.slug)
    interviewee = parent or own
    resolver = shared.get(interviewee.id) if shared is not None else None
    if resolver is None:
        resolver = StatusResolver(settings, store, consent)
        resolver.resolve([s for s in stages if s.scope is Scope.INTERVIEWEE], interviewee)
        if shared is not None:
            shared[interviewee.id] = resolver
    if parent is None:
        return resolver.states
    resolver = resolver.copy()
    resolver.resolve([s for s in stages if s.scope is Scope.EPISODE], own)
    frozen = frozen_states(resolver.states, own, settings, store)
    if frozen is None:
        return resolver.states
    if not frozen[-1].stage.needs_consent:
        return frozen
    newest = newest_interviewee_file(parent, store)
    refusal = consent(newest) if newest is not None else None
    frozen[-1] = replace(frozen[-1], reason=standing_objection(frozen[-1], parent, store, refusal))
    return frozen


class StatusResolver:
    """Resolves stages in order and collects what each makes available to the next."""

    def __init__(self, settings: Settings, store: Store, consent: ConsentCheck) -> None:
        self.settings = settings
        self.store = store
        self.consent = consent
        self.available: dict[str, tuple[Artefact, ...]] = {}
        self.deposited_ms: dict[str, int] = {}
        self.signed_lines: list[SignedLine] = []
        self.since_ms = 0
        self.states: list[StageState] = []
        self.lasting: dict[str, tuple[Artefact, RunRow]] = {}
        self.rows: dict[tuple[str, str], DepositRow | OutputRow] = {}

    def copy(self) -> StatusResolver:
        """Return a resolver that continues from here, without states."""
        other = StatusResolver(self.settings, self.store, self.consent)
        other.available = dict(self.available)
        other.deposited_ms = dict(self.deposited_ms)
        other.signed_lines = list(self.signed_lines)
        other.since_ms = self.since_ms
        other.lasting = dict(self.lasting)
        other.rows = dict(self.rows)
        return other

    def resolve(self, stages: list[AnyStage], own: SubjectRecords) -> None:
        """Add the deposits of a subject, then the states of these stages."""
        self._add_deposits(own)
        self.rows.update({(row.kind, row.sha256): row for row in own.deposits})
        self.rows.update({(o.kind, o.sha256): o for run in own.runs for o in run.outputs})
        since = max(own.at_ms, self.since_ms)
        for stage in stages:
            state = self._state(stage, own)
            if not state.since_ms:  # it has waited since the stage before was passed
                state = replace(state, since_ms=max(since, self._last_deposit_ms(state)))
            if state.passed:
                since = self.since_ms = max(since, state.since_ms)
                for slug in field_arities(stage.makes):
                    self.available[slug] = tuple(a for a in state.outputs if a.kind == slug)
                if state.approval is not None:
                    self.signed_lines.append(_signed_line(state.approval))
            elif state.status in _BEGUN:
                self._let_last(stage, own)
            self.states.append(state)

    def _add_deposits(self, own: SubjectRecords) -> None:
        """Make deposits available: the latest of each kind, or all that were not taken back."""
        for slug in {row.kind for row in own.deposits}:
            current: dict[str, DepositRow] = {}
            for row in own.deposits:
                if row.kind == slug:
                    current.pop(row.sha256, None)
                    if not row.removed:
                        current[row.sha256] = row
            chosen = list(current.values()) if KINDS[slug].many else list(current.values())[-1:]
            self.available[slug] = tuple(self._deposited(row, own) for row in chosen)
            self.deposited_ms[slug] = max((row.at_ms for row in chosen), default=0)

    def _let_last(self, stage: AnyStage, own: SubjectRecords) -> None:
        """Keep what was signed last of a stage that is to be signed anew."""
        if stage.signed_by is None:
            return
        run = last_signed_run(stage, own, self.settings.roles.stage[stage.slug].signatures)
        if run is not None:
            made = map(self.store.artefact, run.outputs)
            self.lasting.update({artefact.kind: (artefact, run) for artefact in made})

    def _recorded(self, kind: str, sha256: str, name: str) -> Artefact:
        """Return an input of an earlier run."""
        if row := self.rows.get((kind, sha256)):
            return replace(self.store.artefact(row), name=name)
        place = self.store.place(sha256, PurePath(name).suffix.lower())
        return Artefact(kind, sha256, name, place, 0, fetch=self.store.ensure_local)

    def _last_deposit_ms(self, state: StageState) -> int:
        return max((self.deposited_ms.get(a.kind, 0) for a in state.inputs), default=0)

    def _deposited(self, row: DepositRow, own: SubjectRecords) -> Artefact:
        sha256 = row.base_sha256
        if KINDS[row.kind].refers_to and not sha256:
            sha256 = _version_then(row, own)
        if not sha256:
            return self.store.artefact(row)
        kind = KINDS[KINDS[row.kind].base]
        suffix = kind.suffixes[0]
        base = Artefact(
            kind.slug, sha256, kind.slug + suffix,
            self.store.place(sha256, suffix), 0, fetch=self.store.ensure_local,
        )  # fmt: skip
        return self.store.artefact(row, base)

    def _state(self, stage: AnyStage, own: SubjectRecords) -> StageState:
        last = next(reversed(signoffs_of(own, stage)), None)
        state = StageState(stage, own.subject, Status.WAITS, last_signoff=last)
        refusal = self._refusal(stage)
        if refusal:
            return replace(state, status=Status.REFUSED, reason=refusal)
        values, missing = self._inputs(stage, own)
        if missing:
            deposits = all(KINDS[slug].deposit for slug in missing)
            status = Status.DEPOSIT if deposits else Status.WAITS
            return replace(state, status=status, missing=tuple(missing))
        return self._run_state(stage, own, state, values)

    def _refusal(self, stage: AnyStage) -> str | None:
        files = self.available.get("interviewee_file")
        if not stage.needs_consent or not files:
            return None
        return self.consent(files[0].path)

    def _inputs(self, stage: AnyStage, own: SubjectRecords) -> tuple[dict[str, Any], list[str]]:
        values: dict[str, Any] = dict.fromkeys(getattr(stage.needs, "ONLY_WITH", {}))
        missing: list[str] = []
        for slug, arity in needed_fields(stage, self.settings).items():
            found = self.available.get(slug, ())
            if arity == "context":
                values[slug] = own.subject if slug == "subject" else tuple(self.signed_lines)
            elif arity == "many":
                values[slug] = found
                if not found:
                    missing.append(slug)
            else:
                values[slug] = found[0] if found else None
                if not found and arity == "one":
                    missing.append(slug)
        for group in getattr(stage.needs, "ONE_OF", ()):
            there = [slug for slug in group if values[slug] is not None]
            if not there:
                missing.extend(group)
            latest = max(there, key=lambda slug: self.deposited_ms.get(slug, 0), default="")
            values.update({slug: None for slug in there if slug != latest})
        return self._with_lasting(stage, values, missing)

    def _with_lasting(
        self, stage: AnyStage, values: dict[str, Any], missing: list[str]
    ) -> tuple[dict[str, Any], list[str]]:
        """Put what was signed last in place of what waits to be signed, where that suffices."""
        lasting: dict[str, tuple[str, ...]] = getattr(stage.needs, "LASTING", {})
        if not missing or any(slug not in lasting or slug not in self.lasting for slug in missing):
            return values, missing
        found = dict(values)
        for slug in missing:
            found[slug], run = self.lasting[slug]
            used = {sha256 for _kind, sha256, _name in run.inputs}
            for other in lasting[slug]:
                found[other] = tuple(a for a in values[other] if a.sha256 in used)
        if all(can_use(stage, slug, found) for slug in missing):
            return found, []
        return values, missing

    def _run_state(
        self, stage: AnyStage, own: SubjectRecords, state: StageState, values: dict[str, Any]
    ) -> StageState:
        inputs = input_artefacts(values)
        rounds = [s for s in own.signoffs if s.stage == stage.slug and s.action == "send_back"]
        key = work_key(stage, values.get("subject"), inputs, len(rounds), self.settings)
        state = replace(state, key=key, inputs=inputs, needs=stage.needs(**values))
        found = find_standing_run(stage, own, values, len(rounds), self.settings, self._recorded)
        if found is None:
            return _not_run(stage, own, state)
        run = found.run
        if run.key != key:
            state = replace(
                state, key=run.key, inputs=input_artefacts(found.values),
                needs=stage.needs(**found.values), reason=found.reason,
            )  # fmt: skip
        outputs = tuple(self.store.artefact(output) for output in run.outputs)
        state = replace(state, run=run, outputs=outputs, since_ms=run.finished_ms)
        if stage.signed_by is None:
            return replace(state, status=Status.DONE)
        needed = self.settings.roles.stage[stage.slug].signatures
        return apply_approvals(state, own, needed)


def _not_run(stage: AnyStage, own: SubjectRecords, state: StageState) -> StageState:
    failures = [f for f in own.failures if f.stage == stage.slug and f.key == state.key]
    if failures:
        last = failures[-1]
        return replace(state, status=Status.FAILED, reason=last.message, since_ms=last.at_ms)
    reason = ""
    if any(r.stage == stage.slug for r in own.runs):
        reason = _("What it was made from has changed, or it was sent back.")
    return replace(state, status=Status.READY, reason=reason)


def _version_then(row: DepositRow, own: SubjectRecords) -> str:
    """Return the version that a deposit which names none was made upon: the one that was there
    then, or else the first that came after; empty while there is none."""
    wanted = KINDS[row.kind].refers_to
    made = [
        (run.finished_ms, output.sha256)
        for run in own.runs for output in run.outputs if output.kind == wanted
    ]  # fmt: skip
    before = [sha256 for at_ms, sha256 in made if at_ms <= row.at_ms]
    return before[-1] if before else next((sha256 for _at_ms, sha256 in made), "")


def _signed_line(row: SignOffRow) -> SignedLine:
    return SignedLine(
        row.stage, row.action, row.person, row.role, row.via, row.reason, row.at_ms,
        row.evidence or {},
    )  # fmt: skip
