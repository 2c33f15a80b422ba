"""The page of an episode: why it stands where it stands, and all that can be done about it."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from desk.demo import sample_interview
from desk.web.views.decision import consequences
from pipeline.review.notes import add_note
from pipeline.review.paper_number import paper_number
from pipeline.review.signoff import send_back
from pipeline.workflow.impact import Effect, plan
from pipeline.workflow.roster import subjects
from pipeline.workflow.scheduling.requests import requests
from pipeline.workflow.stage_state import StageState
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.interview_film import SLUG


def address(number: int) -> str:
    return f"/episode/{SLUG}/{number:02d}"


def state(desk, number: int, stage: int) -> StageState:
    states = desk.production.states(f"{SLUG}/{number:02d}" if number else SLUG)
    return next(s for s in states if s.stage.number == stage)


def test_it_says_where_everything_stands_and_hands_out_what_was_made(new_page, shots: Shots):
    page = new_page("李编辑")
    page.goto(address(3))
    expect(page.locator("#summary")).to_contain_text("09 视频核对")
    expect(page.locator("#summary")).to_contain_text("周技术")
    expect(page.locator("#stage-7")).to_contain_text("李编辑")
    expect(page.locator("#stage-10")).to_contain_text("等待")
    shots(page, "episode.png", full=True)
    axe(page)
    with page.expect_download() as got:
        page.locator("#stage-7 .get").first.click()
    assert got.value.path().read_text("utf-8").startswith("1\n00:00:0")
    page.click("#history summary")
    expect(page.locator("#history")).to_contain_text("李编辑")
    page.click(".crumbs >> text=王桂兰")
    expect(page.locator("h1")).to_have_text("王桂兰")
    with page.expect_download() as got:
        page.locator("#stage-2 .get").first.click()
    assert "王桂兰" in got.value.path().read_text("utf-8")
    shots(page, "interviewee.png", full=True)
    axe(page)


def test_a_telephone_shows_it_whole(new_page, shots: Shots):
    page = new_page("吴馆长", width=375)
    page.goto(address(6))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    shots(page, "episode-375.png", full=True)
    axe(page)


def test_the_director_signs_and_the_episode_is_released_and_opened_again(desk, new_page):
    page = new_page("钱导演")
    page.goto(address(7))
    page.focus("#stage-12 [data-approve] button")
    page.keyboard.press("Enter")
    expect(page.locator("#summary")).to_contain_text("已发布")
    row = state(desk, 7, 12).approval
    assert row is not None and (row.person, row.via) == ("钱导演", "desk")
    assert list((desk.production.folder / "released").rglob("*.mp4"))
    page.click("#stage-12 details summary >> nth=0")
    page.click("#stage-12 [data-back] summary")
    page.select_option("#to-12", "initial_proofreading")
    expect(page.locator("#stage-12 [data-lines]")).to_contain_text("07 初校")
    page.fill("#why-12", "片尾字幕有误")
    page.click("#stage-12 [data-send-back] button")
    expect(page.locator("#summary")).not_to_contain_text("已发布")
    assert not state(desk, 7, 12).passed


def test_sending_back_says_beforehand_what_it_causes_and_causes_that(desk, new_page, shots: Shots):
    slug, production = f"{SLUG}/06", desk.production
    foreseen = plan(production, slug, send_back_to=production.stage("9"))
    page = new_page("吴馆长")
    page.goto(address(6))
    page.click("#stage-11 [data-back] summary")
    page.select_option("#to-11", "video_verification")
    lines = page.locator("#stage-11 [data-lines] li")
    told = consequences(production, slug, production.stage("9"))["lines"]
    expect(lines).to_have_count(len(told))
    for line in told:
        expect(page.locator("#stage-11 [data-lines]")).to_contain_text(line["stage"][:2])
    expect(page.locator("#stage-11 [data-kept]")).to_contain_text("李编辑")
    assert production.states(slug)[5].last_signoff.action == "approve"  # nothing is done yet
    page.check("#stage-11 [data-usual] label >> nth=0")
    shots(page, "send-back.png", full=True)
    page.click("#stage-11 [data-send-back] button")
    expect(page.locator("#stage-9")).to_contain_text("可运行")
    now = {s.stage.slug: s for s in production.states(slug)}
    for step in foreseen:
        if step.signature is Effect.KEEPS:
            assert now[step.state.stage.slug].approval is not None
    row = now["video_verification"].last_signoff
    assert (row.action, row.person) == ("send_back", "吴馆长") and row.reason


def test_what_changed_meanwhile_is_not_signed(desk, new_page):
    page = new_page("周技术")
    page.goto(address(3))
    production = desk.production
    send_back(
        production, f"{SLUG}/03", production.stage("7"), production.stage("7"), "李编辑", "错别字"
    )
    expect(page.locator("#stage-9 .changed")).to_contain_text("有变化")
    page.click("#stage-9 [data-approve] button")
    expect(page.locator("#stage-9 [data-wrong]")).to_be_visible()
    assert state(desk, 3, 9).approval is None


def test_one_takes_ones_own_approval_back(desk, new_page):
    page = new_page("李编辑")
    page.goto(address(3))
    page.click("#stage-7 details:has(.decide) > summary")
    page.click("#stage-7 .decide details:has([data-withdraw]) > summary")
    page.fill("#because-7", "我再看一遍")
    page.click("#stage-7 [data-withdraw] button")
    expect(page.locator("#stage-7 .standing")).to_have_text("待签署")
    last = state(desk, 3, 7).last_signoff
    assert last is not None and (last.action, last.reason) == ("withdraw", "我再看一遍")


def test_paper_is_registered_by_one_and_confirmed_by_another(
    desk, new_page, shots: Shots, tmp_path: Path
):
    scan = tmp_path / "../../<b>签字.png".replace("/", "_")
    sample_interview.scanned_consent(scan)
    page = new_page("李编辑")
    page.goto(address(4))
    page.click("#stage-10 summary >> text=受访者在纸上签了字")
    (tmp_path / "no.png").write_text("no picture")
    page.set_input_files("#scan", tmp_path / "no.png")
    page.fill("#paper-number", "00000000")
    page.click("#stage-10 form button")
    expect(page.locator("#stage-10 [role=alert]")).to_be_visible()
    expect(page.locator("#scan")).to_have_attribute("aria-describedby", "wrong-10")
    page.set_input_files("#scan", scan)
    page.fill("#paper-number", "00000000")
    page.click("#stage-10 form button")
    expect(page.locator("#stage-10 [role=alert]")).to_contain_text("不是这一稿")
    page.set_input_files("#scan", scan)
    page.fill("#paper-number", paper_number(state(desk, 4, 10)))
    page.click("#stage-10 form button")
    expect(page.locator("p.done[role=status]")).to_contain_text("须由另一人确认")
    assert page.locator("#stage-10 button:has-text('确认')").count() == 0
    page.goto("/")
    assert page.locator(f"[id='task-{SLUG}/04-10']").count() == 0, "not who registered it"
    other = new_page("周技术")
    task = other.locator(f"[id='task-{SLUG}/04-10']")
    expect(task.locator("xpath=..")).to_contain_text("确认李编辑经手的受访者签字")
    shots(other, "board-paper.png", full=True)
    task.press("Enter")
    other.wait_for_url("**/04#stage-10")
    expect(other.locator("#stage-10")).to_contain_text("除李编辑外的任一位工作人员")
    other.click("#stage-10 button:has-text('确认')")
    expect(other.locator("p.done[role=status]")).to_contain_text("签字生效")
    row = state(desk, 4, 10).approval
    assert row is not None and (row.person, row.via) == ("王桂兰", "paper")


def test_it_is_asked_for_and_rests(desk, new_page):
    add_note(
        desk.production, f"{SLUG}/03", "周技术", "地名请核实", kind="subtitled_video",
        sha256="0" * 64, start_ms=0, end_ms=10,
    )  # fmt: skip
    page = new_page("赵制片")
    page.goto(address(3))
    expect(page.locator(".doing")).to_contain_text("1 条未了结的批注")
    page.click("text=制作：把能做的做完")
    expect(page.locator("p.done[role=status]")).to_contain_text("已要求制作")
    wish = requests(desk.production)[f"{SLUG}/03"]
    assert wish.wanted and wish.via == "desk: 赵制片"
    page.click("text=暂停")
    expect(page.locator("p.done[role=status]")).to_contain_text("已暂停")
    assert not requests(desk.production)[f"{SLUG}/03"].wanted


def test_what_a_form_refuses_is_said_beside_it_and_nothing_typed_is_lost(desk, new_page):
    page = new_page("赵制片")
    page.click("text=新增受访者")
    page.fill("#name", "李芳")
    page.fill("#slug", "Li Fang")
    page.select_option("#field", "women")
    page.click("form.card button.main")
    expect(page.locator("[role=alert]")).to_contain_text("Li Fang")
    assert (page.input_value("#name"), page.input_value("#field")) == ("李芳", "women")
    axe(page)
    page.fill("#slug", "li-fang")
    page.click("form.card button.main")
    page.wait_for_url("**/interviewee/li-fang**")
    page.click("text=新增一集")
    page.fill("#title", "<script>alert(1)</script>\u202e")
    page.click("form.card button.main")
    expect(page.locator("[role=alert]")).to_be_visible()
    page.fill("#title", "<script>alert(1)</script>")
    page.click("form.card button.main")
    page.wait_for_url("**/episode/li-fang/01**")
    expect(page.locator("h1")).to_contain_text("<script>alert(1)</script>")
    assert subjects(desk.production)[1].slug == "li-fang/01"
    editor = new_page("李编辑")
    assert editor.goto("/new/interviewee").status == 403


def test_a_deputy_finds_what_waits_for_whom_they_stand_in_for(desk, new_page):
    page = new_page("吴馆长")
    page.click("text=代签")
    page.select_option("#deputy", "赵制片")
    page.fill("#until", "2000-01-01")
    page.fill("#reason", "出差")
    page.click("form.card button.main")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert page.input_value("#reason") == "出差"
    axe(page)
    page.fill("#until", "2099-01-01")
    page.click("form.card button.main")
    expect(page.locator("table.list")).to_contain_text("赵制片")
    deputy = new_page("赵制片")
    expect(deputy.locator(".task")).to_contain_text("11 终审")
    deputy.goto(address(6))
    deputy.click("#stage-11 [data-approve] button")
    expect(deputy.locator("#stage-11 .standing")).to_have_text("完成")
    row = state(desk, 6, 11).approval
    assert row is not None and row.person == "赵制片" and "代 吴馆长" in row.reason


def test_two_edit_the_outline_and_both_are_kept(desk, new_page, shots: Shots):
    first, second = new_page("钱导演"), new_page("赵制片")
    for page in (first, second):
        page.goto(f"/interviewee/{SLUG}/outline")
    expect(first.locator(".heed summary")).to_contain_text("签字")
    first.fill("#text", "# 提纲\n\n先到的人写的。")
    first.click("button.main")
    expect(first.locator("p.done[role=status]")).to_contain_text("提纲已保存")
    second.fill("#text", "# 提纲\n\n后到的人写的。")
    second.click("button.main")
    expect(second.locator("[role=alert]")).to_contain_text("钱导演")
    expect(second.locator("pre.theirs")).to_contain_text("先到的人写的")
    assert "后到的人写的" in second.input_value("#text")
    shots(second, "outline.png")
    axe(second)
    second.click("button.main")
    expect(second.locator("p.done[role=status]")).to_contain_text("提纲已保存")
    outline = next(a for a in state(desk, 0, 2).outputs if a.kind == "outline")
    assert outline.path.read_text("utf-8") == "# 提纲\n\n后到的人写的。\n"


def test_somebody_elses_sheet_is_not_offered_for_signing(desk, new_page):
    page = new_page("李编辑")
    page.goto(address(6))
    assert page.locator("[data-approve]").count() == 0
    told = page.request.post(
        f"{address(6)}/stage/11/approve", data=json.dumps({"seen": state(desk, 6, 11).signs}),
        headers={
            "content-type": "application/json", "accept": "application/json",
            "x-csrf-token": str(page.locator("meta[name=csrf]").get_attribute("content")),
        },
    )  # fmt: skip
    assert told.status == 409
