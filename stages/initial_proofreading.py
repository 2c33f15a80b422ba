"""07 初校 (initial proofreading): an editor corrects the recognised subtitles.

Needs the draft and the words, and, once the editor has made one, the proofreading_correction;
makes the proofread_subtitles and the doubts, a list of review points. A correction made upon
an earlier draft is merged into the present one; where both changed a passage the editor's text is
kept and the passage heads the list. The editor signs; subtitles that cannot be shown forbid it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.captions import chinese, rules
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.captions.review_points import (
    find_review_points,
    read_review_points,
    write_review_points,
)
from pipeline.captions.revision.diff import changes
from pipeline.captions.revision.merge import apply_correction
from pipeline.captions.words import read_words
from pipeline.i18n import use_language
from pipeline.media.burn_in import check_glyphs
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]


@dataclass(frozen=True)
class Needs:
    """The draft, how sure the recogniser was, and the editor's correction if there is one."""

    subject: Subject
    draft_subtitles: Artefact
    words: Artefact
    proofreading_correction: Artefact | None


@dataclass(frozen=True)
class Makes:
    """The proofread subtitles, and the review points."""

    proofread_subtitles: Path
    doubts: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Merge draft and correction and list the review points.

    Raises SubtitleError for a correction that cannot be read without loss.
    """
    draft = read(needs.draft_subtitles.path)
    merged = apply_correction(needs.draft_subtitles, needs.proofreading_correction)
    language = needs.subject.language
    rewritten = [cue for change in changes(draft, merged.cues) for cue in change.new]
    # The list is part of the episode's papers: it is in Chinese whoever runs the program.
    with use_language("en" if language == "en" else "zh"):
        points = find_review_points(
            merged.cues,
            read_words(needs.words.path),
            rules.check(merged.cues, settings.style_for(language), language=language),
            merged.conflicts,
            rewritten,
        )
    return Makes(
        proofread_subtitles=write_srt(merged.cues, folder / "proofread.srt"),
        doubts=write_review_points(points, folder / "doubts.json"),
    )


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Hold the subtitles against the rules of their language, and name where draft and editor
    disagree."""
    disagreements = tuple(
        Finding("warning", point.reason, point.start_ms, point.end_ms)
        for point in read_review_points(makes.doubts)
        if point.level == "conflict"
    )
    cues = read(makes.proofread_subtitles)
    language = "zh" if chinese.is_mostly_chinese("".join(cue.text for cue in cues)) else "default"
    style = settings.style_for(language)
    breaches = rules.check(cues, style, language=language)
    return disagreements + breaches + check_glyphs(cues, style)


STAGE = Stage(
    number=7,
    slug="initial_proofreading",
    title="初校",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.EDITOR,
    settings=("subtitles", "subtitle_styles"),
    check=check,
    page="proofread",
    signed_on_draft=True,
)
