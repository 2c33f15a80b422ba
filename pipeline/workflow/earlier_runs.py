"""Which earlier run still stands although an input has changed.

A run with the present key is current; so is one that differs only in what its stage does not use.
That is decided from the run's record alone, so it holds for runs of earlier versions too:

1. The key is computed again from what the stage has now, with the inputs that its `Needs` narrows
   (`USES`, `UNTIL_SIGNED`) taken from the record. Where this gives the key of the run, the stage,
   its version, the settings, the subject, the rounds and every other input are what they were.
2. What is used of the narrowed inputs is then compared. Of several files only those count that the
   run had as well: a file that came later is not what an earlier list means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.records import SubjectRecords
from pipeline.repository.tables import RunRow
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact
from pipeline.workflow.approvals import bound_digests, signoffs_of, valid_approvals
from pipeline.workflow.run_key import work_key

__all__ = ["EarlierRun", "can_use", "find_earlier_run", "input_artefacts", "last_signed_run"]

Values = Mapping[str, Any]
"""The fields of a `Needs`."""

FindArtefact = Callable[[str, str, str], Artefact]
"""Returns the artefact of a kind, a digest and a name."""


@dataclass(frozen=True)
class EarlierRun:
    """A run that still stands, and the fields it was made from. `reason` says what it leaves out of
    account, where a person may want to have it done again."""

    run: RunRow
    values: Values
    reason: str = ""


def find_earlier_run(
    stage: AnyStage,
    own: SubjectRecords,
    values: Values,
    rounds: int,
    settings: Settings,
    artefact: FindArtefact,
) -> EarlierRun | None:
    """Return the latest run that still stands; None where the work must be done."""
    uses, until = _narrowed(stage)
    fields = [name for name in (*uses, *until) if name in values]
    if not fields:
        return None
    for run in reversed([r for r in own.runs if r.stage == stage.slug]):
        then = {**values, **_recorded(run, fields, values, artefact)}
        key = work_key(stage, values.get("subject"), input_artefacts(then), rounds, settings)
        if key != run.key:
            continue
        changed = [name for name in dict.fromkeys(fields) if _differs(stage, name, values, then)]
        if not changed:
            return EarlierRun(run, then)
        if all(name in until and _was_signed(run, until[name], own) for name in changed):
            return EarlierRun(run, then, _left_out(stage, changed))
    return None


def can_use(stage: AnyStage, name: str, values: Values) -> bool:
    """Tell whether a stage finds in these fields what it uses of one of them."""
    use = getattr(stage.needs, "USES", {}).get(name)
    try:
        if use is not None:
            _used(use, _needs(stage, values))
    except (ChifengError, OSError):
        return False
    return True


def last_signed_run(stage: AnyStage, own: SubjectRecords, needed: int) -> RunRow | None:
    """Return the run that was signed last, if its `needed` signatures were neither withdrawn nor
    followed by a send-back."""
    approved = [s for s in signoffs_of(own, stage) if s.action == "approve"]
    if not approved:
        return None
    signs = bound_digests(approved[-1], stage, own)
    if len(valid_approvals(own, stage, signs)) < needed:
        return None
    runs = [r for r in own.runs if r.stage == stage.slug and r.finished_ms <= approved[-1].at_ms]
    made = ((run, [[o.kind, o.sha256] for o in run.outputs]) for run in reversed(runs))
    return next((run for run, files in made if all(file in signs for file in files)), None)


def input_artefacts(values: Values) -> tuple[Artefact, ...]:
    """Return the artefacts among the fields, in the order of the key."""
    found: list[Artefact] = []
    for name in sorted(values):
        value = values[name]
        if isinstance(value, Artefact):
            found.append(value)
        elif name != "signoffs" and isinstance(value, tuple):
            found.extend(value)
    return tuple(found)


def _narrowed(stage: AnyStage) -> tuple[dict[str, Any], dict[str, str]]:
    return getattr(stage.needs, "USES", {}), getattr(stage.needs, "UNTIL_SIGNED", {})


def _recorded(
    run: RunRow, fields: Iterable[str], values: Values, artefact: FindArtefact
) -> dict[str, Any]:
    """Return these fields as the run had them."""
    found: dict[str, Any] = {}
    for field in fields:
        files = tuple(artefact(*each) for each in run.inputs if each[0] == field)
        many = isinstance(values[field], tuple)
        found[field] = files if many else next(iter(files), None)
    return found


def _differs(stage: AnyStage, name: str, now: Values, then: Values) -> bool:
    """Tell whether what the stage uses of a field has changed."""
    if _files(now[name]) == _files(then[name]):
        return False
    use = getattr(stage.needs, "USES", {}).get(name)
    if use is None:
        return True
    try:
        before = _used(use, _needs(stage, then))
        return before != _used(use, _needs(stage, _without_later(now, then)))
    except (ChifengError, OSError):  # it no longer fits, or cannot be read: the work says why
        return True


def _files(value: Any) -> list[tuple[str, str]]:
    return [(a.sha256, a.name) for a in input_artefacts({"": value})]


def _without_later(now: Values, then: Values) -> Values:
    """Leave out files of a field of several that were not there then."""
    known = {
        name: {a.sha256 for a in value}
        for name, value in then.items() if name != "signoffs" and isinstance(value, tuple)
    }  # fmt: skip
    kept = {
        name: tuple(a for a in now[name] if a.sha256 in digests) for name, digests in known.items()
    }
    return {**now, **kept}


def _needs(stage: AnyStage, values: Values) -> Any:
    blank = {"signoffs": ()} if "signoffs" in values else {}
    return stage.needs(**{**values, **blank})


@lru_cache(maxsize=4096)  # artefacts never change
def _used(use: Callable[[Any], object], needs: Any) -> object:
    return use(needs)


def _was_signed(run: RunRow, signing: str, own: SubjectRecords) -> bool:
    """Tell whether somebody ever approved what the stage `signing` made of the run's outputs."""
    made = {output.sha256 for output in run.outputs}
    approved = [s.digests for s in own.signoffs if s.stage == signing and s.action == "approve"]
    later = [r for r in own.runs if r.stage == signing and any(i[1] in made for i in r.inputs)]
    return any(
        all([o.kind, o.sha256] in digests for o in each.outputs)
        for each in later for digests in approved
    )  # fmt: skip


def _left_out(stage: AnyStage, changed: Sequence[str]) -> str:
    names = ", ".join(KINDS[name].label for name in changed)
    return _(
        "What was made of it is signed, so it was not done again when this changed: {names}. "
        "To have it done again, send the episode back to {stage}."
    ).format(names=names, stage=stage.label)
