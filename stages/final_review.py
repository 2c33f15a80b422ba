"""Final review: the leaders read the dossier, look at the film and decide.

Needs every version of the words, the withheld passages, the verification and the film; makes the
dossier to read and the review_decision, which names exactly what is passed and under which
conditions. Both are drafts until the leader signs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.captions.formats.reader import read
from pipeline.core.artefacts.restrictions import Restrictions
from pipeline.core.artefacts.review_decision import Condition, ReviewDecision
from pipeline.core.artefacts.verification_report import VerificationReport
from pipeline.documents.review_dossier import ReviewCase, dossier
from pipeline.i18n import _
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, SignedLine, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]

_PASSED = (
    "subtitled_video",
    "proofread_subtitles",
    "interviewee_subtitles",
    "restrictions",
    "verification_report",
)


@dataclass(frozen=True)
class Needs:
    """All that was made and signed so far."""

    subject: Subject
    signoffs: tuple[SignedLine, ...]
    draft_subtitles: Artefact
    proofread_subtitles: Artefact
    interviewee_subtitles: Artefact
    restrictions: Artefact
    verification_report: Artefact
    subtitled_video: Artefact


@dataclass(frozen=True)
class Makes:
    """What is read, and what is signed."""

    dossier: Path
    review_decision: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Write the dossier, and the decision that a signature would pass."""
    restrictions = Restrictions.read(needs.restrictions.path)
    verification = VerificationReport.read(needs.verification_report.path)
    case = ReviewCase(
        subject=needs.subject,
        draft=read(needs.draft_subtitles.path),
        proofread=read(needs.proofread_subtitles.path),
        interviewee=read(needs.interviewee_subtitles.path),
        restrictions=restrictions,
        verification=verification,
        signoffs=needs.signoffs,
    )
    text = folder / "dossier.md"
    text.write_text(dossier(case), "utf-8", newline="\n")
    # Sign-offs and dates stay out of the decision: they would void the signature upon it.
    decision = ReviewDecision(
        subject=needs.subject.slug,
        passes={kind: getattr(needs, kind).sha256 for kind in _PASSED},
        withheld=restrictions.withheld,
        verification=verification.result,
        conditions=tuple(_conditions(needs, restrictions, verification)),
    )
    return Makes(text, decision.write(folder / "decision.json"))


def _conditions(
    needs: Needs, restrictions: Restrictions, verification: VerificationReport
) -> Iterator[Condition]:
    """Yield what the final revision must do before release."""
    if needs.interviewee_subtitles.sha256 != needs.proofread_subtitles.sha256:
        yield Condition(do="burn_interviewee_subtitles")
    for each in restrictions.withheld:
        yield Condition(
            do="withhold", start_ms=each.start_ms, end_ms=each.end_ms, action=each.action
        )
    for check in verification.checks:
        if check.result == "fail":
            yield Condition(do="resolve", check=check.name)


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Return what the signature would pass."""
    found = []
    for condition in ReviewDecision.read(makes.review_decision).conditions:
        if condition.do == "resolve":
            message = _("The verification failed: {check}.").format(check=condition.check)
            found.append(Finding("warning", message))
        elif condition.do == "withhold":
            message = _("This passage will be withheld.")
            found.append(Finding("note", message, condition.start_ms, condition.end_ms))
        else:
            message = _("The interviewee changed the subtitles; they will be burned in again.")
            found.append(Finding("note", message))
    return tuple(found)


STAGE = Stage(
    number=11,
    slug="final_review",
    title="终审",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.LEADER,
    check=check,
    page="review",
)
