"""A subject is carried as far as it goes, and people are asked for the rest."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from toys import calls

from flows.run_loop import run_subject
from flows.signoff_gate import APPROVE, SEND_BACK, Answer, record
from flows.subject_status import SubjectStatus, subject_status
from pipeline.review.signoff import approve
from pipeline.tracking.history import history
from pipeline.workflow.executor import run_stage
from pipeline.workflow.scheduling.pause import pause, resume

EPISODE = "wang-guilan/01"
SIGNERS = {1: "赵制片", 4: "钱导演", 7: "孙编辑", 12: "钱导演"}


class Suspended(Exception):
    """What a real gate does to the process."""


class FakeGate:
    """Answers as scripted, each time it asks; suspends when the script has ended."""

    def __init__(self, *script: Callable[[SubjectStatus], Answer]) -> None:
        self.script = list(script)
        self.asked: list[tuple[str, str]] = []
        self.shown: list[list[str]] = []
        self.given: Answer | None = None

    def answer(self) -> Answer | None:
        given, self.given = self.given, None
        return given

    def show(self, situation: SubjectStatus) -> None:
        self.shown.append(situation.tags)

    def ask(self, situation: SubjectStatus, complaint: str) -> None:
        self.asked.append((situation.words, complaint))
        if not self.script:
            raise Suspended
        self.given = self.script.pop(0)(situation)


def yes(now: SubjectStatus) -> Answer:
    return Answer(now.digest, APPROVE, SIGNERS[now.gate.stage.number])


def run(production, slug, *script):
    gate = FakeGate(*script)
    with suppress(Suspended):
        run_subject(production, slug, lambda stage: run_stage(production, stage, slug), gate)
    return gate


@pytest.fixture
def ready(production, bring):
    """The toy interviewee signed, the first episode's picture there."""
    bring("wang-guilan", "contact_record", "王桂兰")
    run(production, "wang-guilan", yes)
    bring(EPISODE, "finished_cut", "picture")
    calls.clear()
    return production


def signed(production):
    return [(e.stage, e.who) for e in history(production, EPISODE) if e.who and "appro" in e.what]


def test_it_goes_from_gate_to_gate_to_the_release(ready):
    gate = run(ready, EPISODE, yes, yes, yes)
    assert all(state.passed for state in ready.states(EPISODE))
    assert [words[:2] for words, complaint in gate.asked] == ["04", "07", "12"]
    assert calls == ["video_editing", "first_version_subtitles", "initial_proofreading",
                     "final_revision"]  # fmt: skip
    assert gate.shown[-1] == ["id:wang-guilan/01", "王桂兰", "phase 1", "culture"]


def test_the_last_form_releases_and_a_later_run_makes_up_for_a_process_that_ended(ready):
    run(ready, EPISODE, yes, yes)
    state = ready.states(EPISODE)[-1]
    now = subject_status(ready, ready.states(EPISODE))
    assert state.status == "gate" and record(ready, now, yes(now)) == ""
    folder = ready.folder / "released" / "0001 王桂兰" / "01 童年"
    assert [path.name for path in folder.iterdir()] == ["out.mp4"]
    shutil.rmtree(ready.folder / "released")
    run(ready, EPISODE)
    assert [path.name for path in folder.iterdir()] == ["out.mp4"]


def test_begun_again_it_repeats_nothing(ready):
    run(ready, EPISODE, yes)
    before = list(calls)
    run(ready, EPISODE)
    run(ready, EPISODE)
    assert calls == before


