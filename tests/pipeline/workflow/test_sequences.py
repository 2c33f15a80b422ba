"""Whatever people do in whatever order, nothing unsigned is used and no signature is lost."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from toys import TOYS, toy_production
from toys.twelve import CUT, SIGNED_UP_TO, Twelve, signed_home

from desk.demo.sample_interview import CONTACT_RECORD
from pipeline.errors import ChifengError
from pipeline.kinds import KINDS
from pipeline.preservation.audit import audit
from pipeline.repository.signoff_chain import verify_chain
from pipeline.repository.tables import DepositRow, RunRow, SignOffRow
from pipeline.review import signoff
from pipeline.review.signoff import approve, send_back, withdraw
from pipeline.stage import Role
from pipeline.workflow import executor
from pipeline.workflow.board import file as board_file
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest import deposits
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.scheduling.requests import ledger_version
from pipeline.workflow.stage_state import StageState, Status

INTERVIEWEE, EPISODE = "wang-guilan", "wang-guilan/01"
PEOPLE = {
    "赵制片": [Role.PRODUCER],
    "周制片": [Role.PRODUCER],
    "钱导演": [Role.DIRECTOR],
    "孙编辑": [Role.EDITOR],
    "李编辑": [Role.EDITOR, Role.DIRECTOR],
}
SIGNERS = {
    1: ("赵制片", "周制片"), 4: ("钱导演", "李编辑"),
    7: ("孙编辑", "李编辑"), 12: ("钱导演", "李编辑"),
}  # fmt: skip
MAKERS = {"interviewee_file": 1, "picture": 4, "draft_subtitles": 6, "proofread_subtitles": 7}
SLUGS = {stage.number: stage.slug for stage in TOYS}
CORRECTION = KINDS["proofreading_correction"]
TEXTS = st.sampled_from(["one", "two", "three"])
NUMBERS = st.sampled_from([1, 4, 7, 12])
WHICH = st.sampled_from([0, 1])

ROUNDS = max(25, settings.default.max_examples // 2)
"""Sequences of 25 steps each."""

_MEMORY = Path("/dev/shm")  # where there is one, thousands of homes cost no disk


class Crash(BaseException):
    """Stands for the process being killed."""


def subject_of(number: int) -> str:
    return INTERVIEWEE if number == 1 else EPISODE


def told(state: StageState) -> tuple[object, ...]:
    """Return all of a state that can be compared."""
    rows = (state.run, state.last_signoff, *state.approvals)
    return state.summary, state.key, state.signs, [row.id for row in rows if row is not None]


def tried(action: Callable[[], object]) -> str:
    """Do it; return nothing, or in which words the rules refuse it."""
    try:
        action()
    except ChifengError as error:
        return str(error)
    return ""


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Do things at the same moment; return what was said against each."""
    said = [""] * len(actions)
    start = threading.Barrier(len(actions))

    def work(n: int) -> None:
        start.wait()
        said[n] = tried(actions[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@contextmanager
def killed_in(module: object, name: str, *, before: bool) -> Iterator[None]:
    """Have the process die before or right after this function of the module."""
    whole = getattr(module, name)

    def dying(*arguments: object, **options: object) -> None:
        if not before:
            whole(*arguments, **options)
        raise Crash

    setattr(module, name, dying)
    try:
        yield
    except Crash:
        pass
    finally:
        setattr(module, name, whole)


class Production(RuleBasedStateMachine):
    """Random deposits, runs, crashes and signatures on the toy stages."""

    models: tuple[Path, ...]
    reached: ClassVar[Counter[str]] = Counter()
    """In how many moments of all sequences something was so: they must come that far."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None)
        self.reached["sequences"] += 1
        self.signed = 0
        self.runs_checked = 0
        self.seen: tuple[int, ...] = ()
        self.released = False
        self.looked: dict[int, list[list[str]]] = {}

    @initialize(signed=st.integers(0, 4))
    def begin(self, signed: int) -> None:
        """Begin where so many stages are signed; with all four the episode is released."""
        folder = Path(self.temporary.name) / "home"
        shutil.copytree(self.models[signed], folder)
        self.production = toy_production(folder)
        self.signed = signed

    def teardown(self) -> None:
        if hasattr(self, "production"):
            assert audit(self.production).faults == ()
            self.production.ledger.close()
        self.temporary.cleanup()

    def reopen(self) -> None:
        """Start anew, as after the process was killed."""
        self.production.ledger.close()
        self.production = toy_production(self.production.folder)

    def stages(self) -> dict[int, StageState]:
        return {s.stage.number: s for slug in (INTERVIEWEE, EPISODE)
                for s in self.production.states(slug)}  # fmt: skip

    def file(self, kind: str, text: str) -> Path:
        path = Path(self.temporary.name) / f"{kind}-{text}{KINDS[kind].suffixes[0]}"
        path.write_text(text, "utf-8")
        return path

    def sign(self, number: int, who: int, seen: list[list[str]] | None = None) -> object:
        stage = self.production.stage(str(number))
        return approve(self.production, subject_of(number), stage, SIGNERS[number][who], seen=seen)

    @rule(text=TEXTS, kind=st.sampled_from(["finished_cut", "edit_list", "contact_record",
                                            "proofreading_correction"]))  # fmt: skip
    def deposit(self, text: str, kind: str) -> None:
        slug = INTERVIEWEE if kind == "contact_record" else EPISODE
        path = self.file(kind, text)
        tried(lambda: deposits.deposit(self.production, slug, KINDS[kind], path, "孙编辑"))

    @rule(kind=st.sampled_from(["finished_cut", "edit_list", "proofreading_correction"]))
    def take_back(self, kind: str) -> None:
        with self.production.ledger.read() as session:
            row = session.scalar(
                select(DepositRow).where(DepositRow.kind == kind).order_by(DepositRow.id.desc())
            )
        if row is not None:
            tried(lambda: deposits.take_back(
                self.production, EPISODE, KINDS[kind], row.sha256, "孙编辑"
            ))  # fmt: skip

    @rule()
    def save_together(self) -> None:
        """Two save corrections made upon the same one; one is taken, the other is told."""
        with self.production.ledger.read() as session:
            last = session.scalar(
                select(DepositRow).where(DepositRow.kind == CORRECTION.slug)
                .order_by(DepositRow.id.desc())
            )  # fmt: skip
        before = last.sha256 if last else ""
        paths = [self.file(CORRECTION.slug, f"{len(before)}{name}{self.seen}") for name in "ab"]
        said = at_once(*(
            lambda path=path, who=who: deposits.deposit(
                self.production, EPISODE, CORRECTION, path, who, supersedes=before
            )
            for path, who in zip(paths, SIGNERS[7], strict=True)
        ))  # fmt: skip
        if any("is released" in words for words in said):
            return
        assert sorted(bool(words) for words in said) == [False, True], said
        assert any("has saved another version" in words for words in said)

    @rule()
    def run(self) -> None:
        for slug in (INTERVIEWEE, EPISODE):
            advance(self.production, slug)

    @rule()
    def get_on(self) -> None:
        """Do what is wanted next, as on a good day: else few sequences come to a release."""
        state = next((s for n, s in self.stages().items() if n in SIGNERS and not s.passed), None)
        if state is None:
            return
        number = state.stage.number
        if state.status is Status.DEPOSIT:
            self.deposit("one", state.missing[0])
        if state.status is not Status.GATE:
            advance(self.production, subject_of(number))
        self.approve(number, 0)

    @rule(before=st.booleans())
    def killed_at_work(self, before: bool) -> None:
        """Die while a stage is recorded: before, or right after."""
        with killed_in(executor, "_record", before=before):
            self.run()
        self.reopen()

    @rule(number=NUMBERS, who=WHICH)
    def killed_while_signing(self, number: int, who: int) -> None:
        """Die with the signature written and not yet committed: it was never given."""
        with killed_in(signoff, "append", before=False):
            tried(lambda: self.sign(number, who))
        self.reopen()

    @rule(number=NUMBERS, who=WHICH)
    def approve(self, number: int, who: int) -> None:
        self.signed += not tried(lambda: self.sign(number, who))

    @rule(number=NUMBERS)
    def look(self, number: int) -> None:
        self.looked[number] = self.stages()[number].signs

    @rule(number=NUMBERS, who=WHICH)
    def approve_what_was_seen(self, number: int, who: int) -> None:
        """Sign some time after having looked: only the same is signed."""
        seen = self.looked.get(number)
        if not tried(lambda: self.sign(number, who, seen)):
            self.signed += 1
            assert seen in (None, self.stages()[number].signs)

    @rule(number=NUMBERS)
    def sign_together(self, number: int) -> None:
        """Two sign at the same moment: one signature counts, the other is told whose."""
        said = at_once(lambda: self.sign(number, 0), lambda: self.sign(number, 1))
        signed = said.count("")
        self.signed += signed
        assert signed <= 1
        if signed:
            assert "already signed by" in "".join(said)

    @rule(number=NUMBERS, who=WHICH)
    def withdraw(self, number: int, who: int) -> None:
        stage, person = self.production.stage(str(number)), SIGNERS[number][who]
        tried(lambda: withdraw(self.production, subject_of(number), stage, person, "why"))

    @rule(number=NUMBERS, who=WHICH)
    def sign_and_withdraw(self, number: int, who: int) -> None:
        self.approve(number, who)
        self.withdraw(number, who)

    @rule(number=st.sampled_from([4, 7, 12]), who=WHICH)
    def sign_and_send_back(self, number: int, who: int) -> None:
        self.approve(number, who)
        self.send_back(number, number)

    @rule(later=st.sampled_from([4, 7, 12]), to=st.sampled_from([1, 4, 6, 7, 12]))
    def send_back(self, later: int, to: int) -> None:
        """From a gate; from stage 12 also from the release, which reopens the episode."""
        stages = [self.production.stage(str(number)) for number in (later, to)]
        tried(lambda: send_back(self.production, EPISODE, *stages, SIGNERS[later][0], "again"))

    @invariant()
    def all_holds(self) -> None:
        """Look at everything again wherever something was recorded."""
        found = ledger_version(self.production)
        if found == self.seen:
            return
        self.seen = found
        with self.production.ledger.read() as session:
            runs = session.scalars(select(RunRow).order_by(RunRow.id)).all()
            signoffs = session.scalars(select(SignOffRow).order_by(SignOffRow.id)).all()
            verify_chain(session)
        self.nothing_unsigned_was_used(runs[self.runs_checked :], signoffs)
        self.runs_checked = len(runs)
        keys = [(run.subject_id, run.stage, run.key) for run in runs]
        assert len(keys) == len(set(keys)), "work was recorded twice"
        self.reached.update(row.action for row in signoffs)
        given = sum(row.action == "approve" for row in signoffs)
        assert given == self.signed, "a signature was lost, or came from nowhere"
        self.what_is_derived_is_what_a_survey_gives()

    def nothing_unsigned_was_used(self, runs: list[RunRow], signoffs: list[SignOffRow]) -> None:
        """Look at new runs' inputs with nothing but the rows: were they signed by then?"""
        for run in runs:
            for kind, sha256, _name in run.inputs:
                maker = MAKERS.get(kind)
                if maker not in SIGNERS:
                    continue
                rows = [s for s in signoffs if s.stage == SLUGS[maker]]
                assert rows, f"{run.stage} used {kind} before anybody signed it"
                assert rows[-1].action == "approve", f"{run.stage} used a lapsed {kind}"
                assert [kind, sha256] in rows[-1].digests, f"{run.stage} used an unsigned {kind}"

    def what_is_derived_is_what_a_survey_gives(self) -> None:
        states = {slug: self.production.states(slug) for slug in (INTERVIEWEE, EPISODE)}
        assert self.production.summaries() == {k: [s.summary for s in v] for k, v in states.items()}
        assert [told(s) for each in self.production.board().values() for s in each] == [
            told(s) for each in states.values() for s in each
        ]
        passed = all(state.passed for state in states[EPISODE])
        assert passed or not states[EPISODE][-1].passed, "released over what is not signed"
        self.reached.update(["released"] if passed else ["reopened"] if self.released else [])
        self.released = passed


def made(folder: Path) -> tuple[Path, ...]:
    """Make homes in which none, one, two, three and all four of the stages are signed."""
    production = toy_production(folder / "0")
    for name, roles in PEOPLE.items():
        add_person(production, name, roles)
    add_interviewee(production, INTERVIEWEE, "王桂兰", field="culture")
    add_episode(production, INTERVIEWEE, "童年")
    film, record = folder / "film.mp4", folder / "record.md"
    for slug, kind, path in (
        (INTERVIEWEE, "contact_record", record), (EPISODE, "finished_cut", film)
    ):  # fmt: skip
        path.write_text("one", "utf-8")
        deposits.deposit(production, slug, KINDS[kind], path, "孙编辑")
    production.ledger.close()
    for n, (number, signers) in enumerate(SIGNERS.items(), 1):
        shutil.copytree(folder / str(n - 1), folder / str(n))
        production = toy_production(folder / str(n))
        advance(production, subject_of(number))
        approve(production, subject_of(number), production.stage(str(number)), signers[0])
        production.ledger.close()
    return tuple(folder / str(n) for n in range(len(SIGNERS) + 1))


@pytest.mark.timeout(1800)
def test_random_sequences(monkeypatch, tmp_path):
    monkeypatch.setattr(board_file, "_WORTH_WRITING", 1)
    monkeypatch.setattr(Production, "models", made(tmp_path), raising=False)
    run_state_machine_as_test(
        Production,
        settings=settings(
            max_examples=ROUNDS, stateful_step_count=25, suppress_health_check=list(HealthCheck)
        ),
    )
    print(dict(Production.reached))
    wanted = {"approve", "withdraw", "send_back", "released", "reopened"}
    assert not wanted - set(Production.reached), "the sequences did not come that far"


MADE_OF = {
    1: ("telephone", "position"),
    2: ("position", "outline"),
    3: ("originals",),
    4: ("cut",),
    7: ("cut", "speech", "heard again", "editor"),
    9: ("cut", "speech", "heard again", "editor", "position"),
    10: ("cut", "speech", "heard again", "editor", "position", "interviewee"),
}
"""What each signed stage is made of, as people say it: a word of the glossary is not in it."""


class Changes(RuleBasedStateMachine):
    """Random changes of an episode in work on the twelve stages: nothing signed lapses unless what
    it is made of really changed, and nothing is made twice of the same."""

    model: Path
    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None)
        folder = Path(self.temporary.name)
        shutil.copytree(self.model / "home", folder / "home")
        self.twelve = Twelve(folder)
        self.now = dict.fromkeys({name for parts in MADE_OF.values() for name in parts}, "")
        self.signed = {number: self.made_of(number) for number in MADE_OF}

    def teardown(self) -> None:
        self.twelve.production.ledger.close()
        self.temporary.cleanup()

    def made_of(self, number: int) -> tuple[str, ...]:
        return tuple(self.now[name] for name in MADE_OF[number])

    def change(self, name: str, value: str, kind: str, text: str, file: str = "") -> None:
        if not tried(lambda: self.twelve.bring(kind, text, file)):
            self.now[name] = value
            self.reached[name] += 1

    @rule(text=TEXTS, same_name=st.booleans())
    def add_an_original(self, text: str, same_name: bool) -> None:
        file = "C0001.mp4" if same_name else f"{text}.mp4"
        value = f"{self.now['originals']} {text}"
        self.change("originals", value, "camera_originals", f"{text} {file}", file)

    @rule(name=st.sampled_from(["telephone", "position"]), text=st.sampled_from(["", "一", "二"]))
    def correct_the_contact_record(self, name: str, text: str) -> None:
        now = {**self.now, name: text}
        record = CONTACT_RECORD.replace("0-0000000", f"0-000000{len(now['telephone'])}")
        record = record.replace('"\n生平', f'{now["telephone"]}"\n生平')
        self.change(
            name, text, "contact_record", record.replace("退休（", f"退休{now['position']}（")
        )

    @rule(text=TEXTS)
    def add_a_word(self, text: str) -> None:
        tried(lambda: self.twelve.bring("glossary", f"翁牛特旗\n{text}\n"))
        self.reached["glossary"] += 1

    @rule(seconds=st.sampled_from(["10", "9", "8"]))
    def change_the_cut(self, seconds: str) -> None:
        if not any(a.name == "C0001.mp4" for a in self.twelve.states()[3].inputs[1:]):
            return
        self.change(
            "cut", "" if seconds == "10" else seconds, "edit_list", CUT.replace("10", seconds)
        )

    @rule(who=st.sampled_from(["editor", "interviewee"]), text=TEXTS)
    def correct(self, who: str, text: str) -> None:
        kind = {"editor": "proofreading_correction", "interviewee": "interviewee_correction"}[who]
        self.change(who, f"{who} {text}", kind, f"{who} {text}")

    @rule(beam=st.sampled_from([2, 3]))
    def change_a_setting(self, beam: int) -> None:
        if not self.now["speech"]:
            self.twelve.set(f"[speech]\nbeam_size = {beam}\n")
            self.now["speech"] = str(beam)
            self.reached["speech"] += 1

    @rule()
    def send_back_to_recognition(self) -> None:
        if not tried(lambda: self.twelve.send_back("6")):
            self.now["heard again"] += "again "
            self.reached["heard again"] += 1

    @rule(upto=st.sampled_from([2, 3, 4, 7, 9, SIGNED_UP_TO]))
    def sign(self, upto: int) -> None:
        _runs, before = self.twelve.counted()
        tried(lambda: self.twelve.sign(upto))
        _runs, after = self.twelve.counted()
        slugs = {n: self.twelve.production.stage(str(n)).slug for n in MADE_OF}
        for number, slug in slugs.items():
            if after[slug] > before[slug]:
                self.signed[number] = self.made_of(number)
                self.reached["signed again"] += 1

    @invariant()
    def what_is_signed_lapses_only_where_it_changed(self) -> None:
        for number, state in self.twelve.states().items():
            if number in MADE_OF and self.signed[number] == self.made_of(number):
                assert state.passed or state.status is Status.WAITS, (number, state.reason)
                self.reached["stands"] += 1


@pytest.mark.timeout(900)
def test_random_changes(monkeypatch, tmp_path):
    monkeypatch.setattr(Changes, "model", signed_home(tmp_path / "signed"), raising=False)
    run_state_machine_as_test(
        Changes,
        settings=settings(
            max_examples=ROUNDS, stateful_step_count=15, suppress_health_check=list(HealthCheck)
        ),
    )
    print(dict(Changes.reached))
    wanted = {"originals", "telephone", "glossary", "speech", "heard again", "signed again"}
    assert not wanted - set(Changes.reached), "the sequences did not come that far"
