"""The states of every stage of every subject, derived again only where something was recorded.

Rows of the ledger are only added, so the cache reads the rows after the last ones it knows and
derives the subjects they belong to again (with an interviewee, also the episodes). On another day
it also derives those for whom consent gives another answer. The cache is never the truth: without
it the result is the same, only later. It is dropped when a setting, a stage or the reader's
language changes, and when the ledger is another one, as after a backup was restored.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.i18n import language
from pipeline.repository.ledger import Ledger
from pipeline.repository.records import load_all_records
from pipeline.repository.store import Store
from pipeline.repository.tables import DepositRow, FailureRow, RunRow, SignOffRow, SubjectRow
from pipeline.settings import Settings
from pipeline.stage import AnyStage
from pipeline.workflow.stage_state import StageState, StageSummary
from pipeline.workflow.status import ConsentCheck, StatusResolver, derive_status, field_arities

__all__ = ["BoardCache", "BoardSnapshot", "BoardSource", "Columns", "columns"]

log = logging.getLogger("chifeng.board")

_ADDED = {
    "deposit": (DepositRow.id, DepositRow.subject_id, DepositRow.at_ms),
    "run": (RunRow.id, RunRow.subject_id, RunRow.finished_ms),
    "signoff": (SignOffRow.id, SignOffRow.subject_id, SignOffRow.at_ms),
    "failure": (FailureRow.id, FailureRow.subject_id, FailureRow.at_ms),
}
"""The tables a state depends on, besides the table of subjects, whose rows may change."""

_SUBJECTS_AT_ONCE = 300
_FORMAT = 3
"""To be raised when the same rows give other states than before."""

RowMarks = dict[str, tuple[int, int]]
"""For each table the number and the time of the last row read."""

Columns = tuple[Any, ...]
"""A subject's row, in the order of its table's columns."""

ConsentAnswers = dict[str, str | None]
"""Why consent forbids work, or None, by the interviewee file's path in the home."""

State = TypeVar("State", bound=StageSummary)


