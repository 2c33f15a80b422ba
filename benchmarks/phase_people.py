"""The people of benchmarks/phase.py: they deposit and sign the moment it is their turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desk.demo.sample_interview import (
    CONSENT_TERMS,
    CONTACT_RECORD,
    filmed_interview,
    scanned_consent,
)
from pipeline.errors import BusyError, NotReadyError, StaleBaseError
from pipeline.kinds import KINDS
from pipeline.media.ffmpeg import probe
from pipeline.review.signoff import approve
from pipeline.stage import AnyStage, Role
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.scheduling.requests import ledger_version
from pipeline.workflow.stage_state import StageState, Status, is_released

__all__ = ["Crew", "hired"]

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫"
_EPISODE_MS = 6_000
_FILM = "interview.mp4"
_STALL_S = 1800.0


@dataclass(frozen=True)
class Crew:
    """Everybody, with the material they bring. `interviewees` are slugs."""

    production: Production
    folder: Path
    interviewees: dict[str, str]
    episodes: dict[str, int]

    def play(self, say: Callable[[int], None]) -> None:
        """Act until every episode is released. Raises RuntimeError when nothing moves any more."""
        seen, reported, moved = None, -1, time.monotonic()
        while True:
            now = ledger_version(self.production)
            if now == seen:
                if time.monotonic() - moved > _STALL_S:
                    raise RuntimeError("nothing moves any more")
                time.sleep(0.1)
                continue
            seen, moved = now, time.monotonic()
            board = self.production.board()
            for states in board.values():
                self._act(states)
            done = sum(is_released(s) for slug, s in board.items() if "/" in slug)
            if done != reported:
                reported = done
                say(done)
            if done == sum(self.episodes.values()):
                return

    def _act(self, states: Sequence[StageState]) -> None:
        for state in states:
            if state.status is Status.FAILED:
                raise RuntimeError(f"{state.subject.slug} {state.stage.slug}: {state.reason}")
            try:
                if state.status is Status.DEPOSIT:
                    self._bring(state)
                elif state.status is Status.GATE:
                    self._sign(state)
            except (
                BusyError,
                NotReadyError,
                StaleBaseError,
            ):  # the state has changed; it is tried again
                continue

    def _bring(self, state: StageState) -> None:
        slug = state.subject.slug.partition("/")[0]
        name, number = self.interviewees[slug], state.stage.number
        if number == 1:
            self._text(slug, "contact_record", CONTACT_RECORD.replace("王桂兰", name))
            self._text(slug, "consent_terms", CONSENT_TERMS.replace("王桂兰", name))
            form = self.folder / "consent.png"
            self._deposit(slug, "consent_form", form)
        elif number == 3:
            self._deposit(slug, "camera_originals", self.folder / _FILM)
        elif number == 4:
            self._text(slug, "edit_list", self._cuts(self.episodes[slug]))

    def _cuts(self, episodes: int) -> str:
        """Cut so many episodes of six seconds out of the film, evenly spread."""
        room = probe(self.folder / _FILM).duration_ms - _EPISODE_MS - 200
        starts = [room * n // max(1, episodes - 1) for n in range(episodes)]
        rows = [
            f"{n},{_FILM},{start / 1000:.3f},{(start + _EPISODE_MS) / 1000:.3f}"
            for n, start in enumerate(starts, start=1)
        ]
        return "\n".join(["episode,source,in,out", *rows, ""])

    def _sign(self, state: StageState) -> None:
        slug, role = state.subject.slug, state.stage.signed_by
        assert role is not None
        person = role.value
        if role is Role.INTERVIEWEE:
            person = self.interviewees[slug.partition("/")[0]]
        approve(self.production, slug, state.stage, person, seen=state.signs)

    def _text(self, slug: str, kind: str, text: str) -> None:
        path = self.folder / f"{slug}-{kind}{KINDS[kind].suffixes[0]}"
        path.write_text(text, "utf-8")
        self._deposit(slug, kind, path)

    def _deposit(self, slug: str, kind: str, path: Path) -> None:
        deposit(self.production, slug, KINDS[kind], path, Role.PRODUCER.value)


def hired(
    folder: Path, interviewees: int, episodes: int, stages: tuple[AnyStage, ...]
) -> tuple[Production, Crew]:
    """Make a home with everybody in it, and film what all are to have said."""
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("[flows]\nport = 0\n[desk]\nport = 0\n", "utf-8")
    production = create_home(folder, stages)
    for role in Role:
        if role is not Role.INTERVIEWEE:
            add_person(production, role.value, [role])
    names, shares = {}, {}
    for n in range(interviewees):
        slug = f"guest-{n + 1:02d}"
        names[slug] = f"{_SURNAMES[n % len(_SURNAMES)]}演示{n + 1}"
        shares[slug] = episodes // interviewees + (n < episodes % interviewees)
        add_interviewee(production, slug, names[slug], field="culture")
        for number in range(1, shares[slug] + 1):
            add_episode(production, slug, f"第{number}集")
    material = folder.parent / "material"
    material.mkdir()
    filmed_interview(material / _FILM)
    scanned_consent(material / "consent.png")
    return production, Crew(production, material, names, shares)
