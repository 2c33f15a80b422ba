"""The board is what a survey of everything gives, and looks again only where something happened."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from derivations import derivations
from sqlalchemy import text
from toys import TOYS

from pipeline.review.signoff import approve, send_back
from pipeline.workflow.executor import advance
from pipeline.workflow.production import Production, open_home
from pipeline.workflow.roster import add_episode, add_interviewee

EPISODE = "wang-guilan/01"


@pytest.fixture
def surveyed():
    """The slugs surveyed, as they are."""
    with derivations("chifeng.board") as slugs:
        yield slugs


@pytest.fixture
def signed(production, bring):
    """The toy episode with its film signed, and a second interviewee."""
    add_interviewee(production, "li-si", "李四", field="women")
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("4"), "钱导演")
    return production


def from_scratch(production):
    """Survey every subject by itself, as `show` and `produce` do."""
    slugs = ("li-si", "wang-guilan", EPISODE, "wang-guilan/02")
    return {slug: production.states(slug) for slug in slugs}


def holds(production):
    states = from_scratch(production)
    told = [(s.status, s.reason, s.key, s.signs) for each in states.values() for s in each]
    board = production.board()
    assert list(board) == list(states)
    assert [(s.status, s.reason, s.key, s.signs) for e in board.values() for s in e] == told
    assert production.summaries() == {k: [s.summary for s in each] for k, each in states.items()}


def test_the_first_look_surveys_everything_and_the_next_nothing(signed, surveyed):
    holds(signed)
    surveyed.clear()
    signed.board(), signed.summaries()
    assert surveyed == []


def test_what_happens_to_an_episode_is_looked_at_alone(signed, surveyed):
    signed.board()
    surveyed.clear()
    advance(signed, EPISODE)
    signed.board()
    assert surveyed == [EPISODE]
    holds(signed)


def test_what_happens_to_an_interviewee_concerns_their_episodes(signed, surveyed):
    signed.summaries()
    surveyed.clear()
    stage = signed.stage("1")
    send_back(signed, "wang-guilan", stage, stage, "赵制片", "again")
    signed.summaries()
    assert surveyed == ["wang-guilan", EPISODE, "wang-guilan/02"]
    holds(signed)


def test_a_new_episode_and_a_new_title_are_seen(signed):
    signed.summaries(), signed.board()
    add_episode(signed, "li-si", "第一集")
    with signed.ledger.write() as session:
        session.execute(text("UPDATE subject SET name = '少年' WHERE slug = 'wang-guilan/01'"))
    assert signed.summaries()["li-si/01"][0].subject.title == "第一集"
    assert signed.board()[EPISODE][0].subject.title == "少年"


def test_on_another_day_consent_is_asked_again(again, surveyed, monkeypatch):
    answers = []
    again = replace(
        again, consent_policy=lambda *_: next(iter(answers), None),
        stages=(TOYS[0], *(replace(toy, needs_consent=True) for toy in TOYS[1:])),
    )  # fmt: skip
    again.summaries()
    surveyed.clear()
    monkeypatch.setattr(Production, "today", lambda self: date(2099, 1, 1))
    again.summaries()
    assert surveyed == []
    answers.append("The consent expired.")
    monkeypatch.setattr(Production, "today", lambda self: date(2099, 1, 2))
    assert again.summaries()[EPISODE][0].status == "refused"
    assert surveyed == [EPISODE, "wang-guilan/02"], "nothing was asked of the others"
    holds(again)


def test_another_language_is_another_look(signed, monkeypatch):
    signed.summaries()
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    holds(signed)


def test_a_restored_backup_is_another_ledger(signed, surveyed):
    signed.summaries()
    surveyed.clear()
    with signed.ledger.write() as session:
        session.execute(text("DELETE FROM signoff"))
    signed.summaries()
    assert len(surveyed) == 4
    holds(signed)


@pytest.fixture
def again(signed, monkeypatch):
    """Open the home as another process would, after the board was kept."""
    monkeypatch.setattr("pipeline.workflow.board.file._WORTH_WRITING", 1)
    signed.summaries()
    other = open_home(signed.folder, TOYS)
    yield other
    other.ledger.close()


def test_the_next_process_need_not_survey_again(again, surveyed):
    kept = again.summaries()
    assert surveyed == []
    advance(again, EPISODE)
    assert again.summaries() != kept
    assert surveyed == [EPISODE]
    holds(again)


def test_the_kept_board_may_be_damaged_or_gone(again, surveyed):
    (kept,) = (again.folder / "cache").iterdir()
    told = json.loads(kept.read_text("utf-8"))
    told["subjects"][0][2] = [["nonsense"]]
    for damaged in (json.dumps(told), "{", "[]", '{"context": 1}'):
        kept.write_text(damaged, "utf-8")
        other = open_home(again.folder, TOYS)
        surveyed.clear()
        holds(other)
        assert len(surveyed) == 8
        other.ledger.close()
    kept.unlink()
    holds(again)


def test_a_kept_board_of_other_settings_is_not_used(again, surveyed):
    with (again.folder / "settings.toml").open("a") as file:
        file.write('[speech]\nmodel = "small"\n')
    other = open_home(again.folder, TOYS)
    other.summaries()
    assert len(surveyed) == 4
    other.ledger.close()
