"""A whole phase is asked for at once, and names that are nearly right are suggested."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.core.fuzzy_match import nearest
from pipeline.errors import NotFoundError
from pipeline.repository.records import find_subject
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.batch import end_of, request_phase
from pipeline.workflow.scheduling.requests import request, requests, stop


@pytest.fixture
def place() -> str:
    """In SQLite alone: nothing here depends on the database."""
    return ""


@pytest.fixture
def several(production):
    """Four interviewees: three of the first phase, two of culture."""
    add_interviewee(production, "li-ming", "李明", field="education")
    add_interviewee(production, "zhao-hong", "赵红", field="culture")
    add_interviewee(production, "bai-ge", "白鸽", field="culture", phase=2)
    add_episode(production, "li-ming", "牧区的学校")
    return production


def test_a_phase_or_a_field_of_it(several):
    assert request_phase(several, 1, via="Prefect") == ["李明", "王桂兰", "赵红"]
    assert request_phase(several, 2, "文化", via="Prefect") == ["白鸽"]
    assert request_phase(several, 1, " culture ", via="Prefect") == ["王桂兰", "赵红"]
    asked = requests(several)
    assert set(asked) == {"wang-guilan", "li-ming", "zhao-hong", "bai-ge"}
    assert all(wish.wanted and wish.via == "Prefect" for wish in asked.values())


def test_what_is_not_there_is_said_with_what_is(several, monkeypatch):
    with pytest.raises(NotFoundError, match="phase 1 culture, phase 1 education, phase 2 culture"):
        request_phase(several, 3, via="Prefect")
    with pytest.raises(NotFoundError, match=r"文化 \(culture\)"):
        request_phase(several, 1, "艺术", via="Prefect")
    assert requests(several) == {}


def test_a_due_date_stays_until_another_is_said(several):
    day = end_of(date(2027, 3, 1))
    request(several, "li-ming", due_ms=day)
    stop(several, "li-ming")
    assert request(several, "li-ming").due_ms == day
    assert requests(several)["li-ming"].due_ms == day
    request_phase(several, 1, "education", due_ms=day + 1, via="Prefect")
    assert requests(several)["li-ming"].due_ms == day + 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("王桂蓝", "wang-guilan"),
        ("wang-guilam", "wang-guilan"),
        ("王贵兰/1", "wang-guilan/01, wang-guilan/02"),
        ("wang-guilan/9", "wang-guilan/01, wang-guilan/02"),
        ("李名", "li-ming"),
    ],
)
def test_a_name_that_is_nearly_right_is_suggested(several, typed, meant):
    with (
        pytest.raises(NotFoundError, match=f"Did you mean: {meant}"),
        several.ledger.read() as session,
    ):
        find_subject(session, typed)


def test_where_none_is_near_all_are_named(several):
    with pytest.raises(NotFoundError, match="There are: bai-ge"), several.ledger.read() as session:
        find_subject(session, "诺敏")
    assert nearest("诺敏", []) == []
