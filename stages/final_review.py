"""Final review: the leaders read the dossier, look at the film and decide.

Needs every version of the words, the withheld passages, the verification and the film; makes the
dossier to read and the review_decision, which names exactly what is passed and under which
conditions. Both are drafts until the leader signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.captions.formats.reader import read
from pipeline.core.files import read_json, write_json
from pipeline.documents.review_dossier import Case, dossier
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
    """Lay the case out and write down what a signature would pass."""
    restrictions = read_json(needs.restrictions.path)
    verification = read_json(needs.verification_report.path)
    case = Case(
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
    decision = {
        "subject": needs.subject.slug,
        "passes": {kind: getattr(needs, kind).sha256 for kind in _PASSED},
        "withheld": restrictions["withheld"],
        "verification": verification["result"],
        "conditions": _conditions(needs, restrictions, verification),
    }
    return Makes(text, write_json(folder / "decision.json", decision))


def _conditions(
    needs: Needs, restrictions: dict[str, Any], verification: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return what the final revision must do before release."""
    conditions: list[dict[str, Any]] = []
    if needs.interviewee_subtitles.sha256 != needs.proofread_subtitles.sha256:
        conditions.append({"do": "burn_interviewee_subtitles"})
    conditions += [
        {"do": "withhold", "start_ms": w["start_ms"], "end_ms": w["end_ms"], "action": w["action"]}
        for w in restrictions["withheld"]
    ]
    conditions += [
        {"do": "resolve", "check": check["name"]}
        for check in verification["checks"]
        if check["result"] == "fail"
    ]
    return conditions


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Remind the leader of what the signature would pass."""
    decision = read_json(makes.review_decision)
    found = []
    for condition in decision["conditions"]:
        if condition["do"] == "resolve":
            message = _("The verification failed: {check}.").format(check=condition["check"])
            found.append(Finding("warning", message))
        elif condition["do"] == "withhold":
            message = _("This passage will be withheld.")
            found.append(Finding("note", message, condition["start_ms"], condition["end_ms"]))
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