def test_it_shows_who_must_act(ready):
    gate = run(ready, EPISODE)
    words = "04 Video editing: to be signed by director (李编辑, 钱导演)"
    assert gate.asked == [(words, "")]
    assert "director to sign" in gate.shown[-1]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (("", APPROVE, "孙编辑"), "孙编辑 may not sign"),
        (("", APPROVE, "无此人"), "no person called"),
        (("", SEND_BACK, "钱导演"), "A reason is needed"),
        (("other", APPROVE, "钱导演"), "changed while you were filling in"),
        (("", SEND_BACK, "钱导演", "why", "12"), "comes after"),
    ],
)
def test_a_wrong_answer_is_told_and_asked_again_and_records_nothing(ready, answer, why):
    def wrong(now: SubjectStatus) -> Answer:
        return Answer(answer[0] or now.digest, *answer[1:])

    gate = run(ready, EPISODE, wrong, yes)
    assert why in gate.asked[1][1]
    assert gate.asked[2][1] == ""
    assert signed(ready) == [("video_editing", "钱导演")]


def test_what_was_sent_back_is_done_again(ready):
    def back(now: SubjectStatus) -> Answer:
        return Answer(now.digest, SEND_BACK, "孙编辑", "wrong names", "06")

    run(ready, EPISODE, yes, back)
    assert calls == ["video_editing", "first_version_subtitles", "initial_proofreading",
                     "first_version_subtitles"]  # fmt: skip
    assert ready.states(EPISODE)[2].status == "gate"  # identical subtitles: no third run


def test_a_finding_that_forbids_the_signature_is_told(ready, bring):
    bring(EPISODE, "finished_cut", "mistake")
    gate = run(ready, EPISODE, yes, yes)
    assert "there is a mistake in it" in gate.asked[-1][1]


def test_looking_again_asks_again_without_complaint(ready):
    gate = run(ready, EPISODE, lambda now: Answer(now.digest))
    assert [complaint for words, complaint in gate.asked] == ["", ""]


def test_who_signs_at_once_need_not_wait_for_another_process(ready, monkeypatch):
    patient = ready.settings.flows.model_copy(update={"grace_seconds": 60.0})
    object.__setattr__(ready.settings, "flows", patient)
    gate = FakeGate()
    asked = threading.Event()
    gate.show = lambda now: asked.set() if now.gate else None

    def sign() -> None:
        for number in (4, 7, 12):
            while ready.states(EPISODE)[{4: 0, 7: 2, 12: 3}[number]].status != "gate":
                assert asked.wait(20)
            approve(ready, EPISODE, ready.stage(str(number)), SIGNERS[number])

    signer = threading.Thread(target=sign)
    signer.start()
    run_subject(ready, EPISODE, lambda stage: run_stage(ready, stage, EPISODE), gate)
    signer.join()
    assert gate.asked == []


def test_material_that_is_missing_is_waited_for(production):
    gate = run(production, "wang-guilan")
    assert "waits for material" in gate.asked[0][0]
    assert "material to come" in gate.shown[-1]


def test_a_failure_ends_the_run_with_its_cause(ready, bring):
    bring(EPISODE, "finished_cut", "explode")
    with pytest.raises(RuntimeError, match="told to explode"):
        run(ready, EPISODE)
    assert calls == ["video_editing"]


def test_while_it_is_paused_no_stage_begins_and_people_go_on_signing(ready):
    run(ready, EPISODE)
    pause(ready, by="钱导演")
    gate = run(ready, EPISODE, yes)
    assert calls == ["video_editing"]
    assert signed(ready) == [("video_editing", "钱导演")]
    assert "has still to run" in gate.asked[-1][0] or "earlier" in gate.asked[-1][0]
    resume(ready, by="钱导演")
    run(ready, EPISODE)
    assert calls == ["video_editing", "first_version_subtitles", "initial_proofreading"]


def test_a_pause_lets_the_stage_at_work_end(ready):
    def each(stage):
        done = run_stage(ready, stage, EPISODE)
        pause(ready, by="钱导演")
        return done

    gate = FakeGate(yes)
    with suppress(Suspended):
        run_subject(ready, EPISODE, each, gate)
    assert calls == ["video_editing"]
    assert signed(ready) == [("video_editing", "钱导演")]
