"""Any two versions side by side, and a file's changes accepted or declined by a key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import expect

from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.review import correction_files, drafts
from pipeline.review.drafts import version_of
from tests.desk.web.conftest import axe
from tests.desk.web.interview_film import SLUG

PAGE = f"/episode/{SLUG}/1/difference"
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "长" * 300


def version(desk):
    states = desk.production.states(f"{SLUG}/01")
    return version_of(next(s for s in states if s.stage.number == 7))


def test_what_is_at_work_is_compared_by_the_character(desk, new_page, shots: Path):
    stage = desk.production.stage("7")
    draft = drafts.open_draft(desk.production, f"{SLUG}/01", stage, "陈编辑")
    wanted = {"1": "我是一九五七年到文化馆的", "2": HOSTILE}
    changes = [
        drafts.Change(name, draft.cues[name], replace(draft.cues[name], text=text))
        for name, text in wanted.items()
    ]
    drafts.save(desk.production, draft, changes, "陈编辑", key="k")
    page = new_page("李编辑")
    page.goto(f"{PAGE}?from={version(desk).sha256}&to=draft-7")
    first = page.locator("li.change").first
    expect(first.locator("del")).to_have_text("六")
    expect(first.locator("ins")).to_have_text("七")
    mark = "getComputedStyle(document.querySelector('li.change del'), '::before').content"
    assert "−" in page.evaluate(mark)  # told by more than colour
    expect(page.locator("#to option:checked")).to_contain_text("陈编辑")
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    at = page.evaluate("document.querySelector('video').currentTime * 1000")
    assert abs(at - draft.cues["1"].start_ms) < 50
    expect(page.locator("li.change").nth(1)).to_contain_text("<img src=x onerror=alert(1)>")
    page.screenshot(path=shots / "difference.png", full_page=True)
    axe(page)
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.screenshot(path=shots / "difference-phone.png", full_page=True)


def test_a_file_is_taken_up_by_one_key_for_each_change(desk, new_page, shots: Path, tmp_path: Path):
    cues = read(version(desk).path)
    texts = ["我是一九五七年到文化馆的", "那时馆里一共七个人", "白天下乡放映电影"]
    changed = [replace(cue, text=text) for cue, text in zip(cues[:3], texts, strict=True)]
    path = write_srt([*changed, *cues[3:]], tmp_path / "纸稿<b>改.srt")
    page = new_page("李编辑")
    page.goto(PAGE)
    page.set_input_files("#file", path)
    page.click("text=显示改动")
    expect(page.locator("[data-offer]")).to_have_count(3)
    expect(page.locator("[data-left]")).to_have_text("待定 3 处，已采纳 0 处，未采纳 0 处")
    page.keyboard.press("j")
    for key, left in (("y", 2), ("x", 1), ("y", 0)):
        page.keyboard.press(key)
        expect(page.locator("[data-left]")).to_contain_text(f"待定 {left} 处")
    page.screenshot(path=shots / "difference-file.png", full_page=True)
    axe(page)
    stage = desk.production.stage("7")
    now = drafts.open_draft(desk.production, f"{SLUG}/01", stage, "李编辑").subtitles()
    assert [cue.text for cue in now[:3]] == [texts[0], cues[1].text, texts[2]]
    page.reload()
    expect(page.locator("[data-left]")).to_have_text("待定 0 处，已采纳 2 处，未采纳 1 处")
    expect(page.locator("h1 ~ .film-page h2").last).to_contain_text("纸稿<b>改.srt")
    (kept,) = correction_files.files(desk.production, f"{SLUG}/01")
    assert desk.production.store.path(kept.sha256, ".srt").read_bytes() == path.read_bytes()


def test_what_changed_meanwhile_is_shown_before_it_is_overwritten(desk, new_page, tmp_path: Path):
    cues = read(version(desk).path)
    path = write_srt(
        [replace(cues[0], text="我是一九五七年到文化馆的"), *cues[1:]], tmp_path / "x.srt"
    )
    base = version(desk).sha256
    sha256 = correction_files.bring(desk.production, f"{SLUG}/01", path, "李编辑", base=base)
    stage = desk.production.stage("7")
    draft = drafts.open_draft(desk.production, f"{SLUG}/01", stage, "陈编辑")
    other = replace(draft.cues["1"], text="我是五六年来的")
    change = drafts.Change("1", draft.cues["1"], other)
    drafts.save(desk.production, draft, [change], "陈编辑", key="k")
    page = new_page("李编辑")
    page.goto(f"{PAGE}?file={sha256}")
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator("[data-now]")).to_contain_text("我是五六年来的")
    page.keyboard.press("y")
    expect(page.locator("[data-left]")).to_contain_text("已采纳 1 处")
    assert drafts.look(desk.production, draft).cues["1"].text == "我是一九五七年到文化馆的"


def test_any_two_versions_there_ever_were_can_be_chosen(desk, new_page):
    page = new_page("吴馆长")
    page.goto(f"/episode/{SLUG}/7/difference")
    kinds = page.locator("#from option").all_inner_texts()
    for name in ("字幕初稿", "初校字幕", "受访者校对字幕", "定稿字幕"):
        assert any(name in each for each in kinds), name
    page.goto(f"/episode/{SLUG}/8/difference")
    expect(page.locator("main")).to_contain_text("还没有字幕")
    answer = page.request.get(f"{PAGE}?from=nothing")
    assert answer.status == 404
