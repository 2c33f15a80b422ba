"""Whatever people do in whatever order, nothing unsigned is used and no signature is lost."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from toys import TOYS

from pipeline import deposits, glances, home, perform
from pipeline.chain import verify_chain
from pipeline.errors import ChifengError, SignOffError
from pipeline.home import create_home, open_home
from pipeline.kinds import KINDS
from pipeline.models import RunRow, SignOffRow
from pipeline.perform import advance
from pipeline.register import add_episode, add_interviewee, add_person
from pipeline.signoff import approve, send_back, withdraw
from pipeline.stage import Role
from pipeline.state import StageState

EPISODE = "wang-guilan/01"
SIGNERS = {1: "赵制片", 4: "钱导演", 7: "孙编辑", 12: "钱导演"}
MAKERS = {"interviewee_file": 1, "picture": 4, "draft_subtitles": 6, "proofread_subtitles": 7}
SLUGS = {stage.number: stage.slug for stage in TOYS}
TEXTS = st.sampled_from(["one", "two", "three"])
NUMBERS = st.sampled_from([1, 4, 7, 12])


ROUNDS = int(os.environ.get("CHIFENG_TEST_ROUNDS", "12"))
"""Sequences of 25 steps each; more, and at random, with CHIFENG_TEST_ROUNDS=1000."""


class Crash(BaseException):
    """Stands for the process being killed."""


def subject_of(number: int) -> str:
    return "wang-guilan" if number == 1 else EPISODE


def told(state: StageState) -> tuple[object, ...]:
    """Return all of a state that can be compared."""
    rows = (state.run, state.last_signoff, *state.approvals)
    return state.glance, state.key, state.signs, [row.id for row in rows if row is not None]


class Production(RuleBasedStateMachine):
    """Random deposits, runs, crashes and signatures on the toy stages."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.production = create_home(Path(self.temporary.name) / "home", TOYS)
        for name, role in zip(
            ("赵制片", "钱导演", "孙编辑"), (Role.PRODUCER, Role.DIRECTOR, Role.EDITOR), strict=True
        ):
            add_person(self.production, name, [role])
        add_interviewee(self.production, "wang-guilan", "王桂兰", field="culture")
        add_episode(self.production, "wang-guilan", "童年")
        self.signed = 0
        self.runs_checked = 0

    def teardown(self) -> None:
        self.production.ledger.close()
        self.temporary.cleanup()

    def tried(self, action) -> bool:
        """Do it, unless the rules refuse it in words."""
        try:
            action()
        except ChifengError:
            return False
        return True

    @rule(text=TEXTS, kind=st.sampled_from(["finished_cut", "edit_list", "contact_record",
                                            "proofreading_correction"]))  # fmt: skip
    def deposit(self, text: str, kind: str) -> None:
        path = Path(self.temporary.name) / f"{kind}{KINDS[kind].suffixes[0]}"
        path.write_text(text, "utf-8")
        slug = "wang-guilan" if kind == "contact_record" else EPISODE
        self.tried(lambda: deposits.deposit(self.production, slug, KINDS[kind], path, "孙编辑"))

    @rule()
    def run(self) -> None:
        for slug in ("wang-guilan", EPISODE):
            advance(self.production, slug)

    @rule(before=st.booleans())
    def crash(self, before: bool) -> None:
        """Die while a stage is recorded: before, or right after."""
        record = perform._record

        def dying(*arguments: object) -> None:
            if not before:
                record(*arguments)
            raise Crash

        perform._record = dying
        try:
            self.run()
        except Crash:
            pass
        finally:
            perform._record = record
        self.production.ledger.close()
        self.production = open_home(self.production.folder, TOYS)

    @rule(number=NUMBERS)
    def approve(self, number: int) -> None:
        stage = self.production.stage(str(number))
        self.signed += self.tried(
            lambda: approve(self.production, subject_of(number), stage, SIGNERS[number])
        )

    @rule(number=NUMBERS)
    def withdraw(self, number: int) -> None:
        stage = self.production.stage(str(number))
        self.tried(
            lambda: withdraw(self.production, subject_of(number), stage, SIGNERS[number], "why")
        )

    @rule(later=st.sampled_from([4, 7, 12]), to=st.sampled_from([4, 6, 7, 12]))
    def send_back(self, later: int, to: int) -> None:
        self.tried(
            lambda: send_back(
                self.production, subject_of(later), self.production.stage(str(later)),
                self.production.stage(str(to)), SIGNERS[later], "again",
            )
        )  # fmt: skip

    @invariant()
    def nothing_unsigned_was_used(self) -> None:
        """Look at each new run's inputs with nothing but the rows: were they signed by then?"""
        with self.production.ledger.read() as session:
            runs = session.scalars(select(RunRow).order_by(RunRow.id)).all()
            signoffs = session.scalars(select(SignOffRow).order_by(SignOffRow.id)).all()
        for run in runs[self.runs_checked :]:
            for kind, sha256, _name in run.inputs:
                maker = MAKERS.get(kind)
                if maker not in SIGNERS:
                    continue
                rows = [s for s in signoffs if s.stage == SLUGS[maker]]
                assert rows, f"{run.stage} used {kind} before anybody signed it"
                assert rows[-1].action == "approve", f"{run.stage} used a lapsed {kind}"
                assert [kind, sha256] in rows[-1].digests, f"{run.stage} used an unsigned {kind}"
        self.runs_checked = len(runs)

    @invariant()
    def no_signature_is_lost_and_the_chain_holds(self) -> None:
        with self.production.ledger.read() as session:
            verify_chain(session)
            rows = session.scalars(select(SignOffRow)).all()
        assert sum(row.action == "approve" for row in rows) == self.signed

    @invariant()
    def no_work_was_recorded_twice(self) -> None:
        with self.production.ledger.read() as session:
            keys = session.execute(select(RunRow.subject_id, RunRow.stage, RunRow.key)).all()
        assert len(keys) == len(set(keys))

    @invariant()
    def the_board_is_what_a_survey_gives(self) -> None:
        states = {slug: self.production.states(slug) for slug in ("wang-guilan", EPISODE)}
        assert self.production.glances() == {k: [s.glance for s in v] for k, v in states.items()}
        assert [told(s) for each in self.production.board().values() for s in each] == [
            told(s) for each in states.values() for s in each
        ]

    @invariant()
    def a_passed_stage_stands_on_passed_stages(self) -> None:
        states = {s.stage.number: s for s in self.production.states(EPISODE)}
        states |= {s.stage.number: s for s in self.production.states("wang-guilan")}
        if states[12].passed:
            assert all(state.passed for state in states.values())


