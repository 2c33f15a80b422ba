"""What a weekly report says, as plain values: the same for the same ledger and the same days.

A week that is over is told as it stood at its end, whenever the report is made: of the ledger only
the rows written by then are looked at. The present one is told as of the end of `today`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import _, use_language
from pipeline.repository.records import SubjectRecords, every_subject, load_all_records
from pipeline.repository.tables import DepositRow, FailureRow, RunRow, SignOffRow
from pipeline.stage import Role, Subject
from pipeline.tracking.metrics import Metrics, compute_metrics
from pipeline.tracking.pending_actions import PendingAction, pending_actions
from pipeline.workflow.executor import explain
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status
from pipeline.workflow.status import derive_status

__all__ = ["DAY_MS", "Line", "Progress", "Total", "Week", "name_of", "week_of"]

DAY_MS = 86_400_000
_WEEKS = 8

_Row = TypeVar("_Row", DepositRow, RunRow, SignOffRow, FailureRow)


@dataclass(frozen=True)
class Line:
    """Something that happened or is to be done: whose, which stage, who, when, what.

    `days` is how many days it is late, or until it is due.
    """

    subject: str
    stage: str
    people: str
    day: date
    what: str = ""
    days: int = 0


@dataclass(frozen=True)
class Progress:
    """How far one stage is, over all subjects that have it: how many are there, passed, open with
    somebody. The figures are of all time; None where nothing was decided yet."""

    stage: str
    of: int
    passed: int
    open: int
    right_at_once: float | None
    waiting_days: float | None
    sent_back: int


@dataclass(frozen=True)
class Total:
    """The sums of a field or a phase, or of everything."""

    name: str
    interviewees: int
    episodes: int
    released: int
    late: int


@dataclass(frozen=True)
class Week:
    """A report: from `first` to `last` day, as things stood at the end of `as_of`.

    `signed` counts the stages signed in each of the last weeks, oldest first, by their Monday.
    """

    production: str
    first: date
    last: date
    as_of: date
    finished: tuple[Line, ...]
    released: tuple[Line, ...]
    sent_back: tuple[Line, ...]
    late: tuple[Line, ...]
    planned: tuple[Line, ...]
    stages: tuple[Progress, ...]
    fields: tuple[Total, ...]
    phases: tuple[Total, ...]
    total: Total
    signed: tuple[tuple[date, int], ...]


def week_of(production: Production, day: date, today: date) -> Week:
    """Gather the report of the week that the day is in; weeks begin on Monday."""
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    as_of = min(last, max(today, first))
    with use_language("zh"):  # who makes it does not matter
        return _gathered(production, first, last, as_of)


def _gathered(production: Production, first: date, last: date, as_of: date) -> Week:
    end_ms = _ms(as_of + timedelta(days=1))
    facts = _until(production, end_ms)
    board = _board(production, facts, as_of)
    turns = pending_actions(production, board=board)
    late_ms, next_ms = _ms(as_of), end_ms + 7 * DAY_MS  # what is due today is not late
    late = tuple(_turn(turn, as_of) for turn in turns if turn.due_ms < late_ms)
    planned = tuple(_turn(turn, as_of) for turn in turns if late_ms <= turn.due_ms < next_ms)
    finished = tuple(_finished(board, _ms(first), end_ms))
    slugs = {turn.state.subject.slug for turn in turns if turn.due_ms < late_ms}
    subjects = [states[0].subject for states in board.values() if states]
    done = {slug for slug, states in board.items() if _is_released(states)}
    totals = _Totals(subjects, done, slugs)
    closing = production.stages[-1].title
    return Week(
        production.settings.project.name, first, last, as_of,
        finished, tuple(line for line in finished if line.stage.endswith(closing)),
        tuple(_sent_back(production, facts, _ms(first), end_ms)), late, planned,
        tuple(_progress(production, board, compute_metrics(production, facts))),
        tuple(sorted(totals.by(lambda s: _(s.field)), key=lambda t: -t.episodes)),
        tuple(totals.by(lambda s: f"第 {s.phase} 期")),
        totals.of("合计", subjects), tuple(_signed(facts, first)),
    )  # fmt: skip


def _ms(day: date) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA_TIME)
    return int(midnight.timestamp() * 1000)


def _day(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, CHINA_TIME).date()


def _until(production: Production, end_ms: int) -> dict[int, SubjectRecords]:
    """Return everything recorded before a moment."""
    with production.ledger.read() as session:
        everything = load_all_records(session, every_subject(session))
    return {
        id_: replace(
            facts, deposits=_before(facts.deposits, end_ms),
            signoffs=_before(facts.signoffs, end_ms), failures=_before(facts.failures, end_ms),
            runs=tuple(run for run in facts.runs if run.finished_ms < end_ms),
        )
        for id_, facts in everything.items()
        if facts.at_ms < end_ms
    }  # fmt: skip


def _before(rows: Sequence[_Row], end_ms: int) -> tuple[_Row, ...]:
    return tuple(row for row in rows if getattr(row, "at_ms", 0) < end_ms)


def _board(
    production: Production, facts: Mapping[int, SubjectRecords], day: date
) -> dict[str, list[StageState]]:
    check = production.consent_check(day)
    return {
        own.subject.slug: derive_status(
            production.stages, own, facts.get(own.parent_id) if own.parent_id else None,
            production.settings, production.store, check,
        )
        for own in facts.values()
    }  # fmt: skip


def _is_released(states: Sequence[StageState]) -> bool:
    return bool(states) and states[0].subject.number > 0 and all(s.passed for s in states)


def name_of(subject: Subject) -> str:
    """Name an interviewee or an episode as the crew does."""
    if not subject.number:
        return subject.interviewee
    return f"{subject.interviewee} · {subject.number:02d} {subject.title}"


def _finished(
    board: Mapping[str, Sequence[StageState]], start_ms: int, end_ms: int
) -> Iterator[Line]:
    """Yield what was signed and still counts, in the order of the board."""
    for states in board.values():
        for state in states:
            approval = state.approval
            if approval is not None and start_ms <= approval.at_ms < end_ms:
                people = "、".join(dict.fromkeys(each.person for each in state.approvals))
                day = _day(approval.at_ms)
                yield Line(name_of(state.subject), state.stage.task_name, people, day)


def _sent_back(
    production: Production, facts: Mapping[int, SubjectRecords], start_ms: int, end_ms: int
) -> Iterator[Line]:
    for own in facts.values():
        for row in own.signoffs:
            if row.action == "send_back" and start_ms <= row.at_ms < end_ms:
                stage = production.stage(row.stage).task_name
                yield Line(name_of(own.subject), stage, row.person, _day(row.at_ms), row.reason)


def _turn(turn: PendingAction, as_of: date) -> Line:
    state = turn.state
    people = "、".join(turn.people) or "、".join(Role(role).label for role in turn.roles)
    what = (
        "待签字"
        if turn.status is Status.GATE
        else explain(state).removeprefix(state.stage.label).strip(" 。")
    )
    due = _day(turn.due_ms)
    days = abs((due - as_of).days)
    return Line(name_of(state.subject), state.stage.task_name, people, due, what, days)


def _progress(
    production: Production, board: Mapping[str, Sequence[StageState]], counted: Metrics
) -> Iterator[Progress]:
    for stage in production.stages:
        states = [s for all_ in board.values() for s in all_ if s.stage is stage]
        sums = counted.stages.get(stage.slug)
        yield Progress(
            stage.task_name, len(states), sum(s.passed for s in states),
            sum(s.status not in (Status.DONE, Status.WAITS) for s in states),
            sums.first_pass_yield if sums else None,
            sums.waiting_ms / sums.waits / DAY_MS if sums and sums.waits else None,
            sums.send_backs if sums else 0,
        )  # fmt: skip


class _Totals:
    """Counts subjects by what is said of them."""

    def __init__(self, subjects: Sequence[Subject], released: set[str], late: set[str]) -> None:
        self._subjects = subjects
        self._released = released
        self._late = late

    def by(self, said: Callable[[Subject], str]) -> Iterator[Total]:
        """Yield the totals of all that the same is said of, sorted by that."""
        groups: dict[str, list[Subject]] = {}
        for subject in self._subjects:
            groups.setdefault(said(subject), []).append(subject)
        yield from (self.of(name, groups[name]) for name in sorted(groups))

    def of(self, name: str, subjects: Sequence[Subject]) -> Total:
        """Return the totals of these."""
        slugs = {subject.slug for subject in subjects}
        episodes = [subject for subject in subjects if subject.number]
        return Total(
            name, len(subjects) - len(episodes), len(episodes), len(slugs & self._released),
            len(slugs & self._late),
        )  # fmt: skip


def _signed(facts: Mapping[int, SubjectRecords], first: date) -> Iterator[tuple[date, int]]:
    """Count what was signed in each of the last weeks, whatever became of it."""
    rows = [row.at_ms for own in facts.values() for row in own.signoffs if row.action == "approve"]
    for n in range(_WEEKS - 1, -1, -1):
        monday = first - timedelta(weeks=n)
        start, end = _ms(monday), _ms(monday + timedelta(weeks=1))
        yield monday, sum(start <= at < end for at in rows)
