"""What is special about verifying a master: what was accepted before it, and whom it may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.captions.cues import Cue
from pipeline.captions.revision.merge import Conflict
from pipeline.i18n import _
from pipeline.media.qc.model import Check, Occurrence
from pipeline.media.qc.report import NEVER_ACCEPTABLE
from pipeline.media.redaction import RedactionPlan
from pipeline.stage import Subject

__all__ = ["check_omitted_cues", "check_pseudonym", "check_revision", "downgrade_accepted"]


def downgrade_accepted(checks: Iterable[Check], signed: Mapping[str, Any]) -> list[Check]:
    """Turn failures into warnings where the film before failed the same check and the technician
    signed it nevertheless; `signed` is that report as read back."""
    failed = {check["name"] for check in signed["checks"] if check["result"] == "fail"}
    note = Occurrence(0, 0, _("It was so before, and the technician signed it."))
    return [
        replace(check, result="warn", findings=(note, *check.findings))
        if check.result == "fail" and check.name in failed - NEVER_ACCEPTABLE
        else check
        for check in checks
    ]


def check_omitted_cues(cues: Iterable[Cue], withheld: RedactionPlan) -> Check:
    """Tell of cues that went although part of them lies outside every withheld passage.

    Their times in the findings are those of the film before.
    """
    partly = [cue for cue in cues if not withheld.wholly(cue)]
    message = _(
        "A subtitle reaching into a withheld passage was left out altogether; where the passage"
        " begins or ends in it, split it in the correction to keep the rest."
    )
    notes = tuple(Occurrence(cue.start_ms, cue.end_ms, message) for cue in partly)
    return Check("withheld_cues", "warn" if partly else "pass", str(len(partly)), "0", notes)


def check_pseudonym(cues: Iterable[Cue], subject: Subject, told: Mapping[str, Any]) -> Check:
    """See that who appears under a pseudonym is not named in what is released.

    `told` is the interviewee_file. A name that is only heard is beyond this check.
    """
    pseudonym = told["consent"].get("pseudonym")
    if not pseudonym:
        return Check("pseudonym", "pass", "0", "0")
    names = {subject.interviewee, told.get("name", "")} - {"", pseudonym}
    message = _("The name is written although the consent asks for a pseudonym.")
    notes = [
        Occurrence(c.start_ms, c.end_ms, message) for c in cues if any(n in c.text for n in names)
    ]
    if any(name in subject.title for name in names):
        notes.insert(0, Occurrence(0, 0, _("The title of the episode names the interviewee.")))
    return Check("pseudonym", "fail" if notes else "pass", str(len(notes)), "0", tuple(notes))


def check_revision(conflicts: Sequence[Conflict]) -> Check:
    """Tell where last corrections were made upon other words than those they now stand upon.

    The words themselves are not told: some of them may be withheld.
    """
    kept = _("Corrected before the words changed; the correction stands.")
    lost = _("Corrected before the words changed; the passage corrected is no longer there.")
    notes = tuple(Occurrence(c.start_ms, c.end_ms, kept if c.kept else lost) for c in conflicts)
    return Check("revision", "warn" if notes else "pass", str(len(notes)), "0", notes)
