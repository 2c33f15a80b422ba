"""A leader reviews with the keyboard; a technician goes through the verification."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from pipeline.review.notes import add_note, notes
from pipeline.workflow.stage_state import Status
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.interview_film import SLUG

HOSTILE = "<script>alert(1)</script>\u202egnihton\u200b😀" + "长" * 500


def film_time(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def state(desk, number: int, stage: int):
    states = desk.production.states(f"{SLUG}/{number:02d}")
    return next(s for s in states if s.stage.number == stage)


def find_fault(desk, number: int) -> list[int]:
    """Have the verification of an episode tell of three places, the last of them hostile."""
    report = next(a for a in state(desk, number, 9).outputs if a.kind == "verification_report")
    told = json.loads(report.path.read_text("utf-8"))
    check = next(c for c in told["checks"] if c["name"] == "black")
    check["result"] = told["result"] = "warn"
    check["findings"] = [
        {"start_ms": ms, "end_ms": ms + 400, "message": message}
        for ms, message in ((1200, "画面全黑"), (5400, "画面全黑"), (9000, HOSTILE))
    ]
    report.path.chmod(0o644)
    report.path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return [1200, 1200, 5400, 9000]  # the first also stands out


def test_a_leader_reviews_with_the_keyboard_and_approves(desk, new_page, shots: Shots):
    find_fault(desk, 6)
    page = new_page("吴馆长")
    page.goto(f"/episode/{SLUG}/6/review/11")
    expect(page.locator("[data-count]")).to_have_text("0 条未处理")
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    page.keyboard.press("j")
    place = page.locator("[aria-current=true] [data-place]").first
    assert abs(film_time(page) * 1000 - int(place.get_attribute("data-place") or 0)) < 50
    places = page.locator("section", has=page.get_by_role("heading", name="初稿的疑点"))
    expect(places).to_contain_text(
        re.compile(r"共 \d+ 处：改动 \d+ 处，看过认为无误 \d+ 处，没有动过 \d+ 处")
    )
    expect(places).to_contain_text("打开了多久：不得而知")
    shots(page, "review-11.png")
    # A note at the playhead keeps the signature from being given …
    page.keyboard.press("n")
    page.keyboard.insert_text("这里的年份请再核对")
    page.keyboard.press("Control+Enter")
    expect(page.locator("li.note")).to_have_count(1)
    expect(page.locator("[data-hindrance]")).to_have_text("须先处理 1 条批注。")
    expect(page.locator("[data-approve] button")).to_be_disabled()
    shots(page, "review-11-note.png", full=True)
    # … until it is resolved.
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.keyboard.insert_text("核对过，是一九五六年")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("0 条未处理")
    expect(page.locator("[data-approve] button")).to_be_enabled()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".decide .done").first).to_contain_text("吴馆长")
    assert state(desk, 6, 11).passed
    with desk.production.ledger.read() as session:
        (note,) = notes(session, f"{SLUG}/06")
    assert not note.open and note.text == "这里的年份请再核对"


def test_a_send_back_is_shown_before_it_is_done(desk, new_page, shots: Shots):
    page = new_page("吴馆长")
    page.goto(f"/episode/{SLUG}/6/review/11")
    page.keyboard.press("b")
    button = page.locator("[data-send-back] button.main")
    page.locator("[data-send-back] select").select_option("initial_proofreading")
    foreseen = page.locator("[data-foreseen]")
    expect(foreseen).to_contain_text("李编辑 的签字失效")
    button.click()
    expect(page.locator("[data-send-back] .wrong-field")).to_have_count(1)  # no reason yet
    page.get_by_label("错别字").check()
    expect(page.locator("[data-send-back] .wrong-field")).to_have_count(0)
    page.fill("[data-send-back] textarea", "第二句人名不对")
    shots(page, "review-send-back.png", full=True)
    assert state(desk, 6, 7).passed
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-hindrance]")).to_contain_text("11")
    sent = state(desk, 6, 7)
    assert not sent.passed and sent.last_signoff.reason == "错别字；第二句人名不对"
    assert state(desk, 6, 6).passed


def test_a_technician_goes_from_each_finding_to_its_place(desk, new_page, shots: Shots):
    wanted = find_fault(desk, 3)
    page = new_page("周技术")
    page.goto(f"/episode/{SLUG}/3/review/9")
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    for ms in wanted:
        page.keyboard.press("j")
        assert abs(film_time(page) * 1000 - ms) < 50
    page.keyboard.press("k")
    assert abs(film_time(page) * 1000 - 5400) < 50
    page.locator("[data-place='9000']").click()
    assert abs(film_time(page) * 1000 - 9000) < 50
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    shots(page, "review-9-keys.png")
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") != "note-text"
    shots(page, "review-9.png", full=True)
    axe(page)


def test_hostile_notes_do_no_harm_and_a_phone_shows_all(desk, new_page, shots: Shots):
    film = next(a for a in state(desk, 6, 11).inputs if a.kind == "subtitled_video")
    add_note(desk.production, f"{SLUG}/06", "李编辑", HOSTILE, kind=film.kind, sha256=film.sha256,
          start_ms=2000, end_ms=2000, quote="<img src=x onerror=alert(1)>")  # fmt: skip
    page = new_page("吴馆长", width=375, height=700)
    page.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    page.goto(f"/episode/{SLUG}/6/review/11")
    expect(page.locator("li.note .note-text")).to_contain_text("<script>alert(1)</script>")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    shots(page, "review-11-phone.png", full=True)
    axe(page)
    page.locator("[data-notes] details summary").click()
    page.locator("[data-notes] [data-action=waive]").click()
    expect(page.locator(".notes [data-wrong]")).to_be_visible()  # a reason is needed
    page.locator("[data-notes] details textarea").fill("与本集无关")
    page.locator("[data-notes] [data-action=waive]").click()
    expect(page.locator("[data-count]")).to_have_text("0 条未处理")


def test_every_signed_stage_can_be_reviewed(desk, new_page):
    page = new_page("钱导演")
    for number, stage in ((1, 7), (4, 10), (7, 12), (8, 4), (6, 4)):
        page.goto(f"/episode/{SLUG}/{number}/review/{stage}")
        expect(page.locator(".decide")).to_be_visible()
    answer = page.request.get(f"/episode/{SLUG}/6/review/nonsense")
    assert answer.status == 404
    assert state(desk, 6, 11).status is Status.GATE
