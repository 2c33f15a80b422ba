"""Checks of the master: accepted failures, omitted cues, the pseudonym and the revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.captions.cues import Cue
from pipeline.captions.revision.merge import Conflict
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.core.artefacts.verification_report import VerificationReport
from pipeline.i18n import _
from pipeline.media.qc.model import Check, Occurrence, Result, at_cues
from pipeline.media.qc.report import NEVER_ACCEPTABLE
from pipeline.media.redaction import RedactionPlan
from pipeline.stage import Subject

__all__ = ["check_omitted_cues", "check_pseudonym", "check_revision", "downgrade_accepted"]


def downgrade_accepted(checks: Iterable[Check], signed: VerificationReport) -> list[Check]:
    """Turn failures into warnings if the film of the `signed` report failed the same check."""
    failed = {check.name for check in signed.checks if check.result == "fail"}
    occurrence = Occurrence(0, 0, _("It was so before, and the technician signed it."))
    return [
        replace(check, result="warn", findings=(occurrence, *check.findings))
        if check.result == "fail" and check.name in failed - NEVER_ACCEPTABLE
        else check
        for check in checks
    ]


def check_omitted_cues(cues: Iterable[Cue], withheld: RedactionPlan) -> Check:
    """Report cues left out of the master although part of them lies outside withheld passages.

    The times of the occurrences are those of the film before.
    """
    partly = [cue for cue in cues if not withheld.covers(cue)]
    message = _(
        "A subtitle reaching into a withheld passage was left out altogether; where the passage"
        " begins or ends in it, split it in the correction to keep the rest."
    )
    return _none_allowed("withheld_cues", "warn", at_cues(partly, message))


def check_pseudonym(cues: Iterable[Cue], subject: Subject, file: IntervieweeFile) -> Check:
    """Check that cues and title do not name an interviewee who has a pseudonym.

    A name that is only spoken is not detected.
    """
    pseudonym = file.consent.pseudonym
    if not pseudonym:
        return Check("pseudonym", "pass", "0", "0")
    names = {subject.interviewee, subject.plain_name, file.name} - {"", pseudonym}
    message = _("The name is written although the consent asks for a pseudonym.")
    occurrences = at_cues((c for c in cues if any(n in c.text for n in names)), message)
    if any(name in subject.title for name in names):
        title = _("The title of the episode names the interviewee.")
        occurrences = (Occurrence(0, 0, title), *occurrences)
    return _none_allowed("pseudonym", "fail", occurrences)


def check_revision(conflicts: Sequence[Conflict]) -> Check:
    """Report final corrections whose words have changed since they were made.

    The words are not quoted, because some of them may be withheld.
    """
    kept = _("Corrected before the words changed; the correction stands.")
    lost = _("Corrected before the words changed; the passage corrected is no longer there.")
    occurrences = tuple(
        Occurrence(c.start_ms, c.end_ms, kept if c.kept else lost) for c in conflicts
    )
    return _none_allowed("revision", "warn", occurrences)


def _none_allowed(name: str, result: Result, occurrences: tuple[Occurrence, ...]) -> Check:
    return Check(name, result if occurrences else "pass", str(len(occurrences)), "0", occurrences)
