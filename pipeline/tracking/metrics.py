"""Metrics of the production: first-pass yield, working time, waiting time, corrections.

Per stage: first-pass yield (the share of subjects whose first decision was an approval), rounds of
rework, time working (runs) and time waiting (from the end of a run to its sign-off), and how many
characters per hundred were corrected. Per person: signatures, send-backs, and how long things
waited for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from pipeline.captions.formats.reader import read
from pipeline.errors import SubtitleError
from pipeline.repository.records import SubjectRecords, every_subject, load_all_records
from pipeline.repository.tables import RunRow, SignOffRow
from pipeline.workflow.production import Production

__all__ = ["Metrics", "PersonMetrics", "StageMetrics", "compute_metrics"]

_CORRECTED = {
    "initial_proofreading": ("draft_subtitles", "proofread_subtitles"),
    "interviewee_proofreading": ("proofread_subtitles", "interviewee_subtitles"),
}


@dataclass
class StageMetrics:
    """Sums for one stage. Times in milliseconds."""

    first_decisions: int = 0
    first_approved: int = 0
    send_backs: int = 0
    runs: int = 0
    working_ms: int = 0
    waits: int = 0
    waiting_ms: int = 0
    characters: int = 0
    corrected: int = 0

    @property
    def first_pass_yield(self) -> float | None:
        """Share of first decisions that were approvals, 0.0 to 1.0."""
        return self.first_approved / self.first_decisions if self.first_decisions else None

    @property
    def corrections_per_100(self) -> float | None:
        """Characters corrected in every hundred."""
        return 100 * self.corrected / self.characters if self.characters else None


@dataclass
class PersonMetrics:
    """Sums for one person. Times in milliseconds."""

    approvals: int = 0
    send_backs: int = 0
    waits: int = 0
    waiting_ms: int = 0


@dataclass(frozen=True)
class Metrics:
    """The metrics by stage slug and by person's name."""

    stages: dict[str, StageMetrics] = field(default_factory=lambda: defaultdict(StageMetrics))
    people: dict[str, PersonMetrics] = field(default_factory=lambda: defaultdict(PersonMetrics))


def compute_metrics(
    production: Production, records: Mapping[int, SubjectRecords] | None = None
) -> Metrics:
    """Compute the metrics of the whole production, or of the records given."""
    if records is None:
        with production.ledger.read() as session:
            records = load_all_records(session, every_subject(session))
    found = Metrics()
    for own in records.values():
        for stage in production.stages:
            runs = [r for r in own.runs if r.stage == stage.slug]
            signoffs = [s for s in own.signoffs if s.stage == stage.slug]
            _count(found, stage.slug, runs, signoffs)
        _count_corrections(production, found, own)
    return found


def _count(found: Metrics, slug: str, runs: list[RunRow], signoffs: list[SignOffRow]) -> None:
    if not runs:
        return
    sums = found.stages[slug]
    sums.runs += len(runs)
    sums.working_ms += sum(run.finished_ms - run.started_ms for run in runs)
    decisions = [s for s in signoffs if s.action in ("approve", "send_back")]
    if decisions:
        sums.first_decisions += 1
        sums.first_approved += decisions[0].action == "approve"
    for row in decisions:
        person = found.people[row.person]
        sums.send_backs += row.action == "send_back"
        person.send_backs += row.action == "send_back"
        if row.action == "approve":
            person.approvals += 1
            waited = row.at_ms - max(
                (r.finished_ms for r in runs if r.finished_ms <= row.at_ms), default=row.at_ms
            )
            for each in (sums, person):
                each.waits += 1
                each.waiting_ms += waited


def _count_corrections(production: Production, found: Metrics, own: SubjectRecords) -> None:
    for slug, (before, after) in _CORRECTED.items():
        run = next((r for r in reversed(own.runs) if r.stage == slug), None)
        if run is None:
            continue
        given = next((i[1] for i in run.inputs if i[0] == before), None)
        made = next((o.sha256 for o in run.outputs if o.kind == after), None)
        if given is None or made is None:
            continue
        distance = _edit_distance(*(production.store.path(sha, ".srt") for sha in (given, made)))
        found.stages[slug].characters += distance[0]
        found.stages[slug].corrected += distance[1]


@lru_cache(maxsize=20_000)  # artefacts never change
def _edit_distance(before: Path, after: Path) -> tuple[int, int]:
    """Return the number of characters before, and of those corrected; 0 if not readable."""
    try:
        old, new = _text(before), _text(after)
    except (SubtitleError, OSError):  # the audit says what is wrong with the file
        return 0, 0
    return len(old), Levenshtein.distance(old, new)


def _text(path: Path) -> str:
    return "".join(cue.text.replace("\n", "") for cue in read(path))
