"""The board as a table in Prefect, which shows the columns of its first row alone."""

from __future__ import annotations

from flows.subject_status import subject_status
from flows.views.artifacts import table
from pipeline.workflow.roster import add_interviewee
from pipeline.workflow.scheduling.pause import pause


def shown(production):
    board = production.board()
    return table(production, {slug: subject_status(production, board[slug]) for slug in board})


def test_every_row_has_every_column_in_order(production):
    add_interviewee(production, "ai-hua", "艾华", field="culture")  # who has no episode yet
    rows = shown(production)
    columns = ["Episode", "Waits for", *(stage.label for stage in production.stages)]
    assert [row["Episode"] for row in rows] == ["艾华", "王桂兰 · 01 童年", "王桂兰 · 02 进城"]
    assert [list(row) for row in rows] == [columns] * 3
    assert all(row["Waits for"] for row in rows)
    assert list(rows[1].values())[2:] == ["deposit", "·", "·", "·", "·"]


def test_the_first_row_says_that_the_production_is_paused(production):
    before = shown(production)
    pause(production, by="钱导演", reason="服务器检修")
    first, *others = shown(production)
    assert "钱导演" in first["Episode"] and list(first) == list(before[0])
    assert others == before
