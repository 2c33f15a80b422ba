"""The weekly report says what happened in its week, and says the same whenever it is made."""

from __future__ import annotations

import re
from datetime import timedelta

import docx
import pytest

from pipeline.errors import InputError
from pipeline.review.signoff import approve, send_back
from pipeline.tracking.weekly_report.data import week_of
from pipeline.tracking.weekly_report.docx import write_word
from pipeline.tracking.weekly_report.html import page
from pipeline.tracking.weekly_report.svg_charts import columns, shares
from pipeline.tracking.weekly_report.tables import parts, summary
from pipeline.tracking.weekly_report.write import write_report
from pipeline.workflow.executor import advance
from pipeline.workflow.roster import add_interviewee

EPISODE = "wang-guilan/01"
WEEK = timedelta(weeks=1)


@pytest.fixture
def place() -> str:
    """Where the ledger is makes no difference here."""
    return ""


@pytest.fixture
def worked(production, bring):
    """An episode that went back once and is released, another that waits for its cut."""
    sign = {1: "赵制片", 4: "钱导演", 7: "孙编辑", 12: "钱导演"}

    def signed(slug: str, number: int) -> None:
        advance(production, slug)
        approve(production, slug, production.stage(str(number)), sign[number])

    bring("wang-guilan", "contact_record", "王桂兰")
    signed("wang-guilan", 1)
    bring(EPISODE, "finished_cut", "picture")
    signed(EPISODE, 4)
    signed(EPISODE, 7)
    advance(production, EPISODE)
    back = [production.stage(n) for n in ("12", "7")]
    send_back(production, EPISODE, *back, "钱导演", "地名 <有误>")
    bring(EPISODE, "proofreading_correction", "better")
    signed(EPISODE, 7)
    signed(EPISODE, 12)
    return production


def part(week, title):
    return next(p for p in parts(week) if p.title == title)


def test_what_was_finished_sent_back_and_is_planned(worked):
    today = worked.today()
    week = week_of(worked, today, today)
    assert week.first.weekday() == 0
    assert (week.last - week.first).days == 6
    assert [(x.subject, x.stage, x.people) for x in week.finished] == [
        ("王桂兰", "01 前期沟通", "赵制片"),
        ("王桂兰 · 01 童年", "04 视频剪辑", "钱导演"),
        ("王桂兰 · 01 童年", "07 初校", "孙编辑"),
        ("王桂兰 · 01 童年", "12 终改", "钱导演"),
    ]
    assert [x.subject for x in week.released] == ["王桂兰 · 01 童年"]
    assert [(x.people, x.what) for x in week.sent_back] == [("钱导演", "地名 <有误>")]
    assert week.late == ()
    (planned,) = week.planned
    assert (planned.subject, planned.stage) == ("王桂兰 · 02 进城", "04 视频剪辑")
    assert planned.what.startswith("等待材料")
    assert (week.total.interviewees, week.total.episodes, week.total.released) == (1, 2, 1)
    assert [total.name for total in week.fields] == ["文化"]
    proof = next(s for s in week.stages if s.stage == "07 初校")
    assert (proof.of, proof.passed, proof.open, proof.sent_back) == (2, 1, 0, 1)
    assert week.signed[-1] == (week.first, 5)
    assert ("累计发布", "1 / 2 集") in summary(week)


def test_later_it_is_late_and_with_whom(worked):
    day = worked.today() + 3 * WEEK
    week = week_of(worked, day, day)
    assert week.finished == week.planned == ()
    (late,) = week.late
    assert set(late.people.split("、")) == {"钱导演", "李编辑"}
    assert 7 <= late.days <= 21
    assert week.total.late == 1


def test_a_week_that_is_over_stays_as_it_was(worked, tmp_path):
    today = worked.today()
    before = [page(week_of(worked, day, today + 2 * WEEK)) for day in (today - WEEK, today)]
    earlier = week_of(worked, today - WEEK, today)
    assert earlier.total.interviewees == 0, "nothing was there yet"
    assert earlier.finished == ()
    assert page(earlier) == before[0]
    files = [write_word(week_of(worked, today, today), tmp_path / f"{n}.docx") for n in range(2)]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert page(week_of(worked, today - WEEK, today)) == before[0]
    add_interviewee(worked, "li-na", "李娜", field="women")
    assert page(week_of(worked, today - WEEK, today)) == before[0]
    assert page(week_of(worked, today, today + 2 * WEEK)) != before[1]


def test_it_is_chinese_whoever_makes_it(worked, monkeypatch):
    today = worked.today()
    shown = page(week_of(worked, today, today))
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    assert page(week_of(worked, today, today)) == shown
    assert "地名 &lt;有误&gt;" in shown
    assert "<script" not in shown
    assert len(re.findall("<svg", shown)) == 2


def test_page_and_document_say_the_same(worked, tmp_path):
    today = worked.today()
    week, files = write_report(worked, today)
    assert {file.suffix for file in files} == {".html", ".docx"}
    assert {file.parent for file in files} == {worked.folder / "records" / "weekly"}
    shown = files[0].read_text("utf-8")
    document = docx.Document(str(files[1]))
    written = {c.text for table in document.tables for row in table.rows for c in row.cells}
    for each in parts(week):
        assert each.title in shown
        assert each.title in [paragraph.text for paragraph in document.paragraphs]
        for row in each.rows:
            assert set(row) <= written
    _week, (alone,) = write_report(worked, today, tmp_path / "new" / "周报.DOCX")
    assert docx.Document(str(alone)).paragraphs[0].text == document.paragraphs[0].text
    with pytest.raises(InputError, match="html or"):
        write_report(worked, today, tmp_path / "x.pdf")


def test_charts_of_nothing():
    assert "0 / 0" in shares([("录制", 0, 0, 0)])
    assert columns([("01-05", 0)]).count("<rect") == 1
    assert "&lt;" in shares([("<", 1, 0, 2)])
