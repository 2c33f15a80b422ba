"""Final revision: everything that is released, without what the interviewee withholds.

Needs the picture, the subtitles as the interviewee left them, the director's last corrections of
them if there are any, the withheld passages and the leader's decision; makes the final subtitles,
captions, master, transcript and the record of the release. The verification runs again on the
master, with proofs that what is withheld is silent and covered, or cut out; without those proofs
there is no master. The director signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from pipeline.captions.cues import Cue, clock
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt, write_vtt
from pipeline.captions.revision.diff import Change, changes
from pipeline.captions.revision.merge import apply_correction
from pipeline.captions.words import read_words
from pipeline.core import progress
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.core.artefacts.release_record import ConsentSummary, ReleaseRecord
from pipeline.core.artefacts.review_decision import ReviewDecision
from pipeline.core.artefacts.verification_report import VerificationReport
from pipeline.core.markdown import add_markdown
from pipeline.documents.release_record import release_record
from pipeline.documents.transcript import add_speakers, transcript_markdown
from pipeline.documents.word import new_document, save_document
from pipeline.errors import FormError, IntegrityError, ToolFailed
from pipeline.i18n import _, use_language
from pipeline.kinds import KINDS
from pipeline.media import ffmpeg
from pipeline.media.ass_script import Overlay
from pipeline.media.burn_in import burn, canvas_for
from pipeline.media.ffmpeg import probe
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.qc import (
    CHECK_TITLES,
    Check,
    Film,
    check_omitted_cues,
    check_pseudonym,
    check_redaction,
    check_revision,
    check_title,
    downgrade_accepted,
    report_data,
    report_findings,
    verify,
)
from pipeline.media.redaction import RedactionPlan, read_restrictions
from pipeline.media.titles import TITLE_FIELDS, opening_and_closing, title_overlays
from pipeline.queues import Queue
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, SignedLine, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]

_TABLES = ("burning", "release", "subtitles", "subtitle_styles", "titles", "verification")


def _read_file(needs: Needs) -> IntervieweeFile:
    """Return what titles, transcript and release record use of the interviewee file."""
    public = (f"consent.{name}" for name in ConsentSummary.model_fields)
    return IntervieweeFile.read(needs.interviewee_file.path).only(*TITLE_FIELDS, *public)


@dataclass(frozen=True)
class Needs:
    """What was decided upon, and all it is made from."""

    subject: Subject
    signoffs: tuple[SignedLine, ...]
    interviewee_file: Artefact
    picture: Artefact
    words: Artefact
    verification_report: Artefact
    interviewee_subtitles: Artefact
    restrictions: Artefact
    review_decision: Artefact
    final_correction: Artefact | None = None
    USES: ClassVar = {"interviewee_file": _read_file}


@dataclass(frozen=True)
class Makes:
    """The deliverables, and what proves them."""

    final_subtitles: Path
    master: Path
    final_captions: Path
    transcript: Path
    transcript_document: Path
    master_report: Path
    release_record: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Make what is released and prove that nothing withheld is in it.

    Raises FormError where nothing would be left, ToolFailed where a proof fails, SubtitleError
    where a cue cannot be shown.
    """
    makes = Makes(
        folder / "final.srt",
        folder / "master.mp4",
        folder / "final.vtt",
        folder / "transcript.md",
        folder / "transcript.docx",
        folder / "master-report.json",
        folder / "release-record.json",
    )
    _require_passed(needs)
    file = _read_file(needs)
    merged = apply_correction(needs.interviewee_subtitles, needs.final_correction)
    film, left_out_cues = _film(needs, settings, merged.cues, makes.master)
    write_srt(film.cues, makes.final_subtitles, labels=False)
    write_vtt(film.cues, makes.final_captions)
    card = settings.release.mask_text
    with progress.part(0, 2):
        burn(
            needs.picture.path, makes.master, film.cues, film.style, settings.burning,
            withheld=film.withheld, card=card, titles=_titles(needs, settings, file, film),
            sha256=needs.picture.sha256,
        )  # fmt: skip
    with use_language("zh"), progress.part(1, 2):
        proofs = check_redaction(film)
        checks = [*proofs, *verify(film, settings.verification)]
        checks += [
            check_omitted_cues(left_out_cues, film.withheld),
            check_pseudonym(film.cues, needs.subject, file),
        ]
        checks += [check_revision(merged.conflicts)]
        signed = VerificationReport.read(needs.verification_report.path)
        report_data(downgrade_accepted(checks, signed)).write(makes.master_report)
        name = file.published_name(needs.subject)
        _write_transcripts(film, needs.subject.named(name), card, makes)
    _require_proven(proofs, makes.master)
    # Where the words are not as the interviewee signed them.
    revised = changes(read(needs.interviewee_subtitles.path), merged.cues)
    _record(needs, file, settings, film.withheld, revised, makes).write(makes.release_record)
    return makes


