"""The interviewee's page on a telephone: from the link to the signature."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from pipeline.captions.formats.reader import read
from pipeline.core.files import read_json
from pipeline.repository.records import find_subject, load_records
from pipeline.review.access import accounts
from pipeline.review.notes import notes
from pipeline.review.signoff import confirm_paper
from pipeline.workflow.executor import advance
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.desk_process import Desk
from tests.desk.web.interview_film import SLUG

EPISODE = f"{SLUG}/04"


def deposits(production: Production, kind: str) -> list[str]:
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, EPISODE))
    return [row.name for row in own.deposits if row.kind == kind]


def state(production: Production, number: int) -> StageState:
    return next(s for s in production.states(EPISODE) if s.stage.number == number)


def decoded(picture: bytes) -> str:
    """What a telephone's camera reads in the picture."""
    import io

    import av
    import zxingcpp

    with av.open(io.BytesIO(picture)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    (found,) = zxingcpp.read_barcodes(frame)
    return found.text


def make_link(new_page) -> tuple[str, str, Page]:
    """Have the producer make a link; return its address, its code and the producer's page."""
    page = new_page("赵制片")
    page.goto(f"/episode/{EPISODE}/link")
    page.click("text=做一个链接")
    code = "".join(page.locator(".code").inner_text().split())
    return page.locator("#address").input_value(), code, page


def enter(page: Page, address: str, code: str) -> None:
    page.goto(address)
    page.fill("#code", code)
    page.click("button.main")
    page.wait_for_url(f"**/mine/{EPISODE}")
    page.wait_for_selector("#interviewee[data-ready]")


def sent(page: Page) -> None:
    expect(page.locator("#save-status")).to_have_text("已经存好")


def fits(page: Page) -> None:
    """Nothing is wider than the telephone, no text small, no button too small for a finger."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    small = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility()
          && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
          && parseFloat(getComputedStyle(e).fontSize) < 22).map((e) => e.outerHTML)"""
    )
    assert not small
    targets = page.evaluate(
        """() => [...document.querySelectorAll('main :is(button, a, input, textarea)')]
          .filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())
          .filter((box) => box.height < 48 || box.width < 48).length"""
    )
    assert targets == 0


def draw(page: Page) -> None:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 110, steps=6)
    page.mouse.move(box["x"] + 220, box["y"] + 50, steps=6)
    page.mouse.up()


