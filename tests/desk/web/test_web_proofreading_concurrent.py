"""Nothing typed is lost or overwritten: crash, lost network, two people, hostile text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, expect

from pipeline.review import drafts
from pipeline.review.drafts import Change
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


def shows(page: Page, state: str) -> None:
    expect(page.locator("#state")).to_have_attribute("data-state", state)


def test_the_server_is_killed_in_mid_typing_and_nothing_is_lost(desk: Desk, new_page):
    page = opened(new_page("李编辑"))
    page.keyboard.press("End")
    page.keyboard.insert_text("一")
    saved(page)
    for letter in "二三四五":
        page.keyboard.insert_text(letter)
    desk.kill()
    page.keyboard.insert_text("六")
    shows(page, "offline")
    go(page, SAID[1])
    type_text(page, "断电时写的")
    shows(page, "offline")
    address = page.url
    page.close(run_before_unload=False)  # the tab is lost too
    desk.start()
    page = opened(page.context.new_page(), address)
    expect(page.locator("#banner")).to_be_visible()
    saved(page)
    wanted = [SAID[0] + "一二三四五六", "断电时写的"]
    assert texts(page)[:2] == at_the_desk(desk)[:2] == wanted
    assert (
        page.evaluate(
            "() => Object.keys(localStorage).filter((n) => n.startsWith('chifeng-draft'))"
        )
        == []
    )


def test_what_is_typed_without_network_is_sent_when_it_is_back(desk: Desk, new_page):
    page = opened(new_page("李编辑"))
    page.context.set_offline(True)
    type_text(page, "没有网络时写的")
    shows(page, "offline")
    assert at_the_desk(desk)[0] == SAID[0]
    page.context.set_offline(False)
    saved(page)
    assert at_the_desk(desk)[0] == "没有网络时写的"


def test_two_editors_see_each_other_and_neither_overwrites(desk: Desk, new_page, shots: Path):
    mine, theirs = opened(new_page("李编辑")), opened(new_page("陈编辑"))
    go(theirs, SAID[2])
    expect(mine.locator("#others")).to_have_text("◆ 陈编辑（第 3 条）")
    type_text(theirs, "白天下乡去放电影")
    expect(mine.locator("#rows")).to_contain_text("白天下乡去放电影")
    assert texts(mine)[0] == SAID[0]

    go(theirs, SAID[0])
    mine.context.set_offline(True)
    type_text(mine, "李编辑写的")
    type_text(theirs, "陈编辑写的")
    saved(theirs)
    mine.context.set_offline(False)
    shows(mine, "conflict")
    expect(mine.locator("#edit-conflict")).to_contain_text("李编辑写的")
    expect(mine.locator("#edit-conflict")).to_contain_text("陈编辑写的")
    assert texts(mine)[0] == "李编辑写的" and at_the_desk(desk)[0] == "陈编辑写的"
    mine.screenshot(path=shots / "proofread-conflict.png")
    go(mine, SAID[1])  # meanwhile other cues are saved as ever
    type_text(mine, "另一条照样保存")
    expect(theirs.locator("#rows")).to_contain_text("另一条照样保存")
    title = mine.locator("#edit-conflict-title")
    expect(title).to_have_text("⇄ 第 1 条：陈编辑也改了，留哪一个？ Alt+U")
    mine.keyboard.press("Alt+u")
    expect(mine.get_by_role("button", name="用我的")).to_be_focused()
    mine.keyboard.press("Tab")
    expect(mine.get_by_role("button", name="用陈编辑的")).to_be_focused()
    mine.keyboard.press("Tab")
    type_text(mine, "两人一起写的")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Enter")
    expect(mine.locator("#text")).to_be_focused()
    saved(mine)
    expect(theirs.locator("#text")).to_have_value("两人一起写的")
    assert at_the_desk(desk)[:3] == ["两人一起写的", "另一条照样保存", "白天下乡去放电影"]


def met(mine: Page, theirs: Page) -> None:
    """Let both change the first cue: one its text, the other its text and its end."""
    mine.context.set_offline(True)
    type_text(mine, "李编辑写的")
    type_text(theirs, "陈编辑写的")
    theirs.keyboard.press("Alt+'")
    saved(theirs)
    mine.context.set_offline(False)
    shows(mine, "conflict")


def test_of_two_versions_either_may_stand_and_the_other_is_an_undo_away(desk: Desk, new_page):
    mine, theirs = opened(new_page("李编辑")), opened(new_page("陈编辑"))
    end_ms = inside(mine, "model.get(model.at(0)).end_ms")
    met(mine, theirs)
    expect(mine.locator("#edit-conflict-theirs")).to_contain_text("→")  # other times
    type_text(mine, "李编辑接着写的")  # one may type on before one chooses
    expect(mine.locator("#edit-conflict-mine")).to_contain_text("李编辑接着写的")
    mine.keyboard.press("Alt+u")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Enter")
    expect(mine.locator("#text")).to_have_value("陈编辑写的")
    expect(mine.locator("#edit-conflict")).to_be_hidden()
    saved(mine)
    mine.keyboard.press("Control+z")
    saved(mine)
    assert at_the_desk(desk)[0] == "李编辑接着写的"
    expect(theirs.locator("#text")).to_have_value("李编辑接着写的")
    met(mine, theirs)
    mine.keyboard.press("Alt+u")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Tab")
    mine.keyboard.press("Enter")  # the third: my text, and the end that only the other moved
    saved(mine)
    assert at_the_desk(desk)[0] == "李编辑写的"
    assert inside(mine, "model.get(model.at(0)).end_ms") == end_ms + 40


def test_what_is_already_known_is_no_clash_however_late_it_is_told(desk: Desk, new_page):
    mine = opened(new_page("李编辑"))
    stopped = "autosave.flush = async () => {}, autosave.poll = async () => {}"
    inside(mine, stopped)  # what comes late comes before this is sent
    theirs = inside(mine, "model.confirmed.get(model.at(0))")
    type_text(mine, "李编辑写的")
    row = {"cue": inside(mine, "model.at(0)"), "after": theirs, "person": "陈编辑", "key": "late"}
    inside(mine, f"draft.applyRemote({told(row)}, null)")
    assert inside(mine, "draft.editConflicts.size") == 0
    other = {**row, "after": {**theirs, "text": "陈编辑写的"}}
    inside(mine, f"draft.applyRemote({told(other)}, null)")
    shows(mine, "conflict")
    inside(mine, f"draft.applyRemote({told(other, row)}, null)")  # the other took it back
    expect(mine.locator("#edit-conflict")).to_be_hidden()
    inside(mine, "delete autosave.flush, delete autosave.poll, autosave.flush()")
    saved(mine)
    assert texts(mine)[0] == at_the_desk(desk)[0] == "李编辑写的"


def told(*rows: object) -> str:
    """What the desk answers a page that asks what others did."""
    return json.dumps({"number": 0, "rows": rows, "settled": [], "conflicts": []})


def test_whoever_goes_on_from_what_i_wrote_does_not_clash_with_me(desk: Desk, new_page):
    mine, theirs = opened(new_page("李编辑")), opened(new_page("陈编辑"))
    mine.route("**/save", lambda route: route.fetch() and route.abort())  # the answer is lost
    mine.route("**/changes?*", lambda route: route.abort())
    type_text(mine, "李编辑写的")
    expect(theirs.locator("#text")).to_have_value("李编辑写的")
    type_text(theirs, "李编辑写的，陈编辑接着写")
    saved(theirs)
    shows(mine, "offline")
    mine.unroute_all()
    expect(mine.locator("#text")).to_have_value("李编辑写的，陈编辑接着写")
    saved(mine)
    assert at_the_desk(desk)[0] == "李编辑写的，陈编辑接着写"


def test_what_others_save_arrives_by_itself_without_asking(desk: Desk, new_page):
    mine, theirs = new_page("李编辑"), opened(new_page("陈编辑"))
    mine.add_init_script("window.setInterval = () => 0")  # nobody asks now and then
    opened(mine)
    expect(theirs.locator("#others")).to_have_text("◆ 李编辑（第 1 条）")
    go(theirs, SAID[2])
    expect(mine.locator("#others")).to_have_text("◆ 陈编辑（第 3 条）")
    for text in ("白天下乡去放电影", "白天下乡去放露天电影"):
        type_text(theirs, text)
        expect(mine.locator("#rows")).to_contain_text(text)
    state = desk.production.stage("7")
    draft = drafts.open_draft(desk.production, f"{SLUG}/01", state, "陈编辑")
    cue = draft.cues["2"]
    change = Change("2", cue, replace(cue, text="另一个程序存的"))
    drafts.save(desk.production, draft, [change], "陈编辑", key="elsewhere")
    expect(mine.locator("#rows")).to_contain_text("另一个程序存的")
    desk.kill()
    expect(mine.locator("#state")).to_be_visible()
    desk.start()
    type_text(theirs, "重新启动以后也收得到")
    expect(mine.locator("#rows")).to_contain_text("重新启动以后也收得到")


def test_where_nothing_is_told_the_desk_is_asked(desk: Desk, new_page):
    mine, theirs = new_page("李编辑"), opened(new_page("陈编辑"))
    mine.route("**/events?room=*", lambda route: route.abort())
    opened(mine)
    type_text(theirs, "问了才知道的")
    expect(mine.locator("#rows")).to_contain_text("问了才知道的")
    expect(theirs.locator("#others")).to_have_text("◆ 李编辑（第 1 条）")


def test_undo_leaves_alone_what_somebody_else_has_changed_since(desk: Desk, new_page):
    mine, theirs = opened(new_page("李编辑")), opened(new_page("陈编辑"))
    type_text(mine, "李编辑先写")
    expect(theirs.locator("#text")).to_have_value("李编辑先写")
    type_text(theirs, "陈编辑后写")
    expect(mine.locator("#text")).to_have_value("陈编辑后写")
    mine.keyboard.press("Control+z")
    expect(mine.locator("#banner")).to_be_visible()
    assert texts(mine)[0] == "陈编辑后写"


def test_chinese_is_composed_and_no_key_is_taken_from_the_input_method(desk: Desk, new_page):
    page = opened(new_page("李编辑"))
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    session = page.context.new_cdp_session(page)
    for letters in ("w", "wen", "wenhua"):
        session.send(
            "Input.imeSetComposition",
            {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)},
        )
    assert texts(page)[0] == ""  # what is being composed is not text yet
    for key in ("Enter", "Escape"):  # the input method's own, not "next" and "play"
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": 229},
        )
    expect(page.locator("#which")).to_contain_text("1 /")
    session.send("Input.insertText", {"text": "文化"})
    expect(page.locator("#text")).to_have_value("文化")
    page.keyboard.insert_text("馆")
    saved(page)
    assert texts(page)[0] == at_the_desk(desk)[0] == "文化馆"


HOSTILE = (
    "<script>window.hurt = 1</script>", "<img src=x onerror='window.hurt = 1'>",
    "</script><b>&lt;", "\u202eabc\u202c甲", "零\u200b宽", "👩‍👩‍👧‍👦🐎", "a\x00b", "{{ 7 * 7 }}",
)  # fmt: skip


def test_hostile_text_is_shown_as_text(desk: Desk, new_page, shots: Path):
    page = opened(new_page("李编辑"))
    for text in HOSTILE:
        type_text(page, text)
        page.keyboard.press("Enter")
    saved(page)
    here = texts(page)[: len(HOSTILE)]
    clear = [t.translate(dict.fromkeys([0, 0x200B, 0x202C, 0x202E])) for t in HOSTILE]
    assert here == clear
    page.screenshot(path=shots / "proofread-hostile.png")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert texts(page)[: len(HOSTILE)] == clear
    assert page.evaluate("() => window.hurt") is None
    assert page.locator("#rows script, #rows img").count() == 0


def test_ten_thousand_characters_are_kept_here_and_politely_not_taken(desk: Desk, new_page):
    page = opened(new_page("李编辑"))
    type_text(page, "长" * 10_000)
    shows(page, "refused")
    expect(page.locator("#state")).to_contain_text("2000")
    go(page, SAID[1])
    type_text(page, "这条照样保存")
    page.wait_for_function("() => window.proofreading.draft.dirty.size === 1")
    assert at_the_desk(desk)[:2] == [SAID[0], "这条照样保存"]
    page.keyboard.press("Alt+ArrowUp")
    type_text(page, "短了")
    saved(page)


def test_corrections_from_paper_are_typed_in_at_stage_10(desk: Desk, new_page):
    page = opened(new_page("李编辑"), f"/episode/{SLUG}/4/proofread/10")
    type_text(page, "受访者在纸上改的")
    saved(page)
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#sign-go")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sign-done")).to_be_visible(timeout=60_000)
    assert made(desk, 4, "10", "interviewee_subtitles")[0] == "受访者在纸上改的"


def test_what_is_signed_is_only_read(desk: Desk, new_page):
    page = opened(new_page("李编辑"), STAGE_7.replace("/1/", "/3/"))
    expect(page.locator("#banner")).to_be_visible()
    expect(page.locator("#text")).not_to_be_editable()
    answer = page.evaluate(
        """async () => {
          const { draft, model } = window.proofreading, [id] = model.order, before = model.get(id);
          const token = document.querySelector('meta[name="csrf"]').content;
          const body = { base: draft.base, since: 0, key: "test-key-1", changes:
            [{ cue: id, before, after: { ...before, text: "x" } }] };
          const answer = await fetch(location.pathname + "/save", { method: "POST",
            headers: { "x-csrf-token": token, accept: "application/json",
              "content-type": "application/json" }, body: JSON.stringify(body) });
          return answer.status; }"""
    )
    assert answer == 409
