"""The board: what waits for whom, filters, what other doors do shown at once, keyboard, phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from desk.web.views.board import BoardFilter, BoardViewCache
from pipeline.review.signoff import approve, send_back
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.requests import request
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.interview_film import SLUG, WAITS_AT


def sign(production: Production, number: int, stage: str, person: str) -> None:
    """Sign at another door."""
    slug = f"{SLUG}/{number:02d}"
    approve(production, slug, production.stage(stage), person)


def test_everybody_finds_first_what_waits_for_them(desk, new_page, shots: Shots):
    page = new_page("李编辑")
    expect(page.locator("#mine")).to_have_text("有 2 件事等您处理")
    tasks = page.locator(".task")
    assert [a.get_attribute("href") for a in tasks.locator("a").all()] == [
        f"/episode/{SLUG}/0{n}/proofread/7" for n in (1, 2)
    ]
    assert "07 初校" in tasks.first.inner_text() and "王桂兰 · 01" in tasks.first.inner_text()
    shots(page, "board.png", full=True)
    axe(page)
    for number, stage in WAITS_AT.items():
        row = page.locator("tr", has=page.locator(f"[id='row-{SLUG}/{number:02d}']"))
        standing = row.locator(f"td.stage >> nth={stage - 4}").inner_text()
        assert ("待签署" in standing) == (stage != 4), row.inner_text()
        assert row.locator("td.stage.is-done").count() == stage - 4
    leader = new_page("吴馆长")
    assert leader.locator(".task a").get_attribute("href") == f"/episode/{SLUG}/06/review/11"
    technician = new_page("周技术")
    assert technician.locator(".task a").get_attribute("href") == f"/episode/{SLUG}/03/review/9"
    director = new_page("钱导演")
    assert [a.get_attribute("href") for a in director.locator(".task a").all()] == [
        f"/episode/{SLUG}/07/proofread/12", f"/deposit/{SLUG}/08",
    ]  # fmt: skip


def test_filters_stay_in_the_address_and_can_be_gone_back_from(desk, new_page):
    page = new_page("李编辑")
    page.click(".filters summary")
    page.select_option("#stage", "7")
    page.click(".filters button")
    page.wait_for_url("**stage=7**")
    rows = page.locator("table.board tbody tr:not(.whole)")
    expect(rows).to_have_count(2)
    assert page.locator("#stage").input_value() == "7"
    page.fill("#q", "进城")
    page.click(".filters button")
    page.wait_for_url("**q=%E8%BF%9B%E5%9F%8E**")
    expect(rows).to_have_count(1)
    page.select_option("#person", "吴馆长")
    page.click(".filters button")
    expect(page.locator("#table")).to_contain_text("没有符合条件的")
    page.go_back()
    expect(rows).to_have_count(1)
    page.goto("/?person=王桂兰")
    expect(rows).to_have_count(2)
    page.goto("/?late=1")
    expect(rows).to_have_count(0)
    page.goto("/?field=education")
    expect(page.locator("table.board")).to_have_count(0)


def test_what_somebody_signs_elsewhere_is_shown_without_loading_again(desk, new_page):
    page = new_page("陈编辑")
    expect(page.locator("#mine")).to_have_text("有 2 件事等您处理")
    page.focus(f"[id='row-{SLUG}/03']")
    page.evaluate("window.same = true")
    sign(desk.production, 1, "7", "李编辑")
    expect(page.locator("#mine")).to_have_text("有 1 件事等您处理")
    expect(page.locator("#live")).to_contain_text("已更新")
    assert page.evaluate("window.same") is True
    assert page.evaluate("document.activeElement.id") == f"row-{SLUG}/03"
    desk.kill()
    expect(page.locator("#live")).to_contain_text("连接中断")
    sign(desk.production, 2, "7", "李编辑")
    desk.start()
    expect(page.locator("#mine")).to_have_text("有 0 件事等您处理", timeout=30_000)


def test_a_telephone_shows_cards_and_the_keyboard_reaches_everything(new_page, shots: Shots):
    page = new_page("李编辑", width=375)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375
    shots(page, "board-375.png", full=True)
    axe(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == f"task-{SLUG}/01-7"
    reached = set()
    for _n in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    assert {f"row-{SLUG}", f"row-{SLUG}/01", f"row-{SLUG}/08"} <= reached


def test_interviewees_are_led_to_their_own_pages(new_page):
    page = new_page("王桂兰")
    assert page.locator("table.board").count() == 0
    assert page.request.get("/events").status == 403


@pytest.fixture
def many(desk) -> Production:
    """The production with two hundred episodes more."""
    for n in range(20):
        slug = f"p{n:02d}"
        add_interviewee(desk.production, slug, f"受访者{n:02d}", field="education", phase=2)
        for _k in range(10):
            add_episode(desk.production, slug, "一集")
    return desk.production


def test_many_are_shown_in_pages(many, new_page):
    page = new_page("李编辑")
    rows = page.locator("table.board tbody tr")
    assert rows.count() <= 60
    expect(page.locator(".pages span")).to_contain_text("共 5 页")
    seen = set()
    while True:
        seen |= {row.get_attribute("id") for row in page.locator("tbody th a[id]").all()}
        if not page.locator("a[rel=next]").count():
            break
        page.click("a[rel=next]")
    assert len(seen) == 21 + 208
    page.goto("/?phase=2&page=2")
    assert "phase=2" in str(page.locator("a[rel=next]").get_attribute("href"))


def test_the_board_is_looked_at_again_only_when_something_is_new(production):
    boards = BoardViewCache(production)
    first = boards.current()
    assert boards.current() is first
    request(production, SLUG)
    assert boards.current() is not first
    assert boards.current().page(BoardFilter(q="没有"), 1).groups == ()


def test_what_was_sent_back_waits_for_whom_it_concerns(production):
    to = production.stage("4")
    send_back(production, f"{SLUG}/06", production.stage("11"), to, "吴馆长", "剪掉了")
    row = (
        BoardViewCache(production)
        .current()
        .page(BoardFilter(q=f"{SLUG}/06"), 1)
        .groups[0]
        .episodes[0]
    )
    assert row.action is None and row.ready_stage is not None and row.ready_stage.stage.number == 4