def test_from_the_link_to_the_signature(desk: Desk, new_page, shots: Shots):
    address, code, crew = make_link(new_page)
    assert decoded(crew.locator("img.qr").screenshot()) == address
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/i/[\w-]{32}", address)
    axe(crew)
    shots(crew, "link.png", full=True)

    page = new_page(width=375, height=667)
    page.goto(address)
    fits(page)
    axe(page)
    shots(page, "visitor-code.png", full=True)
    enter(page, address, code)
    fits(page)
    axe(page)
    shots(page, "visitor-hello.png", full=True)

    page.click("text=看片子")
    page.wait_for_function("document.getElementById('film').readyState >= 2")
    fits(page)
    shots(page, "visitor-film.png", full=True)
    page.click("section[data-view=film] >> text=一句一句看")
    before = read(
        next(a.path for a in state(desk.production, 10).outputs if a.path.suffix == ".srt")
    )
    all_of_it = len(before)
    assert page.locator("#count").inner_text() == f"第 1 句，共 {all_of_it} 句"
    fits(page)
    axe(page)
    shots(page, "visitor-cue.png", full=True)

    page.click("[data-do=right]")
    page.wait_for_function("!document.getElementById('film').paused")
    page.click("[data-do=wrong]")
    page.fill("#text", "那时候馆里一共八个人")
    sent(page)  # kept while one types
    shots(page, "visitor-wrong.png", full=True)
    fits(page)
    page.click("#wrong button.main")
    for reason in ("老馆长家里人不愿意", ""):
        page.click("#withhold")
        page.fill("#reason", reason)
        fits(page)
        shots(page, "visitor-withhold.png", full=True)
        page.click("#withholding button.main")
    assert page.locator("#count").inner_text() == f"第 5 句，共 {all_of_it} 句"
    page.click("#record")
    page.wait_for_timeout(1200)
    shots(page, "visitor-recording.png", full=True)
    page.click("#stop")
    page.wait_for_selector("#recorded")
    assert "您的录音存好了" in page.locator("#recording-status").inner_text()
    sent(page)
    fits(page)
    axe(page)
    shots(page, "visitor-recorded.png", full=True)
    page.click("#recorded")
    assert "您留了一段录音" in page.locator("#answer").inner_text()

    page.reload()  # another day
    page.wait_for_selector("#interviewee[data-ready]")
    page.click("text=接着看第 6 句")
    assert page.locator("#count").inner_text() == f"第 6 句，共 {all_of_it} 句"
    page.click("[data-do=previous]")
    page.click("[data-do=previous]")
    assert "您说：这段不要公开" in page.locator("#answer").inner_text()
    page.click("section[data-view=cue] >> text=到最后，去签字")
    expect(page.locator("#unseen")).to_have_text(f"还有 {all_of_it - 5} 句没有看。")
    shots(page, "visitor-unseen.png", full=True)
    page.click("#rest-right")
    expect(page.locator("#unseen")).to_have_text("您都看过了。您签的是：")
    assert f"{before[1].text} → 那时候馆里一共八个人" in page.locator("#changed").inner_text()
    assert before[2].text in page.locator("#passages").inner_text()
    fits(page)
    axe(page)
    shots(page, "visitor-summary.png", full=True)

    page.click("#to-sign")
    page.fill("#name", "王桂")
    page.click("#signing button.main:has-text('我签字')")
    expect(page.locator("#refused")).to_have_text("请先在白框里签字。")
    draw(page)
    page.click("#signing button.main:has-text('我签字')")
    expect(page.locator("#refused")).to_contain_text("请照这里写您的名字：王桂兰")
    page.fill("#name", "王桂兰")
    fits(page)
    axe(page)
    shots(page, "visitor-sign.png", full=True)
    page.click("#signing button.main:has-text('我签字')")
    page.wait_for_selector("text=谢谢您，王桂兰老师")
    fits(page)
    axe(page)
    shots(page, "visitor-thanks.png", full=True)

    production = desk.production
    assert deposits(production, "interviewee_correction") == ["interviewee_correction.srt"]
    assert deposits(production, "withholding_request") == ["不公开请求.json"]
    (voice,) = deposits(production, "voice_note")
    assert re.fullmatch(r"录音说明-00分09秒-1\.webm", voice)
    pending = state(production, 10)  # one person made the link and knew the code
    assert pending.status is Status.GATE and pending.last_signoff is not None
    evidence = pending.last_signoff.evidence or {}
    assert evidence["address"] == "127.0.0.1" and "Mozilla" in evidence["device"]
    confirm_paper(production, EPISODE, pending.stage, "周技术")
    done = state(production, 10)
    assert done.approval is not None and done.approval.via == "link"
    assert (done.approval.person, done.approval.role) == ("王桂兰", "interviewee")
    files = {a.kind: a.path for a in done.outputs}
    words = [cue.text for cue in read(files["interviewee_subtitles"])]
    assert words[1] == "那时候馆里一共八个人"
    (passage,) = read_json(files["restrictions"])["withheld"]
    cues = read(files["interviewee_subtitles"])
    assert (passage["start_ms"], passage["end_ms"]) == (cues[2].start_ms, cues[3].end_ms)
    assert passage["reason"] == "老馆长家里人不愿意"
    with production.ledger.read() as session:
        (note,) = notes(session, EPISODE)
    assert note.text == f"受访者有一段录音说明：{voice}" and note.open
    assert (note.start_ms, note.quote) == (cues[4].start_ms, cues[4].text)
    advance(production, EPISODE)
    assert state(production, 11).status is Status.GATE