class BoardSource(Protocol):
    """The part of a production that a board is derived from."""

    @property
    def folder(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def store(self) -> Store: ...
    @property
    def stages(self) -> tuple[AnyStage, ...]: ...
    def today(self) -> date: ...
    def consent_check(self) -> ConsentCheck: ...


@dataclass
class BoardSnapshot(Generic[State]):
    """The states of all subjects, and what they were derived from."""

    context: str = ""
    marks: RowMarks = field(default_factory=dict)
    day: str = ""
    rows: dict[int, Columns] = field(default_factory=dict)
    answers: dict[int, ConsentAnswers] = field(default_factory=dict)
    states: dict[int, list[State]] = field(default_factory=dict)


class BoardCache(Generic[State]):
    """Keeps the board within one process. Threads may share one."""

    def __init__(self) -> None:
        self._snapshot: BoardSnapshot[State] = BoardSnapshot()
        self._lock = threading.Lock()

    def refresh(self, production: BoardSource) -> dict[str, list[State]]:
        """Return the states of every stage of every subject, by slug, in order."""
        context = _context(production.settings, production.stages)
        with self._lock, production.ledger.read() as session:
            rows = _subject_rows(session)
            old = self._snapshot
            if old.context != context:
                old = self._load(production, context, rows)
            marks, changed = _changed_subjects(session, old.marks)
            consent = _Consent(production)
            stale = _stale(rows, old, changed, consent)
            fresh = dict(_derive(session, production, rows, stale, consent))
            new: BoardSnapshot[State] = BoardSnapshot(context, marks, str(production.today()))
            for row in rows:
                new.rows[row.id] = columns(row)
                if row.id in fresh:
                    states, new.answers[row.id] = fresh[row.id]
                    new.states[row.id] = self._convert(states)
                else:
                    new.answers[row.id] = old.answers[row.id]
                    new.states[row.id] = old.states[row.id]
            self._snapshot = new
            self._save(production, new, len(fresh))
            return {row.slug: new.states[row.id] for row in rows}

    def _load(
        self, production: BoardSource, context: str, rows: Sequence[SubjectRow]
    ) -> BoardSnapshot[State]:
        """Return a snapshot for this context from elsewhere, here an empty one."""
        del production, context, rows  # read in file.py
        return BoardSnapshot()

    def _convert(self, states: list[StageState]) -> list[State]:
        return cast("list[State]", states)

    def _save(self, production: BoardSource, snapshot: BoardSnapshot[State], derived: int) -> None:
        """Keep the snapshot elsewhere; `derived` subjects in it are new. Here it is not kept."""


def columns(row: SubjectRow) -> Columns:
    """Return a subject's row as plain values."""
    return tuple(cast("tuple[Any, ...]", row))


def _context(settings: Settings, stages: Sequence[AnyStage]) -> str:
    """Return a digest of all that the states depend on besides the ledger."""
    material = [
        _FORMAT,
        settings.digest(tuple(type(settings).model_fields)),
        [
            [s.slug, s.version, s.scope, s.signed_by, s.settings, s.signs, s.needs_consent,
             list(field_arities(s.needs).items()), list(field_arities(s.makes))]
            for s in stages
        ],
        language(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(material).encode()).hexdigest()


def _subject_rows(session: Session) -> list[SubjectRow]:
    """Return every interviewee, each followed by their episodes, as plain rows."""
    rows = session.execute(select(*SubjectRow.__table__.columns)).all()
    return cast("list[SubjectRow]", sorted(rows, key=lambda row: row.slug.split("/")))


def _changed_subjects(session: Session, old: RowMarks) -> tuple[RowMarks, set[int] | None]:
    """Return new marks and the subjects with rows after the old ones; None for all subjects."""
    marks: RowMarks = {}
    changed: set[int] | None = set() if old else None
    for table, (id_, subject_id, at_ms) in _ADDED.items():
        last = session.execute(select(id_, at_ms).order_by(id_.desc()).limit(1)).first()
        marks[table] = (last[0], last[1]) if last else (0, 0)
        before, before_ms = old.get(table, (0, 0))
        if changed is None or marks[table] == (before, before_ms):
            continue
        if before and session.scalar(select(at_ms).where(id_ == before)) != before_ms:
            changed = None  # another ledger: a backup was restored
        else:
            changed.update(session.scalars(select(subject_id).where(id_ > before).distinct()))
    return marks, changed


class _Consent:
    """A check of consent today that keeps its answers."""

    def __init__(self, production: BoardSource) -> None:
        self.today = str(production.today())
        self.answers: ConsentAnswers = {}
        self._folder = production.folder
        self._check = production.consent_check()

    def __call__(self, file: Path) -> str | None:
        """Return why consent forbids work, or None."""
        answer = self.answers[file.relative_to(self._folder).as_posix()] = self._check(file)
        return answer

    def take_answers(self) -> ConsentAnswers:
        """Return the answers given since the last call."""
        answers, self.answers = self.answers, {}
        return answers

    def differs(self, answers: ConsentAnswers) -> bool:
        """Tell whether any answer is another one today."""
        return any(self._check(self._folder / file) != answer for file, answer in answers.items())


def _stale(
    rows: Iterable[SubjectRow], old: BoardSnapshot[Any], changed: set[int] | None, consent: _Consent
) -> set[int]:
    """Return the ids of the subjects that must be derived again."""
    if changed is None:
        return {row.id for row in rows}
    own = {r.id for r in rows if r.id in changed or old.rows.get(r.id) != columns(r)}
    if old.day != consent.today:
        own |= {id_ for id_, answers in old.answers.items() if consent.differs(answers)}
    return own | {row.id for row in rows if row.parent_id in own}


def _derive(
    session: Session,
    production: BoardSource,
    rows: Sequence[SubjectRow],
    stale: set[int],
    consent: _Consent,
) -> Iterator[tuple[int, tuple[list[StageState], ConsentAnswers]]]:
    shared: dict[int, StatusResolver] = {}
    wanted = [row for row in rows if row.id in stale]
    for start in range(0, len(wanted), _SUBJECTS_AT_ONCE):
        some = wanted[start : start + _SUBJECTS_AT_ONCE]
        ids = {row.id for row in some} | {row.parent_id for row in some} - {None}
        found = session.scalars(select(SubjectRow).where(SubjectRow.id.in_(ids))).all()
        records = load_all_records(session, found)
        for row in some:
            parent = records[row.parent_id] if row.parent_id is not None else None
            states = derive_status(
                production.stages, records[row.id], parent, production.settings, production.store,
                consent, shared,
            )  # fmt: skip
            log.debug("derived %s", row.slug)
            yield row.id, (states, consent.take_answers())
        session.expunge_all()  # else every row stays in memory until the end
        shared.clear()
