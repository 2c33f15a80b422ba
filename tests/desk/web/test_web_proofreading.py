"""Proofreading by the keyboard alone, in a real browser, from the first key to the signature."""

from __future__ import annotations

from playwright.sync_api import expect

from pipeline.workflow.stage_state import Status
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.desk_process import Desk
from tests.desk.web.interview_film import SAID, SLUG
from tests.desk.web.proofreading import (
    STAGE_7,
    at_the_desk,
    go,
    inside,
    made,
    opened,
    saved,
    texts,
    type_text,
)

WANTED = [
    "我是一九五六年到文化站的", "那时候馆里一共七个人", "白天下乡放电影", "晚上回来还要写材料",
    "老馆长姓肖是个好人", "他常说群众要看的就是我们要演的", "后来成立了乌兰牧骑",
    "我们骑着马去牧区演出", "冬天零下三十多度", "手都冻得拉不开琴",
    "可是老乡们高兴啊一直送我们到山那边",
]  # fmt: skip


def test_an_editor_corrects_splits_merges_replaces_and_signs_by_keyboard(
    desk: Desk, new_page, shots: Shots
):
    page = opened(new_page("李编辑"))
    press, write = page.keyboard.press, page.keyboard.insert_text
    expect(page.locator("#queue-count")).to_have_text("(3)")
    press("F8")
    expect(page.locator("#doubt")).to_contain_text("重听后仍不确定")
    page.wait_for_function("() => window.proofreading.player.words.length > 0")
    press("Alt+a")  # right as it stands: on to the next
    expect(page.locator("#doubt")).to_contain_text("赵")
    chosen = "getSelection().toString()"
    assert inside(page, chosen) == "赵"
    write("肖")  # corrected: the doubtful letter was selected
    expect(page.locator("#queue-count")).to_have_text("(1)")
    for _n in range(4):
        press("Alt+ArrowDown")
    press("Home")
    for _n in range(len("冬天零下三十多度")):
        press("ArrowRight")
    press("Control+Enter")  # split: the second begins with its first word
    second = inside(page, "model.get(model.at(9))")
    heard = inside(page, "player.words.find((w) => w.text === '手' && w.start_ms > 20000)")
    assert second["text"] == "手都冻得拉不开琴" and second["start_ms"] == heard["start_ms"]
    press("Enter")
    press("Alt+m")  # merge with the next
    press("Alt+p")
    write("文化馆")
    press("Tab")
    write("文化站")
    expect(page.locator("#hits li")).to_have_count(1)
    press("Control+Enter")
    press("Escape")
    assert texts(page) == WANTED
    for _n in range(3):
        press("Control+z")
    assert texts(page)[0] == SAID[0] and len(texts(page)) == 11
    for _n in range(3):
        press("Control+Shift+z")
    assert texts(page) == WANTED
    saved(page)
    shots(page, "proofread-corrected.png")
    press("Control+Shift+Enter")
    expect(page.locator("#sign-go")).to_be_focused()
    shots(page, "proofread-sign.png")
    press("Enter")
    expect(page.locator("#sign-done")).to_be_visible(timeout=60_000)
    assert made(desk, 1, "7", "proofread_subtitles") == WANTED
    state = next(s for s in desk.production.states(f"{SLUG}/01") if s.stage.number == 7)
    assert state.status is Status.DONE and state.signers == ("李编辑",)


def test_borders_new_cues_and_removal_by_keyboard(desk: Desk, new_page):
    page = opened(new_page("李编辑"))
    press = page.keyboard.press
    cue = "model.get(model.at(1))"
    press("Enter")
    first = inside(page, cue)
    press("Alt+BracketRight")
    press("Alt+Shift+Semicolon")
    moved = inside(page, cue)
    assert moved["start_ms"] == first["start_ms"] + 40
    assert moved["end_ms"] == first["end_ms"] - 200
    page.wait_for_function("() => document.getElementById('video').readyState > 0")
    inside(page, f"player.seek({first['start_ms'] + 500})")
    press("Alt+i")
    assert inside(page, cue)["start_ms"] == first["start_ms"] + 500
    inside(page, "player.seek(29000)")
    press("Alt+n")
    page.keyboard.insert_text("新的一条")
    assert texts(page)[-1] == "新的一条" and len(texts(page)) == 12
    go(page, SAID[2])
    press("Alt+x")
    assert SAID[2] not in texts(page)
    page.keyboard.press("Home")
    press("Alt+Shift+w")
    assert texts(page)[2] == "-" + SAID[3]
    press("Alt+g")
    page.locator("#terms li").first.wait_for()
    page.keyboard.insert_text("敖汉旗")
    press("Enter")
    assert "敖汉旗" in texts(page)[2]
    saved(page)
    assert at_the_desk(desk) == texts(page)


def test_the_rules_speak_while_one_types(desk: Desk, new_page):
    page = opened(new_page("李编辑"))
    type_text(page, "我是一九五六年到文化馆的，那时候馆里一共有七个人")
    expect(page.locator("#counter")).to_contain_text("▲")
    expect(page.locator("#breaches")).to_contain_text("，")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("F9")
    expect(page.locator("#which")).to_contain_text("1 /")
    page.keyboard.press("Alt+n")  # at 0 ms there is no room: said, not done
    type_text(page, "")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#sign-wrong")).to_be_visible()
    expect(page.locator("#sign-go")).to_be_disabled()


def test_the_film_goes_back_a_little_on_resuming(new_page):
    page = opened(new_page("李编辑"))
    page.wait_for_function("() => document.getElementById('video').readyState > 2")
    inside(page, "player.playFrom(6000)")
    page.wait_for_function("() => player_now() > 7000".replace(
        "player_now()", "window.proofreading.player.ms"))  # fmt: skip
    page.keyboard.press("Escape")
    paused = inside(page, "player.ms")
    page.evaluate("() => { HTMLMediaElement.prototype.play = () => Promise.resolve(); }")
    page.keyboard.press("Escape")
    assert abs(inside(page, "player.ms") - (paused - 1500)) < 120
    page.keyboard.press("Alt+Comma")
    assert inside(page, "document.getElementById('video').playbackRate") == 0.5


def test_the_page_can_be_used_by_all_and_looks_right(desk: Desk, new_page, shots: Shots):
    for width, height, lang in ((1280, 800, "zh"), (1920, 1080, "zh"), (375, 800, "en")):
        page = opened(new_page("李编辑", width=width, height=height, lang=lang))
        page.keyboard.press("F8")
        expect(page.locator("#doubt button").first).to_be_visible()
        axe(page)
        wide = page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert wide, f"the page is wider than {width}"
        shots(page, f"proofread-{width}.png")
    page = opened(new_page("李编辑"), STAGE_7)
    written = inside(page, "model.get(model.at(0))")
    page.keyboard.press("F1")  # the caret stands in the text, where ? is a letter
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#key-rows")).to_contain_text("F1")
    assert inside(page, "model.get(model.at(0))") == written
    axe(page)
    shots(page, "proofread-keys.png")
