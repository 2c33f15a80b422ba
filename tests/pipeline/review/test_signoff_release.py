"""The signature that completes an episode releases it, whichever way it is given."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from toys import TOYS, add_settings

from pipeline.delivery import release as releasing
from pipeline.errors import StorageError
from pipeline.review import interviewee, signoff
from pipeline.review.drafts import open_draft
from pipeline.review.paper_number import paper_number
from pipeline.review.proofreading import sign_draft
from pipeline.review.signoff import approve
from pipeline.stage import Role
from pipeline.workflow.executor import advance
from pipeline.workflow.production import open_home
from pipeline.workflow.roster import add_person
from pipeline.workflow.stage_state import is_released
from tests.signatures import drawn_signature

EPISODE = "wang-guilan/01"
CUE = "1\n00:00:01,000 --> 00:00:03,000\n童年\n"
RULE = (
    "[roles.stage.initial_proofreading]\n"
    "roles = ['interviewee', 'editor', 'director']\nsignatures = 1\ndays = 7\n"
)


@pytest.fixture
def reopened(production, bring):
    """The toy episode with one signature missing: stage 7, which an interviewee may sign, too."""
    add_settings(production, RULE)
    toys = tuple(replace(s, signed_by=Role.INTERVIEWEE) if s.number == 7 else s for s in TOYS)
    opened = replace(
        open_home(production.folder, toys),
        deposit_checks={},
        consent_policy=production.consent_policy,
    )
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(opened, "wang-guilan")
    approve(opened, "wang-guilan", opened.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", CUE)
    for number, person in (("4", "钱导演"), ("7", "孙编辑"), ("12", "钱导演")):
        advance(opened, EPISODE)
        approve(opened, EPISODE, opened.stage(number), person)
    signoff.send_back(opened, EPISODE, opened.stage("12"), opened.stage("7"), "钱导演", "again")
    advance(opened, EPISODE)
    add_person(opened, "王桂兰", [Role.INTERVIEWEE])
    shutil.rmtree(opened.folder / "released")
    assert not is_released(opened.states(EPISODE))
    yield opened
    opened.ledger.close()


def _approved(production, bring) -> None:
    approve(production, EPISODE, production.stage("7"), "孙编辑")


def _proofread(production, bring) -> None:
    stage = production.stage("7")
    seen = open_draft(production, EPISODE, stage, "孙编辑").number
    sign_draft(production, EPISODE, stage, "孙编辑", seen=seen)


def _by_interviewee(production, bring) -> None:
    state = production.states(EPISODE)[2]
    draft = interviewee.draft_of(production, state)
    answers = [interviewee.CueAnswer(cue, "right") for cue in draft.cues]
    draft = interviewee.save_answers(production, state, draft.base.sha256, answers, key="12345678")
    picture = interviewee.add_signature(production, state, drawn_signature())
    interviewee.sign(production, EPISODE, seen=draft.number, name="王桂兰", signature=picture)


def _on_paper(production, bring) -> None:
    scan = bring(EPISODE, "signed_paper", "%PDF-1.4 scan")[0].sha256
    number = paper_number(production.states(EPISODE)[2])
    signoff.register_paper(
        production, EPISODE, production.stage("7"), scan, "孙编辑", number=number
    )
    assert not (production.folder / "released").exists()
    signoff.confirm_paper(production, EPISODE, production.stage("7"), "李编辑")


@pytest.mark.parametrize("sign", [_approved, _proofread, _by_interviewee, _on_paper])
def test_the_last_signature_releases_the_episode(reopened, bring, sign):
    sign(reopened, bring)
    assert is_released(reopened.states(EPISODE))
    assert (reopened.folder / "released" / "0001 王桂兰" / "01 童年" / "out.mp4").exists()


def test_a_signature_stands_where_the_release_fails(reopened, monkeypatch):
    def full(source, target):
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched, pytest.raises(StorageError):
        patched.setattr(releasing, "_copy", full)
        approve(reopened, EPISODE, reopened.stage("7"), "孙编辑")
    assert is_released(reopened.states(EPISODE))
    folder = releasing.release(reopened, EPISODE)
    assert [path.name for path in folder.iterdir()] == ["out.mp4"]
