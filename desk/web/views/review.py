"""What a reviewer looks at: the film of a stage, what was measured, what to read, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.captions.formats.reader import read
from pipeline.captions.revision.diff import Change, changes
from pipeline.core.artefacts.restrictions import Restrictions, WithheldPassage
from pipeline.core.artefacts.verification_report import VerificationReport
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.tables import SignOffRow
from pipeline.review.doubtful_places import (
    DoubtfulPlaces,
    SavedWork,
    doubtful_places,
    saved_work,
)
from pipeline.stage import Artefact, Role
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = ["Review", "SignoffLine", "film_of", "review_of"]

_FILMS = ("master", "subtitled_video", "picture")
_REPORTS = ("master_report", "verification_report")
_BETWEEN = {
    "initial_proofreading": ("draft_subtitles", "proofread_subtitles"),
    "interviewee_proofreading": ("proofread_subtitles", "interviewee_subtitles"),
    "final_review": ("proofread_subtitles", "interviewee_subtitles"),
    "final_revision": ("interviewee_subtitles", "final_subtitles"),
}
"""Between which two versions lies what people changed, by the stage that looks at it."""

_CORRECTIONS = ("proofreading_correction", "interviewee_correction")


@dataclass(frozen=True)
class SignoffLine:
    """One row of the sign-offs so far."""

    stage: str
    row: SignOffRow

    @property
    def role(self) -> str:
        """Return the role signed in, as the crew calls it."""
        return Role(self.row.role).label if self.row.role in set(Role) else self.row.role


@dataclass(frozen=True)
class Review:
    """All of it. `compared` are the digests of the two versions that `changes` compares.

    `places` are the doubtful places of the first version, None where they are not known; `work` is
    what the editor and the interviewee saved, by kind of correction, None where nothing was.
    """

    film: Artefact | None
    report: VerificationReport | None
    pages: tuple[tuple[str, str], ...]
    files: tuple[Artefact, ...]
    withheld: tuple[WithheldPassage, ...]
    changed: tuple[Change, ...]
    compared: tuple[str, str]
    signoffs: tuple[SignoffLine, ...]
    places: DoubtfulPlaces | None = None
    work: tuple[tuple[str, SavedWork | None], ...] = ()


def review_of(production: Production, state: StageState) -> Review:
    """Return what there is to look at before a stage is signed."""
    shown = {a.kind: a for a in (*state.inputs, *state.outputs)}
    report = next((shown[kind] for kind in _REPORTS if kind in shown), None)
    restrictions = shown.get("restrictions")
    old, new = (shown.get(kind) for kind in _BETWEEN.get(state.stage.slug, ("", "")))
    changed = changes(read(old.path), read(new.path)) if old and new else []
    places, work = _proofreading(production, state)
    return Review(
        film=next((shown[kind] for kind in _FILMS if kind in shown), None),
        report=VerificationReport.read(report.path) if report else None,
        pages=tuple(
            (a.kind, _page(a.path.read_text("utf-8")))
            for a in state.outputs
            if a.path.suffix == ".md"
        ),
        files=state.outputs,
        withheld=Restrictions.read(restrictions.path).withheld if restrictions else (),
        changed=tuple(changed),
        compared=(old.sha256, new.sha256) if old and new else ("", ""),
        signoffs=tuple(_signoff_lines(production, state)),
        places=places,
        work=work,
    )


def _proofreading(
    production: Production, state: StageState
) -> tuple[DoubtfulPlaces | None, tuple[tuple[str, SavedWork | None], ...]]:
    """Return what the ledger knows of the work on the subtitles, for the final review."""
    if state.stage.slug != "final_review":
        return None, ()
    shown = (*state.inputs, *state.outputs)
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, state.subject.slug))
        work = tuple((kind, saved_work(session, own.id, kind)) for kind in _CORRECTIONS)
        return doubtful_places(session, production.store, own, shown), work


def film_of(states: Sequence[StageState]) -> Artefact | None:
    """Return the film of an episode that is furthest on its way."""
    made = {a.kind: a for state in states for a in state.outputs if a.kind in _FILMS}
    return next((made[kind] for kind in _FILMS if kind in made), None)


def _page(text: str) -> str:
    """Return Markdown as HTML in which nothing leads anywhere: no tags, links or pictures of its
    own, whatever people wrote."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")
    return str(
        reader.disable(["link", "image", "autolink", "html_inline", "html_block"]).render(text)
    )


def _signoff_lines(production: Production, state: StageState) -> list[SignoffLine]:
    labels = {stage.slug: stage.label for stage in production.stages}
    with production.ledger.read() as session:
        own, parent = load_records(session, find_subject(session, state.subject.slug))
    rows = sorted((*(parent.signoffs if parent else ()), *own.signoffs), key=lambda r: r.at_ms)
    return [SignoffLine(labels.get(row.stage, row.stage), row) for row in rows]
