"""One edit list for an interviewee serves many episodes, and touches only those it changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.editing.edit_lists import check_edit_list
from pipeline.errors import FormError, NotFoundError
from pipeline.kinds import KINDS
from pipeline.repository.records import find_subject, load_records
from pipeline.workflow.ingest import deposits

KIND = KINDS["edit_list"]
LIST = "集,素材,入点,出点\n1,C0001,0,60\n2,C0001,60,120\n1,C0002,0,30\n"


@pytest.fixture
def bring_list(production, tmp_path: Path):
    checked = replace(production, deposit_checks={"edit_list": check_edit_list})

    def deposit(text: str, slug: str = "wang-guilan", name: str = "list.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return deposits.deposit(checked, slug, KIND, path, "孙编辑")

    return deposit


def held(production, slug: str) -> list[str]:
    """The edit lists deposited for this episode, the latest last."""
    with production.ledger.read() as session:
        own, _interviewee = load_records(session, find_subject(session, slug))
        paths = [production.store.path(d.sha256, d.suffix) for d in own.deposits]
    return [path.read_text("utf-8") for path in paths]


def test_a_list_is_divided_among_the_episodes(production, bring_list):
    made = bring_list(LIST)
    assert [(d.subject, d.new) for d in made] == [
        ("wang-guilan/01", True),
        ("wang-guilan/02", True),
    ]
    assert held(production, "wang-guilan/01") == [
        "episode,source,in,out\n1,C0001,0,60\n1,C0002,0,30\n"
    ]
    assert held(production, "wang-guilan/02") == ["episode,source,in,out\n2,C0001,60,120\n"]


def test_only_episodes_whose_lines_changed_get_a_new_deposit(production, bring_list):
    first = bring_list(LIST)
    again = bring_list(LIST.replace("2,C0001,60,120", "2,C0001,60,90"), name="list 2.csv")
    assert [(d.subject, d.new) for d in again] == [
        ("wang-guilan/01", False),
        ("wang-guilan/02", True),
    ]
    assert again[1].sha256 != first[1].sha256
    assert len(held(production, "wang-guilan/01")) == 1
    assert len(held(production, "wang-guilan/02")) == 2


def test_an_episode_may_have_its_own_list(production, bring_list):
    bring_list(LIST)
    bring_list("source,in,out\nC0003,0,9\n", slug="wang-guilan/02")
    assert held(production, "wang-guilan/02")[-1] == "source,in,out\nC0003,0,9\n"


def test_nothing_is_taken_for_any_where_one_episode_is_unknown(production, bring_list):
    with pytest.raises(NotFoundError, match="wang-guilan"):
        bring_list(LIST + "7,C0001,0,1\n")
    assert held(production, "wang-guilan/01") == []


def test_a_list_that_cannot_be_read_is_refused_with_its_line(bring_list):
    with pytest.raises(FormError, match="line 2"):
        bring_list("集,素材,入点,出点\n1,C0001,60,0\n")
    with pytest.raises(FormError, match="which episode"):
        bring_list("素材,入点,出点\nC0001,0,60\n")
