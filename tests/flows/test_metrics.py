"""The figures are counted beside the work, rarely, and only where something is new."""

from __future__ import annotations

import json
import time

from flows.views import metrics
from flows.views.metrics import Figuring
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.roster import add_interviewee
from pipeline.workflow.scheduling.requests import ledger_version


def counted(figures: Figuring) -> None:
    if figures._thread is not None:
        figures._thread.join(30)


def signed(production, bring_to):
    add_interviewee(production, "li-na", "李娜", field="culture")
    bring_to(production, "li-na", "contact_record", "李娜")
    advance(production, "li-na")
    approve(production, "li-na", production.stage("1"), "赵制片")
    return production


def test_tables_by_stage_and_by_person(production, bring_to, monkeypatch):
    signed(production, bring_to)
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    figures = Figuring()
    figures.tick(production, ledger_version(production))
    counted(figures)
    title, table = figures.tables["figures"]
    assert title == "各步骤指标"
    (row,) = json.loads(table)
    assert row["步骤"] == "01 前期沟通"
    assert "100% (1/1)" in row.values()
    (person,) = json.loads(figures.tables["figures-people"][1])
    assert person["人员"] == "赵制片"


def test_nothing_is_counted_again_where_nothing_is_new(production, monkeypatch):
    times = []
    monkeypatch.setattr(metrics, "compute_metrics", lambda _p: times.append(1) or metrics.Metrics())
    monkeypatch.setattr(metrics, "_EVERY_S", 0.0)
    figures = Figuring()
    for found in (1, 1, 2, 2):
        figures.tick(production, found)
        counted(figures)
    assert len(times) == 2
    monkeypatch.setattr(metrics, "_EVERY_S", 600.0)
    for found in (3, 4):
        figures.tick(production, found)
        counted(figures)
    assert len(times) == 3


def test_it_holds_nothing_up_and_survives_what_goes_wrong(production, monkeypatch, caplog):
    def failing(_production):
        time.sleep(0.3)
        raise RuntimeError("no figures today")

    monkeypatch.setattr(metrics, "compute_metrics", failing)
    figures = Figuring()
    start = time.monotonic()
    figures.tick(production, 1)
    assert time.monotonic() - start < 0.25
    counted(figures)
    assert figures.tables == {}
    assert "no figures today" in caplog.text