def _require_passed(needs: Needs) -> None:
    """Refuse to make anything of files other than those the leader passed."""
    passes = ReviewDecision.read(needs.review_decision.path).passes
    for artefact in (needs.interviewee_subtitles, needs.restrictions):
        if passes.get(artefact.kind) != artefact.sha256:
            raise IntegrityError(
                _("The final review did not pass this file: {kind}.").format(
                    kind=KINDS[artefact.kind].label
                ),
                expected=str(passes.get(artefact.kind)),
                found=artefact.sha256,
                path=artefact.path,
                remedy=_("Let the leader review the episode again."),
            )


def _film(
    needs: Needs, settings: Settings, corrected: Sequence[Cue], master: Path
) -> tuple[Film, list[Cue]]:
    """Work out what may be shown, in the time of the master, and which cues may not."""
    rate, frames = rate_and_frame_count(needs.picture.path)
    wishes = read_restrictions(needs.restrictions.path, settings.release.withheld)
    withheld = RedactionPlan.of(wishes, rate, frames)
    if not withheld.frames:
        raise FormError(
            _("Nothing of the episode would be left: all of it is withheld."),
            remedy=_("Do not release this episode, or mask the passages instead of cutting them."),
        )
    words = read_words(needs.words.path)
    style = settings.style_for(needs.subject.language)
    cues = add_speakers(corrected, words.words)
    shown, left_out_cues = withheld.cues(cues, words.words, style.min_duration_ms)
    speech = withheld.speech(words.speech, left_out_cues)
    titles = opening_and_closing(settings.titles, shown, withheld)
    return Film(master, needs.picture.path, shown, speech, style, withheld, titles), left_out_cues


def _titles(
    needs: Needs, settings: Settings, file: IntervieweeFile, film: Film
) -> tuple[Overlay, ...]:
    canvas = canvas_for(probe(needs.picture.path))
    return title_overlays(settings, needs.subject, file, film.cues, film.withheld, canvas)


def _require_proven(proofs: tuple[Check, ...], master: Path) -> None:
    """Refuse a master in which anything withheld is left, whatever the reason."""
    for proof in proofs:
        if proof.result != "pass":
            raise ToolFailed(
                _("The master is not safe to release: “{check}” fails at {time}.").format(
                    check=check_title(proof.name), time=clock(proof.findings[0].start_ms)
                ),
                remedy=_("Nothing was released. Run the step again; if it fails again, report it."),
                path=master,
            )


def _write_transcripts(film: Film, heading: str, card: str, makes: Makes) -> None:
    marks = [(start, end, card) for start, end in film.withheld.output_masks_ms()]
    text = transcript_markdown(heading, film.cues, marks)
    makes.transcript.write_text(text, "utf-8", newline="\n")
    document = new_document(heading)
    add_markdown(document, text)
    save_document(document, makes.transcript_document)


def _record(
    needs: Needs,
    file: IntervieweeFile,
    settings: Settings,
    withheld: RedactionPlan,
    revised: Sequence[Change],
    makes: Makes,
) -> ReleaseRecord:
    values = (getattr(needs, field.name) for field in fields(needs))
    outputs = {f.name: getattr(makes, f.name) for f in fields(makes) if f.name != "release_record"}
    return release_record(
        needs.subject,
        file,
        inputs=[value for value in values if isinstance(value, Artefact)],
        outputs=outputs,
        signoffs=needs.signoffs,
        withheld=withheld,
        revised=revised,
        settings=settings,
        tables=[table for table in _TABLES if not settings.is_idle(table)],
        tools={"ffmpeg": ffmpeg.version(), "font": settings.style_for(needs.subject.language).font},
    )


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Return what stands against releasing the master; any failure forbids it."""
    return report_findings(VerificationReport.read(makes.master_report), frozenset(CHECK_TITLES))


STAGE = Stage(
    number=12,
    slug="final_revision",
    title="终改",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.DIRECTOR,
    settings=_TABLES,
    check=check,
    queue=Queue.RENDER,
    page="proofread",
)
