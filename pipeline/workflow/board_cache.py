"""Where everything stands, looked at again only where something happened.

The ledger's rows are only ever added, so what is new since the last look are the rows after the
last one seen, and only their subjects (with an interviewee, also the episodes) are surveyed again;
on another day also those of whose consent something else is to be said. What is remembered is
never the truth: whoever forgets it gets the same answer, only later. It is forgotten when a
setting, a stage or the reader's language changes, and when the ledger is not the one it was, as
after restoring a backup.
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
"""The tables a survey rests on; with the subjects' own, which may be changed."""

_TOGETHER = 300
_FORMAT = 1
"""Raise it when a survey of the same rows comes to give something else."""

RowMarks = dict[str, tuple[int, int]]
"""For each table the number and the time of the last row seen."""

Columns = tuple[Any, ...]
"""A subject's row, in the order of its table's columns."""

Answers = dict[str, str | None]
"""What consent said of interviewee files, by their place in the home."""

Shown = TypeVar("Shown", bound=StageSummary)


class BoardSource(Protocol):
    """What a board must know of the production it watches."""

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
class BoardSnapshot(Generic[Shown]):
    """What the last look found, and what it rests on."""

    context: str = ""
    marks: RowMarks = field(default_factory=dict)
    day: str = ""
    rows: dict[int, Columns] = field(default_factory=dict)
    asked: dict[int, Answers] = field(default_factory=dict)
    shown: dict[int, list[Shown]] = field(default_factory=dict)


class BoardCache(Generic[Shown]):
    """Remembers what it saw, within one process. Threads may share one."""

    def __init__(self) -> None:
        self._memory: BoardSnapshot[Shown] = BoardSnapshot()
        self._looking = threading.Lock()

    def look(self, production: BoardSource) -> dict[str, list[Shown]]:
        """Return where every stage of every subject stands, by slug, in order."""
        context = _context(production.settings, production.stages)
        with self._looking, production.ledger.read() as session:
            rows = _subject_rows(session)
            old = self._memory
            if old.context != context:
                old = self._recalled(production, context, rows)
            marks, touched = _news(session, old.marks)
            consent = _Consent(production)
            stale = _stale(rows, old, touched, consent)
            fresh = dict(_surveyed(session, production, rows, stale, consent))
            new: BoardSnapshot[Shown] = BoardSnapshot(context, marks, str(production.today()))
            for row in rows:
                again = fresh.get(row.id)
                new.rows[row.id] = columns(row)
                new.asked[row.id] = again[1] if again else old.asked[row.id]
                new.shown[row.id] = self._keep(again[0]) if again else old.shown[row.id]
            self._memory = new
            self._looked(production, new, len(fresh))
            return {row.slug: new.shown[row.id] for row in rows}

    def _recalled(
        self,
        production: BoardSource,
        context: str,
        rows: Sequence[SubjectRow],
    ) -> BoardSnapshot[Shown]:
        """Return what was remembered elsewhere for this context; here nothing is."""
        del production, context, rows  # a glance asks for them (glances.py)
        return BoardSnapshot()

    def _keep(self, states: list[StageState]) -> list[Shown]:
        return cast("list[Shown]", states)

    def _looked(self, production: BoardSource, memory: BoardSnapshot[Shown], again: int) -> None:
        """Hear that so many subjects were surveyed again."""


def columns(row: SubjectRow) -> Columns:
    """Return a subject's row as plain values."""
    return tuple(cast("tuple[Any, ...]", row))


def _context(settings: Settings, stages: Sequence[AnyStage]) -> str:
    """Return a digest of all that a survey rests on besides the ledger."""
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


def _news(session: Session, seen: RowMarks) -> tuple[RowMarks, set[int] | None]:
    """Return new marks, and whose rows came since the old ones; None where that cannot be said."""
    marks: RowMarks = {}
    touched: set[int] | None = set() if seen else None
    for table, (id_, subject_id, at_ms) in _ADDED.items():
        last = session.execute(select(id_, at_ms).order_by(id_.desc()).limit(1)).first()
        marks[table] = (last[0], last[1]) if last else (0, 0)
        before, before_ms = seen.get(table, (0, 0))
        if touched is None or marks[table] == (before, before_ms):
            continue
        if before and session.scalar(select(at_ms).where(id_ == before)) != before_ms:
            touched = None  # another ledger: a backup was restored
        else:
            touched.update(session.scalars(select(subject_id).where(id_ > before).distinct()))
    return marks, touched


class _Consent:
    """Asks about consent today, and notes what was asked."""

    def __init__(self, production: BoardSource) -> None:
        self.today = str(production.today())
        self.answers: Answers = {}
        self._folder = production.folder
        self._look = production.consent_check()

    def __call__(self, file: Path) -> str | None:
        """Return why consent forbids to go on, or None."""
        answer = self.answers[file.relative_to(self._folder).as_posix()] = self._look(file)
        return answer

    def take_answers(self) -> Answers:
        """Return what was asked since the last time."""
        answers, self.answers = self.answers, {}
        return answers

    def differs(self, answers: Answers) -> bool:
        """Tell whether any answer is another one today."""
        return any(self._look(self._folder / file) != answer for file, answer in answers.items())


def _stale(
    rows: Iterable[SubjectRow], old: BoardSnapshot[Any], touched: set[int] | None, consent: _Consent
) -> set[int]:
    """Return which subjects must be surveyed again."""
    if touched is None:
        return {row.id for row in rows}
    own = {r.id for r in rows if r.id in touched or old.rows.get(r.id) != columns(r)}
    if old.day != consent.today:
        own |= {id_ for id_, answers in old.asked.items() if consent.differs(answers)}
    return own | {row.id for row in rows if row.parent_id in own}


def _surveyed(
    session: Session,
    production: BoardSource,
    rows: Sequence[SubjectRow],
    stale: set[int],
    consent: _Consent,
) -> Iterator[tuple[int, tuple[list[StageState], Answers]]]:
    begun: dict[int, StatusResolver] = {}
    for some in _portions([row for row in rows if row.id in stale]):
        wanted = {row.id for row in some} | {row.parent_id for row in some} - {None}
        found = session.scalars(select(SubjectRow).where(SubjectRow.id.in_(wanted))).all()
        facts = load_all_records(session, found)
        for row in some:
            parent = facts[row.parent_id] if row.parent_id is not None else None
            states = derive_status(
                production.stages, facts[row.id], parent, production.settings, production.store,
                consent, begun,
            )  # fmt: skip
            log.debug("derived %s", row.slug)
            yield row.id, (states, consent.take_answers())
        session.expunge_all()  # else everything stays in memory until the end
        begun.clear()


def _portions(rows: Sequence[SubjectRow]) -> Iterator[Sequence[SubjectRow]]:
    for start in range(0, len(rows), _TOGETHER):
        yield rows[start : start + _TOGETHER]