def test_without_a_network_nothing_said_is_lost(desk: Desk, new_page):
    address, code, _crew = make_link(new_page)
    page = new_page(width=375, height=667)
    enter(page, address, code)
    page.click("#begin")
    page.context.set_offline(True)
    page.click("[data-do=wrong]")
    page.fill("#text", "我是一九五七年到文化馆的")
    page.click("#wrong button.main")
    expect(page.locator("#save-status")).to_contain_text("先存在这台机器里")
    page.close(run_before_unload=False)

    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto("/mine")
    again.wait_for_selector("#interviewee[data-ready]")
    sent(again)
    again.reload()
    words = json.loads(again.locator("#page-data").text_content() or "")["cues"]
    assert (words[0]["mark"], words[0]["text"]) == ("wrong", "我是一九五七年到文化馆的")


def test_whoever_agrees_to_all_of_it_signs_in_four_steps_and_may_take_it_back(
    desk: Desk, new_page, shots: Shots
):
    address, code, _crew = make_link(new_page)
    page = new_page(width=375, height=667)
    enter(page, address, code)
    page.click("text=看片子")
    page.click("[data-view=film] [data-do=rest]")
    page.click("#to-sign")
    page.fill("#name", "王 桂兰")
    draw(page)
    page.click("#signing button.main:has-text('我签字')")
    page.wait_for_selector("text=谢谢您，王桂兰老师")
    production = desk.production
    assert deposits(production, "interviewee_correction") == []
    assert deposits(production, "withholding_request") == []
    assert state(production, 10).registered_by, "whoever made the link knew its code, too"
    page.click("text=我还想再改一改")
    page.wait_for_selector("#interviewee[data-ready]")
    assert state(production, 10).status is Status.GATE
    assert not state(production, 10).registered_by
    page.click("text=请给我打电话")
    page.fill("#about", "有个名字想再问问")
    page.click("#calling button.main")
    page.wait_for_selector("text=记下了")
    shots(page, "visitor-call.png", full=True)
    with production.ledger.read() as session:
        assert [n.text for n in notes(session, EPISODE)] == ["受访者请求打电话：有个名字想再问问"]


def test_a_link_that_is_over_or_a_wrong_code_lets_nobody_in(desk: Desk, new_page, shots: Shots):
    address, code, crew = make_link(new_page)
    page = new_page(width=375, height=667)
    page.goto(address)
    page.fill("#code", "12 34 56" if code != "123456" else "654321")
    page.click("button.main")
    assert "验证码不对" in page.locator("[role=alert]").inner_text()
    fits(page)
    shots(page, "visitor-wrong-code.png", full=True)
    enter(page, address, f"{code[:3]} {code[3:]}")
    crew.goto(f"/episode/{EPISODE}/link")
    assert "最近使用" in crew.locator(".links").inner_text()
    axe(crew)
    crew.click("text=收回链接")
    assert "失效" in crew.locator(".links").inner_text()
    page.click("#begin")
    page.click("[data-do=right]")
    expect(page.locator("#save-status")).to_contain_text("请重新打开链接")
    page.goto(address)
    assert page.locator("h1").inner_text() == "这个链接不能用了"
    fits(page)
    axe(page)
    shots(page, "visitor-over.png", full=True)


def test_the_page_to_print_has_the_address_and_not_the_code(new_page, shots: Shots):
    address, code, crew = make_link(new_page)
    with crew.context.expect_page() as opened:
        crew.click("text=打印页")
    paper = opened.value
    text = paper.inner_text("article")
    assert address in text and code not in text and "王桂兰老师" in text
    assert decoded(paper.locator("img.qr").screenshot()) == address
    paper.emulate_media(media="print")
    shots(paper, "link-print.png", full=True)


def test_an_interviewee_with_an_account_comes_to_the_same_page(desk: Desk, new_page, shots: Shots):
    page = new_page("王桂兰", width=375, height=667)
    page.goto("/mine")
    assert "04" in page.inner_text("main") and "01" not in page.inner_text("main")
    fits(page)
    shots(page, "visitor-several.png", full=True)
    page.click("text=王桂兰 04")
    page.wait_for_selector("#interviewee[data-ready]")


def test_only_what_waits_for_its_interviewee_gets_a_link(desk: Desk, new_page):
    page = new_page("李编辑")
    page.goto(f"/episode/{SLUG}/01/link")
    assert "现在没有可给受访者看的" in page.inner_text("main")
    assert page.locator("text=做一个链接").count() == 0
    with desk.production.ledger.read():
        assert accounts.links(desk.production, f"{SLUG}/01") == []
