"""Which earlier run still stands although an input has changed.

A run with the present key is current; so is one that differs only in what its stage does not use.
That is decided from the run's record alone, so it holds for runs of earlier versions too:

1. The key is computed again from what the stage has now, with the inputs that its `Needs` narrows
   (`USES`, `UNTIL_SIGNED`) taken from the record. Where this gives the key of the run, the stage,
   its version, the settings, the subject, the rounds and every other input are what they were.
2. What is used of the narrowed inputs is then compared. Of several files only those count that the
   run had as well: a file that came later is not what an earlier list means.

Why it is right: a key is a digest of all that work depends on. What cannot be read back from it is
proved unchanged by computing it again, and what can be read from the record is compared.
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

__all__ = ["StandingRun", "can_use", "find_standing_run", "input_artefacts", "last_signed_run"]

Values = Mapping[str, Any]
"""The fields of a `Needs`."""

FindArtefact = Callable[[str, str, str], Artefact]
"""Returns the artefact of a kind, a digest and a name."""


@dataclass(frozen=True)
class StandingRun:
    """A run that is current or stands, and the fields it was made from.

    `reason` says what it leaves out of account, where a person may want to have it done again.
    """

    run: RunRow
    values: Values
    reason: str = ""


def find_standing_run(
    stage: AnyStage,
    own: SubjectRecords,
    values: Values,
    rounds: int,
    settings: Settings,
    artefact: FindArtefact,
) -> StandingRun | None:
    """Return the run that is current or still stands; None where the work must be done.

    What was signed `UNTIL_SIGNED` goes before what was made earlier than the signature.
    """
    runs = [run for run in reversed(own.runs) if run.stage == stage.slug]
    key = work_key(stage, values.get("subject"), input_artefacts(values), rounds, settings)
    exact = next((StandingRun(run, values) for run in runs if run.key == key), None)
    uses, until = _narrowed(stage)
    fields = [name for name in dict.fromkeys((*uses, *until)) if name in values]
    if not fields or (exact is not None and (not until or len(runs) == 1)):
        return exact
    signed, signed_ms = None, -1
    for run in runs:
        then = {**values, **_recorded(run, fields, values, artefact)}
        inputs = input_artefacts(then)
        if work_key(stage, values.get("subject"), inputs, rounds, settings) != run.key:
            continue
        changed = [name for name in fields if _differs(stage, name, values, then)]
        if not changed:
            exact = exact or StandingRun(run, then)
        elif all(name in until for name in changed):
            at_ms = min(_approved_ms(run, until[name], own) for name in changed)
            if at_ms > signed_ms:
                signed, signed_ms = StandingRun(run, then, _left_out(stage, changed)), at_ms
    if signed is None or (exact is not None and _latest_ms(exact.run, until, own) > signed_ms):
        return exact
    return signed


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


def _latest_ms(run: RunRow, until: Mapping[str, str], own: SubjectRecords) -> int:
    """Return when the run was made or, later, what was made of it was approved."""
    return max(run.finished_ms, *(_approved_ms(run, slug, own) for slug in set(until.values())))


def _approved_ms(run: RunRow, signing: str, own: SubjectRecords) -> int:
    """Return when somebody last approved what the stage `signing` made of the run's outputs; -1
    for never."""
    made = {output.sha256 for output in run.outputs}
    later = [r for r in own.runs if r.stage == signing and any(i[1] in made for i in r.inputs)]
    return max(
        (
            row.at_ms
            for row in own.signoffs if row.stage == signing and row.action == "approve"
            if any(all([o.kind, o.sha256] in row.digests for o in r.outputs) for r in later)
        ),
        default=-1,
    )  # fmt: skip


def _left_out(stage: AnyStage, changed: Sequence[str]) -> str:
    names = ", ".join(KINDS[name].label for name in changed)
    return _(
        "What was made of it is signed, so it was not done again when this changed: {names}. "
        "To have it done again, send the episode back to {stage}."
    ).format(names=names, stage=stage.label)
