"""Run the demonstration: bring the production up, trigger the flow, let everybody play."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desk.demo.actors import CREW, EPISODES, INTERVIEWEE, Crew
from desk.demo.sample_interview import filmed_interview
from flows.client import produce
from flows.server.up import started
from pipeline.delivery.release import release
from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person, subjects
from pipeline.workflow.stage_state import is_released
from pipeline.workflow.status import StageState, Status
from stages import STAGES

__all__ = ["DemoResult", "demonstrate"]

_STALL_S = 900.0


@dataclass(frozen=True)
class DemoResult:
    """What came of it: where every stage stands, and the folder of each released episode."""

    production: Production
    board: dict[str, list[StageState]]
    released: dict[str, Path]
    prefect: str


def demonstrate(home: Path, recording: Path | None, say: Callable[[str], None]) -> DemoResult:
    """Take a sample interview, or the given recording, to two released episodes.

    Interrupted and started again, it goes on where it stopped. Raises ToolFailed when a stage
    fails or nothing moves any more.
    """
    production = create_home(home, STAGES)
    material = home / "demo"
    material.mkdir(exist_ok=True)
    film = recording or material / "interview.mp4"
    if not film.exists():
        say(_("A sample interview is filmed: {path}").format(path=film))
        filmed_interview(film)
    _register(production)
    play = Crew(production, film, material, say)
    prefect = ""
    if not _all_released(production.board()):
        with started(production) as running:
            prefect = running.prefect
            say(_("The directors' view: {url}").format(url=prefect))
            produce(production, INTERVIEWEE[0])
            _act_until_released(play)
    board = production.board()
    folders = {slug: release(production, slug) for slug in board if "/" in slug}
    return DemoResult(production, board, folders, prefect)


def _register(production: Production) -> None:
    for name, role in CREW.items():
        add_person(production, name, [role])
    if not subjects(production):
        slug, name = INTERVIEWEE
        add_interviewee(production, slug, name, field="culture")
    for title in EPISODES[len(subjects(production)) - 1 :]:
        add_episode(production, INTERVIEWEE[0], title)


def _act_until_released(play: Crew) -> None:
    """Let people act until both episodes are released."""
    seen: object = None
    deadline = time.monotonic() + _STALL_S
    while not _all_released(board := play.production.board()):
        states = [state for states in board.values() for state in states]
        now = [(s.subject.slug, s.stage.slug, s.status, s.key) for s in states]
        if now != seen:
            seen, deadline = now, time.monotonic() + _STALL_S
        failed = next((s for s in states if s.status is Status.FAILED), None)
        if failed is not None or time.monotonic() > deadline:
            raise ToolFailed(
                _("The demonstration came to a stop: {why}").format(
                    why=failed.reason if failed else _("nothing moves any more.")
                ),
                remedy=_("The logs are in {folder}.").format(
                    folder=play.production.folder / "logs"
                ),
            )
        turn = next((s for s in states if s.status in (Status.GATE, Status.DEPOSIT)), None)
        if turn is not None:
            play.act(turn)
        else:
            time.sleep(0.2)


def _all_released(board: dict[str, list[StageState]]) -> bool:
    episodes = [states for slug, states in board.items() if "/" in slug]
    return bool(episodes) and all(is_released(states) for states in episodes)
