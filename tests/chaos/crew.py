"""The people of a phase: they bring material, correct, and sign whatever they find at a gate.

What succeeded is remembered, to be looked for in the ledger in the end.
"""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from sqlalchemy import select
from toys.live import SIGNERS

from pipeline.errors import ChifengError
from pipeline.kinds import KINDS
from pipeline.repository.records import find_subject
from pipeline.repository.store import digest
from pipeline.repository.tables import DepositRow, RunRow, SignOffRow
from pipeline.review.signoff import approve
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.requests import request
from pipeline.workflow.stage_state import StageState, Status

__all__ = ["Crew"]

_LOOK_S = 0.3
_CORRECTION = "proofreading_correction"


class Crew:
    """Works in a thread of its own; trouble with the ledger makes them try again."""

    def __init__(self, production: Production) -> None:
        self.production = production
        self.slugs: list[str] = []
        self.deposited: Counter[tuple[str, str, str]] = Counter()
        self.signed: Counter[tuple[str, str]] = Counter()
        self.asked_again: list[str] = []
        self.refused: list[str] = []
        self.broken: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def take_on(self, slug: str, episodes: int) -> None:
        """Add an interviewee and episodes, and ask for all of it; tried until it is done."""
        self._insist(lambda: add_interviewee(self.production, slug, slug, field="culture"))
        for n in range(episodes):
            self._insist(lambda n=n: add_episode(self.production, slug, f"第{n + 1}集"))
        self._insist(lambda: request(self.production, slug))
        self.slugs += [slug, *(f"{slug}/{n + 1:02d}" for n in range(episodes))]

    def finished(self) -> bool:
        """Tell whether every stage of everybody is done and signed."""
        try:
            board = self.production.board()
        except ChifengError:
            return False
        return all(state.passed for slug in self.slugs for state in board[slug])

    def stop(self) -> None:
        """Let them go home."""
        self._stopping.set()
        self._thread.join(60)

    def missing(self) -> list[str]:
        """Name what is not in the ledger as often as it must be, or not as it must be."""
        with self.production.ledger.read() as session:
            ids = {find_subject(session, slug).id: slug for slug in self.slugs}
            brought = Counter(
                (ids[row.subject_id], row.kind, row.sha256)
                for row in session.scalars(select(DepositRow))
            )
            signed = Counter(
                (ids[row.subject_id], row.stage)
                for row in session.scalars(select(SignOffRow).where(SignOffRow.action == "approve"))
            )
            runs = Counter(
                (ids[row.subject_id], row.stage) for row in session.scalars(select(RunRow))
            )
        faults = [f"deposit: {what}" for what in self.deposited - brought]
        faults += [f"sign-off: {what}" for what in self.signed - signed]
        for slug in self.slugs:
            for state in self.production.states(slug):
                corrected = state.stage.number == 7 and _is_corrected(slug)
                found = runs[slug, state.stage.slug]
                if found != 1 + corrected:
                    faults.append(f"runs: {slug} {state.stage.slug} {found}, not {1 + corrected}")
        return faults + [f"text: {slug}" for slug in self.slugs if not self._is_right(slug)]

    def _is_right(self, slug: str) -> bool:
        (made,) = self.production.states(slug)[-1].outputs
        if "/" not in slug:
            return made.path.read_text("utf-8") == f"contact_record of {slug}\n"
        said = _CORRECTION if _is_corrected(slug) else "finished_cut"
        return made.path.read_text("utf-8") == f"finished_cut of {slug}+{said} of {slug}\n"

    def _work(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                known = tuple(self.slugs)
                board = self.production.board()
                for slug in known:
                    for state in board[slug]:
                        self._act(state)
            except ChifengError as error:
                self.refused.append(str(error))
            except Exception as error:  # nobody has told them what that means
                self.broken.append(repr(error))

    def _act(self, state: StageState) -> None:
        slug = state.subject.slug
        if state.status is Status.FAILED:
            self.asked_again.append(f"{slug} {state.stage.slug}: {state.reason}")
            request(self.production, slug)
        elif state.status is Status.DEPOSIT:
            self._bring(slug, state.missing[-1])
        elif state.status is Status.GATE:
            corrected = any(a.kind == _CORRECTION for a in state.inputs)
            if state.stage.number == 7 and _is_corrected(slug) and not corrected:
                self._bring(slug, _CORRECTION)
            else:
                signer = SIGNERS[state.stage.number]
                approve(self.production, slug, state.stage, signer, seen=state.signs)
                self.signed[slug, state.stage.slug] += 1

    def _bring(self, slug: str, kind: str) -> None:
        kind = "finished_cut" if kind == "edit_list" else kind
        path = Path(self.production.folder.parent, f"{kind}{KINDS[kind].suffixes[0]}")
        path.write_text(f"{kind} of {slug}", "utf-8")
        deposits.deposit(self.production, slug, KINDS[kind], path, "孙编辑")
        self.deposited[slug, kind, digest(path)] += 1

    def _insist(self, action) -> None:
        while True:
            try:
                action()
                return
            except ChifengError as error:
                self.refused.append(str(error))
                self._stopping.wait(_LOOK_S)


def _is_corrected(slug: str) -> bool:
    """Every other episode's first version is corrected before it is signed."""
    return slug.endswith("2")
