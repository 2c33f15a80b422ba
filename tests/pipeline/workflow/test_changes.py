"""What is done and signed again after a change: no more than what really changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from toys.twelve import EPISODE, INTERVIEWEE, Twelve, signed_home

from docs.make_changes import FOLDER, PAGES, all_effects, page
from pipeline.kinds import KINDS
from pipeline.review.signoff import withdraw
from pipeline.workflow.impact import Effect, plan
from pipeline.workflow.stage_state import Status


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return signed_home(tmp_path_factory.mktemp("signed"))


@pytest.fixture
def twelve(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHIFENG_LANG", "en")
    shutil.copytree(model, tmp_path / "copy")
    opened = Twelve(tmp_path / "copy")
    yield opened
    opened.production.ledger.close()


def test_the_table_of_changes_is_current(tmp_path):
    found = all_effects(tmp_path)
    for lang, name in PAGES.items():
        assert (FOLDER / name).read_text("utf-8") == page(found, lang), (
            "PYTHONPATH=tests python -m docs.make_changes"
        )


def test_an_episode_goes_on_while_a_second_day_waits_to_be_signed(twelve):
    twelve.bring("camera_originals", "second day", "C0002.mp4")
    twelve.run()
    states = twelve.states()
    assert states[3].status is Status.GATE and states[10].passed
    twelve.bring("interviewee_correction", "corrected")
    twelve.run()
    assert twelve.states()[10].status is Status.GATE
    twelve.bring("edit_list", "episode,source,in,out\n1,C0001.mp4,0,5\n")
    twelve.run()
    assert twelve.states()[4].status is Status.GATE, "a new cut of what was signed"
    inputs = [a.name for a in twelve.states()[4].inputs if a.kind == "camera_originals"]
    assert inputs == ["C0001.mp4"]


def test_a_cut_of_the_second_day_waits_for_its_signature(twelve):
    twelve.bring("camera_originals", "second day", "C0002.mp4")
    twelve.bring("edit_list", "episode,source,in,out\n1,C0002.mp4,0,5\n")
    twelve.run()
    state = twelve.states()[4]
    assert (state.status, state.missing) == (Status.WAITS, ("recording_report",))
    twelve.sign(10)
    assert twelve.states()[10].passed


def test_after_a_withdrawal_episodes_wait_as_before(twelve):
    twelve.bring("camera_originals", "second day", "C0002.mp4")
    twelve.sign(3)
    stage = twelve.production.stage("3")
    withdraw(twelve.production, INTERVIEWEE, stage, "孙摄像", "why")
    assert twelve.states()[4].status is Status.WAITS


def test_consent_is_asked_of_an_episode_that_goes_on(twelve):
    """While the file with the consent is unsigned, nothing lasts."""
    twelve.bring("camera_originals", "second day", "C0002.mp4")
    twelve.bring("consent_form", "another scan")
    assert {s.status for n, s in twelve.states().items() if n > 2} == {Status.WAITS}


def test_a_missing_original_is_not_used_any_more(twelve):
    twelve.bring("camera_originals", "second day", "C0002.mp4")
    twelve.take_back("camera_originals", "first day")
    assert twelve.states()[4].status is Status.WAITS


def test_stage_6_says_which_words_it_left_out_of_account(twelve):
    twelve.bring("glossary", "翁牛特旗\n克什克腾旗\n")
    state = twelve.states()[6]
    assert state.status is Status.DONE and "glossary" in state.reason
    twelve.send_back("6")
    twelve.run()
    state = twelve.states()[6]
    newest = next(a for a in state.inputs if a.kind == "glossary")
    assert "克什克腾旗" in newest.path.read_text("utf-8") and not state.reason


def test_words_nobody_has_approved_are_recognised_again(twelve):
    twelve.bring("edit_list", "episode,source,in,out\n1,C0001.mp4,0,5\n")
    twelve.sign(4)
    before = twelve.states()[6].outputs
    twelve.bring("glossary", "翁牛特旗\n克什克腾旗\n")
    twelve.run()
    assert twelve.states()[6].outputs != before


def test_approved_words_stand_against_an_earlier_recognition(twelve):
    """The glossary becomes what it was when the speech was recognised first."""
    twelve.bring("edit_list", "episode,source,in,out\n1,C0001.mp4,0,5\n")
    twelve.sign(4)
    twelve.bring("glossary", "克什克腾旗\n")
    twelve.sign(7)
    before = twelve.states()[6].outputs
    twelve.bring("glossary", "翁牛特旗\n")
    twelve.run()
    states = twelve.states()
    assert states[6].outputs == before and states[7].passed


def test_the_plan_keeps_episodes_when_originals_are_added(twelve):
    steps = plan(twelve.production, INTERVIEWEE, deposit=KINDS["camera_originals"])
    of_episode = [s for s in steps if s.state.subject.slug == EPISODE]
    assert {s.work for s in of_episode} <= {Effect.KEEPS, Effect.NONE}
    assert {s.signature for s in of_episode} <= {Effect.KEEPS, Effect.NONE}
    assert next(s for s in steps if s.state.stage.number == 3).work is Effect.RUNS


def test_the_plan_keeps_approved_words_when_a_word_is_added(twelve):
    steps = plan(twelve.production, INTERVIEWEE, deposit=KINDS["glossary"])
    assert {s.work for s in steps} <= {Effect.KEEPS, Effect.NONE}
