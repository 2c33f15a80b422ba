"""Interviewee proofreading: the person who spoke has the last word on the words.

Needs the editor's subtitles and, where the interviewee has brought them, a correction and the
passages to withhold; makes the subtitles after the interviewee, the withheld passages checked
against the film, and a large-type sheet to check on paper. The interviewee signs, by link or on
the sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.captions.cues import Cue, clock
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.captions.revision.follow import PassageFinder
from pipeline.captions.revision.merge import apply_correction
from pipeline.captions.rules import check as check_rules
from pipeline.core.artefacts.restrictions import Conflict, Restrictions, WithheldPassage
from pipeline.documents.forms import read_withholding_request
from pipeline.documents.proof_sheet import proof_sheet
from pipeline.documents.word import save_document
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.media.burn_in import check_glyphs
from pipeline.media.ffmpeg import probe
from pipeline.repository.store import digest
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]


@dataclass(frozen=True)
class Needs:
    """The film as the interviewee sees it, and what they brought. The report must be signed."""

    subject: Subject
    subtitled_video: Artefact
    proofread_subtitles: Artefact
    verification_report: Artefact
    interviewee_correction: Artefact | None
    withholding_request: Artefact | None


@dataclass(frozen=True)
class Makes:
    """What the interviewee answers for."""

    interviewee_subtitles: Path
    restrictions: Path
    interviewee_sheet: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Merge the interviewee's correction, list the withheld passages and make the sheet.

    Passages asked for upon other subtitles follow their words. Raises FormError when a passage lies
    outside the episode, or cannot be found again.
    """
    duration_ms = probe(needs.subtitled_video.path, name=needs.subtitled_video.name).duration_ms
    merged = apply_correction(needs.proofread_subtitles, needs.interviewee_correction)
    withheld = _withheld(needs.withholding_request, needs.proofread_subtitles, duration_ms)
    made = Makes(
        write_srt(merged.cues, folder / "interviewee.srt"),
        Restrictions(
            withheld=withheld,
            duration_ms=duration_ms,
            language=needs.subject.language,
            conflicts=merged.conflicts,
        ).write(folder / "restrictions.json"),
        folder / f"受访者校对稿-{needs.subject.number:02d}.docx",
    )
    # The sheet carries the number of these very words: what is signed on paper is matched by it.
    version = digest(made.interviewee_subtitles)[:8]
    document = proof_sheet(
        needs.subject.interviewee, _episode(needs.subject), version, merged.cues, withheld
    )
    save_document(document, made.interviewee_sheet)
    return made


def _episode(subject: Subject) -> str:
    return f"第{subject.number}集" + (f"《{subject.title}》" if subject.title else "")


def _withheld(
    request: Artefact | None, current: Artefact, duration_ms: int
) -> tuple[WithheldPassage, ...]:
    if request is None:
        return ()
    asked = sorted(read_withholding_request(request.path).withheld, key=lambda p: p.start_ms)
    passages = _follow(request, current, [WithheldPassage(**p.model_dump()) for p in asked])
    for passage in passages:
        if passage.end_ms > duration_ms:
            raise FormError(
                _("{file}: the passage {start}–{end} lies beyond the end, {length}.").format(
                    file=request.name,
                    start=clock(passage.start_ms),
                    end=clock(passage.end_ms),
                    length=clock(duration_ms),
                ),
                remedy=_("Look up the times in the film and bring the request again."),
                path=request.path,
                key="withheld",
            )
    return tuple(passages)


def _follow(
    request: Artefact, current: Artefact, passages: list[WithheldPassage]
) -> list[WithheldPassage]:
    """Return the passages at the times their words have in the current subtitles."""
    if request.base is None or request.base.sha256 == current.sha256:
        return passages
    finder = PassageFinder(read(request.base.path), read(current.path))
    found = [finder.find(passage.start_ms, passage.end_ms) for passage in passages]
    lost = [p for p, place in zip(passages, found, strict=True) if place is None]
    if lost:
        raise FormError(
            _(
                "{file}: the film or its words have changed since, and what was to be withheld at "
                "{spans} is not found again with certainty."
            ).format(
                file=request.name,
                spans=", ".join(f"{clock(p.start_ms)}–{clock(p.end_ms)}" for p in lost),
            ),
            remedy=_(
                "Look at the film as it is now, and bring the request again with the times of it: "
                "a new withholding_request, also when nothing of it is left in the film."
            ),
            path=request.path,
            key="withheld",
        )
    places = (place for place in found if place is not None)
    return [
        passage.model_copy(update={"start_ms": start_ms, "end_ms": end_ms})
        for passage, (start_ms, end_ms) in zip(passages, places, strict=True)
    ]


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Hold the subtitles against the rules, the withheld passages against the episode, and name
    the places where interviewee and editor disagree."""
    restrictions = Restrictions.read(makes.restrictions)
    language, duration_ms = restrictions.language, restrictions.duration_ms
    cues, style = read(makes.interviewee_subtitles), settings.style_for(language)
    return (
        *_outside(restrictions.withheld, duration_ms),
        *_disagreements(restrictions.conflicts),
        *_notes(restrictions.withheld, cues),
        *check_rules(cues, style, language=language, duration_ms=duration_ms),
        *check_glyphs(cues, style),
    )


def _outside(withheld: Sequence[WithheldPassage], duration_ms: int) -> list[Finding]:
    message = _("The withheld passage does not lie inside the episode.")
    return [
        Finding("error", message, passage.start_ms, passage.end_ms)
        for passage in withheld
        if not 0 <= passage.start_ms < passage.end_ms <= duration_ms
    ]


def _disagreements(conflicts: Sequence[Conflict]) -> list[Finding]:
    kept = _("Interviewee and editor both changed this; the interviewee's words stand: {ours}")
    lost = _("The interviewee corrected a passage that is no longer there: {ours}")
    return [
        Finding("warning", (kept if c.kept else lost).format(ours=c.ours), c.start_ms, c.end_ms)
        for c in conflicts
    ]


def _notes(withheld: Sequence[WithheldPassage], cues: Sequence[Cue]) -> list[Finding]:
    found = []
    for passage in withheld:
        n = sum(passage.overlaps(cue.start_ms, cue.end_ms) for cue in cues)
        message = _("Withheld: {reason} ({n} subtitles).").format(reason=passage.reason, n=n)
        found.append(Finding("note", message, passage.start_ms, passage.end_ms))
    return found


STAGE = Stage(
    number=10,
    slug="interviewee_proofreading",
    title="受访者校对",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.INTERVIEWEE,
    settings=("subtitles", "subtitle_styles"),
    check=check,
    signs=("subtitled_video",),
    page="proofread",
)
