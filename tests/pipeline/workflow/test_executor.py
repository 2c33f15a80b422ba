"""Work is done once, in order, from what was signed, and is redone where that changed."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest
from toys import TOYS, add_settings, calls

from pipeline.errors import BusyError, NotReadyError
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance, run_stage
from pipeline.workflow.production import open_home
from pipeline.workflow.status import Status

EPISODE = "wang-guilan/01"


def sign(production, slug, number, person):
    return approve(production, slug, production.stage(str(number)), person)


def statuses(production, slug=EPISODE):
    return {s.stage.number: s.status for s in production.states(slug)}


@pytest.fixture
def cut(production, bring):
    """The toy episode, with everything brought and stages 1 and 4 signed."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    sign(production, "wang-guilan", 1, "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    sign(production, EPISODE, 4, "钱导演")
    advance(production, EPISODE)
    return production


def test_a_stage_waits_for_what_a_person_brings(production):
    states = {s.stage.number: s for s in production.states(EPISODE)}
    assert production.states("wang-guilan")[0].status is Status.DEPOSIT
    assert states[4].status is Status.WAITS
    assert states[4].missing == ("interviewee_file", "edit_list", "finished_cut")
    with pytest.raises(NotReadyError, match="waits for earlier stages"):
        run_stage(production, TOYS[1], EPISODE)


def test_nothing_unsigned_is_used(production, bring):
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    assert calls == ["preliminary_communication"]
    assert statuses(production)[4] is Status.WAITS


def test_work_done_is_not_done_again(cut):
    before = list(calls)
    assert before == ["preliminary_communication", "video_editing", "first_version_subtitles",
                      "initial_proofreading"]  # fmt: skip
    advance(cut, EPISODE)
    assert not run_stage(cut, cut.stage("6"), EPISODE).ran
    assert calls == before


def test_a_correction_redoes_its_stage_and_what_follows_and_nothing_before(cut, bring):
    sign(cut, EPISODE, 7, "孙编辑")
    advance(cut, EPISODE)
    calls.clear()
    bring(EPISODE, "proofreading_correction", "corrected")
    advance(cut, EPISODE)
    assert calls == ["initial_proofreading"]
    assert statuses(cut) == {4: "done", 6: "done", 7: "gate", 12: "waits"}
    sign(cut, EPISODE, 7, "孙编辑")
    advance(cut, EPISODE)
    assert calls == ["initial_proofreading", "final_revision"]


def test_a_setting_redoes_only_the_stages_that_read_it(cut):
    add_settings(cut, '[speech]\nmodel = "small"\n')
    again = open_home(cut.folder, TOYS)
    calls.clear()
    advance(again, EPISODE)
    assert calls == ["first_version_subtitles"]
    again.ledger.close()


def test_the_latest_of_two_deposits_that_exclude_each_other_counts(cut, bring):
    bring(EPISODE, "edit_list", "list")
    calls.clear()
    advance(cut, EPISODE)
    assert calls == ["video_editing"]
    state = cut.states(EPISODE)[0]
    assert [a.kind for a in state.inputs] == ["edit_list", "interviewee_file"]


def test_a_failure_is_recorded_and_tried_again_when_asked(production, bring):
    bring("wang-guilan", "contact_record", "explode")
    with pytest.raises(RuntimeError):
        advance(production, "wang-guilan")
    state = production.states("wang-guilan")[0]
    assert state.status is Status.FAILED
    assert "told to explode" in state.reason
    bring("wang-guilan", "contact_record", "better")
    advance(production, "wang-guilan")
    assert production.states("wang-guilan")[0].status is Status.GATE
    assert not list((production.folder / "work").iterdir())


def test_a_subject_at_work_elsewhere_is_left_alone(production, bring):
    bring("wang-guilan", "contact_record", "王桂兰")
    with (
        production.locked("wang-guilan"),
        pytest.raises(BusyError, match="Another process"),
    ):
        run_stage(production, TOYS[0], "wang-guilan")


def _die_when_recording(folder: Path) -> None:
    from pipeline.workflow import executor as module

    def die(*_args: object) -> None:
        os.kill(os.getpid(), 9)

    module._record = die
    advance(open_home(folder, TOYS), "wang-guilan")


def test_killed_before_recording_it_leaves_nothing_and_starts_over(production, bring):
    bring("wang-guilan", "contact_record", "王桂兰")
    child = multiprocessing.get_context("spawn").Process(
        target=_die_when_recording, args=(production.folder,)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -9
    assert production.states("wang-guilan")[0].status is Status.READY
    work = production.folder / "work"
    assert list(work.glob("wang-guilan--preliminary_communication--*"))
    advance(production, "wang-guilan")
    assert production.states("wang-guilan")[0].status is Status.GATE
    assert not list(work.iterdir())


def test_the_home_can_be_moved(cut, tmp_path):
    cut.ledger.close()
    shutil.move(cut.folder, tmp_path / "搬 家")
    moved = open_home(tmp_path / "搬 家", TOYS)
    assert statuses(moved)[7] is Status.GATE
    assert all(a.path.exists() for s in moved.states(EPISODE) for a in s.outputs)
    moved.ledger.close()