def test_random_sequences(monkeypatch):
    monkeypatch.setattr(deposits, "CHECKS", {})
    monkeypatch.setattr(home.consent, "refusal", lambda *_: None)
    monkeypatch.setattr(glances, "_WORTH_WRITING", 1)
    run_state_machine_as_test(
        Production,
        settings=settings(
            max_examples=ROUNDS, stateful_step_count=25, deadline=None, derandomize=ROUNDS == 12,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_two_who_sign_at_the_same_moment(production, bring):
    """One signature is recorded; the other person is told whose."""
    bring("wang-guilan", "contact_record", "王桂兰")
    add_person(production, "周制片", [Role.PRODUCER])
    advance(production, "wang-guilan")
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def sign(name: str) -> None:
        start.wait()
        try:
            approve(production, "wang-guilan", production.stage("1"), name)
            outcomes.append("signed")
        except SignOffError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=sign, args=(name,)) for name in ("赵制片", "周制片")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(o == "signed" for o in outcomes) == [False, True]
    assert any("already signed by" in o for o in outcomes)


def test_a_signature_survives_reopening_the_home(production, bring):
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    row = approve(production, "wang-guilan", production.stage("1"), "赵制片")
    again = open_home(production.folder, TOYS)
    assert again.states("wang-guilan")[0].approval.hash == row.hash
    again.ledger.close()
