"""What the board shows: everything there is, filtered, in pages; and what waits for one person."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from desk import labels
from desk.web.event_stream import ledger_mark
from desk.web.views.decision import address_of
from pipeline.i18n import _, language
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import PersonRow
from pipeline.review.deputies import Deputy, deputies
from pipeline.stage import Role, Subject
from pipeline.tracking.pending_actions import PendingAction, pending_actions
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageSummary, Status

__all__ = [
    "BoardFilter", "BoardView", "BoardViewCache", "Group", "Page", "Row", "action_address",
    "task_address", "task_label",
]  # fmt: skip

_ROWS = 60  # on a page


@dataclass(frozen=True)
class Row:
    """An interviewee or an episode. `action` is what waits for people, if anything does."""

    slug: str
    states: tuple[StageSummary, ...]
    action: PendingAction | None

    @property
    def subject(self) -> Subject:
        """Return who or what it is."""
        return self.states[0].subject

    @property
    def finished(self) -> bool:
        """Tell whether nothing is left to do."""
        return all(state.passed for state in self.states)

    @property
    def ready_stage(self) -> StageSummary | None:
        """Return what the machine is to do next, where nobody has to act first."""
        return next((s for s in self.states if s.status is Status.READY), None)

    @property
    def stage_number(self) -> int:
        """Return the stage at which it stands, 0 when it is finished."""
        at = self.action.state if self.action else self.ready_stage
        return at.stage.number if at else 0


@dataclass(frozen=True)
class Group:
    """An interviewee with those of their episodes that the filter leaves."""

    interviewee: Row
    episodes: tuple[Row, ...]
    episode_count: int = 0
    finished: int = 0


@dataclass(frozen=True)
class BoardFilter:
    """What somebody wants to see; empty fields ask for nothing."""

    q: str = ""
    interviewee: str = ""
    field: str = ""
    phase: int = 0
    stage: int = 0
    person: str = ""
    late: bool = False

    @property
    def is_active(self) -> bool:
        """Tell whether it leaves anything out."""
        return self != BoardFilter()

    def matches_interviewee(self, interviewee: Row) -> bool:
        """Tell whether an interviewee can match at all."""
        subject = interviewee.subject
        return (
            (not self.field or subject.field == self.field)
            and (not self.phase or subject.phase == self.phase)
            and self.interviewee in ("", interviewee.slug, subject.interviewee)
        )

    def matches(self, row: Row) -> bool:
        """Tell whether a row matches."""
        action = row.action
        if self.q and self.q.casefold() not in _searchable_text(row):
            return False
        if self.stage and row.stage_number != self.stage:
            return False
        people = (*action.people, *action.confirming) if action is not None else ()
        if self.person and self.person not in people:
            return False
        return not self.late or (action is not None and action.late)


@dataclass(frozen=True)
class Page:
    """A part of the board: groups that hold about as many rows as one can look through."""

    groups: tuple[Group, ...]
    number: int
    page_count: int
    episode_count: int


@dataclass(frozen=True)
class BoardView:
    """All there is at one moment, as `mark` names it."""

    mark: str
    groups: tuple[Group, ...]
    actions: tuple[PendingAction, ...]
    deputies: tuple[Deputy, ...]

    @property
    def episodes(self) -> int:
        """Count the episodes."""
        return sum(group.episode_count for group in self.groups)

    def page(self, board_filter: BoardFilter, number: int) -> Page:
        """Return the page of the filtered board with this number, from 1."""
        filtered = (_filter_group(group, board_filter) for group in self.groups)
        found = [group for group in filtered if group is not None]
        pages = list(_pages(found))
        number = min(max(number, 1), max(len(pages), 1))
        shown = tuple(pages[number - 1]) if pages else ()
        return Page(shown, number, len(pages), sum(len(g.episodes) for g in found))

    def actions_of(self, people: Sequence[PersonRow], name: str) -> list[PendingAction]:
        """Return what waits for this person, also as somebody's deputy; the longest due first."""
        now = now_ms()
        away = {
            d.person for d in self.deputies if d.deputy == name and d.from_ms <= now < d.until_ms
        }
        active = {person.name for person in people}
        givers = away & active if name in active else set()
        return [
            action
            for action in self.actions
            if name in (*action.people, *action.confirming)
            or (givers & set(action.people) and name not in action.state.signers)
        ]


class BoardViewCache:
    """Keeps the board as it was last looked at, while nothing has been recorded since."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self._cached: dict[str, tuple[object, BoardView]] = {}
        self._lock = threading.Lock()

    def current(self) -> BoardView:
        """Return the board as it is now."""
        found = ledger_mark(self._production)
        key = (found, self._production.today())
        cached = self._cached.get(language())
        if cached is None or cached[0] != key:
            with self._lock:  # who comes meanwhile takes what was found
                cached = self._cached.get(language())
                if cached is None or cached[0] != key:
                    cached = self._cached[language()] = (key, _build_view(self._production, found))
        return cached[1]


def _build_view(production: Production, found: str) -> BoardView:
    board = production.summaries()
    actions = pending_actions(production, board=board)
    next_actions: dict[str, PendingAction] = {}
    for action in sorted(actions, key=lambda t: t.state.stage.number):
        next_actions.setdefault(action.state.subject.slug, action)
    rows = [Row(slug, tuple(states), next_actions.get(slug)) for slug, states in board.items()]
    groups = []
    for _name, some in groupby(rows, key=lambda row: row.slug.partition("/")[0]):
        interviewee, *episodes = some
        done = sum(row.finished for row in episodes)
        groups.append(Group(interviewee, tuple(episodes), len(episodes), done))
    with production.ledger.read() as session:
        away = tuple(deputies(session))
    return BoardView(found, tuple(groups), tuple(actions), away)


def _filter_group(group: Group, board_filter: BoardFilter) -> Group | None:
    if not board_filter.matches_interviewee(group.interviewee):
        return None
    if not board_filter.is_active:
        return group
    episodes = tuple(row for row in group.episodes if board_filter.matches(row))
    if not episodes and not board_filter.matches(group.interviewee):
        return None
    return replace(group, episodes=episodes)


def _pages(groups: Sequence[Group]) -> Iterable[list[Group]]:
    page: list[Group] = []
    rows = 0
    for group in groups:
        if page and rows + 1 + len(group.episodes) > _ROWS:
            yield page
            page, rows = [], 0
        page.append(group)
        rows += 1 + len(group.episodes)
    if page:
        yield page


def _searchable_text(row: Row) -> str:
    subject = row.subject
    return f"{row.slug} {subject.interviewee} {subject.title}".casefold()


def action_address(state: StageSummary) -> str:
    """Return the address of the page where whoever is next acts."""
    page, number = address_of(state.subject.slug), state.stage.number
    if state.status is Status.DEPOSIT:
        return f"/deposit/{state.subject.slug}"
    if state.status is Status.GATE and state.stage.page:
        return f"{page}/{state.stage.page}/{number}"
    return f"{page}#stage-{number}"


def task_address(state: StageSummary) -> str:
    """Return the address where somebody's task is done: a paper is confirmed beside the stage."""
    if state.registered_by:
        return f"{address_of(state.subject.slug)}#stage-{state.stage.number}"
    return action_address(state)


def task_label(state: StageSummary) -> str:
    """Say what whoever is next has to do."""
    if (
        state.status is Status.GATE
        and state.stage.signed_by is Role.INTERVIEWEE
        and not state.registered_by
    ):
        return _("the interviewee checks and signs")
    return labels.task_label(state)
