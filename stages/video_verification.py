"""Video verification: the subtitled film measured and looked at, then signed by the technician.

Needs the film, what it was made from, and where somebody speaks; makes a report with pass, warn or
fail for each check, and the same as a page. The technician, who looks at the film as well, may find
a failure to be right (a black pause that is meant, a photograph that stands still); that
subtitles are missing, unusable or beyond the end nobody can find right.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.captions.formats.reader import read
from pipeline.captions.words import read_words
from pipeline.core.artefacts.verification_report import VerificationReport
from pipeline.documents.transcript import add_speakers
from pipeline.i18n import _, use_language
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.qc import (
    NEVER_ACCEPTABLE,
    Film,
    markdown_page,
    report_data,
    report_findings,
    verify,
)
from pipeline.media.redaction import RedactionPlan
from pipeline.media.titles import opening_and_closing
from pipeline.queues import Queue
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]


@dataclass(frozen=True)
class Needs:
    """The film and what it was made from."""

    subject: Subject
    picture: Artefact
    subtitled_video: Artefact
    proofread_subtitles: Artefact
    words: Artefact


@dataclass(frozen=True)
class Makes:
    """What was found, as data and to read."""

    verification_report: Path
    verification_page: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Measure the film, hold it against the limits and tell the result in Chinese.

    Raises MediaError or ToolFailed where it cannot be measured.
    """
    withheld = RedactionPlan((), *rate_and_frame_count(needs.picture.path))
    cues, words = read(needs.proofread_subtitles.path), read_words(needs.words.path)
    film = Film(
        path=needs.subtitled_video.path,
        picture=needs.picture.path,
        cues=cues,
        speech=words.speech,
        style=settings.style_for(needs.subject.language),
        withheld=withheld,
        titles=opening_and_closing(settings.titles, add_speakers(cues, words.words), withheld),
    )
    with use_language("zh"):
        checks = verify(film, settings.verification)
        heading = _("Verification: {name}").format(name=needs.subject.named())
        text = markdown_page(checks, heading)
        verification = report_data(checks)
    makes = Makes(folder / "verification.json", folder / "verification.md")
    verification.write(makes.verification_report)
    makes.verification_page.write_text(text, "utf-8", newline="\n")
    return makes


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Return what the technician must see before signing."""
    return report_findings(VerificationReport.read(makes.verification_report), NEVER_ACCEPTABLE)


STAGE = Stage(
    number=9,
    slug="video_verification",
    title="视频核对",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.TECHNICIAN,
    settings=("verification", "subtitles", "subtitle_styles", "titles"),
    check=check,
    signs=("subtitled_video",),
    queue=Queue.RENDER,
    page="review",
)
