"""What is done and signed again after a change: no more than what really changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from toys.twelve import EPISODE, INTERVIEWEE, Twelve, signed_home

from docs.make_changes import FOLDER, PAGES, all_effects, page
from pipeline.core.artefacts.interviewee_file import Consent, Contacts, IntervieweeFile
from pipeline.editing import conform
from pipeline.kinds import KINDS
from pipeline.review.signoff import withdraw
from pipeline.stage import Artefact
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


def test_what_a_stage_does_not_name_it_cannot_read():
    whole = IntervieweeFile(
        name="王桂兰", hometown="赤峰", notes="private",
        contacts=Contacts(phone="1", relative="王强"),
        consent=Consent(pseudonym="兰姨", signer="王桂兰"),
    )  # fmt: skip
    part = whole.only("name", "contacts.relative", "consent.pseudonym", "position")
    assert part.model_dump(exclude_unset=True) == {
        "name": "王桂兰", "contacts": {"relative": "王强"}, "consent": {"pseudonym": "兰姨"},
    }  # fmt: skip


def test_the_other_camera_and_the_recorder_are_used_too(tmp_path):
    path = tmp_path / "cuts.csv"
    path.write_text(
        "episode,source,in,out,sound,camera\n1,A.mp4,0,5,S.wav,B.mp4\n2,C.mp4,0,5,,\n", "utf-8"
    )
    names = ("A.mp4", "B.mp4", "C.mp4", "D.mp4", "S.wav")
    originals = [
        Artefact("camera_originals", str(n) * 64, name, path, 0) for n, name in enumerate(names)
    ]
    edit_list = Artefact("edit_list", "e" * 64, path.name, path, 0)
    used = conform.named_originals(edit_list, 1, originals)
    assert sorted(a.name for a in used) == ["A.mp4", "B.mp4", "S.wav"]
