"""The interviewee's remaining screens, in both languages: no grave finding of axe-core, and Tab
goes through them in the order in which they are read, visibly."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.desk.web.conftest import axe
from tests.desk.web.desk_process import Desk
from tests.desk.web.interview_film import SLUG

EPISODE = f"{SLUG}/04"
REACHABLE = """() => {
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, video, summary";
  const all = [...document.querySelector("main").querySelectorAll(kinds)];
  const found = all.filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0);
  found.forEach((e, n) => { e.dataset.order = n; });
  return found.length; }"""
FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  return { order: e.dataset.order === undefined ? -1 : Number(e.dataset.order),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    top: Math.round(box.top + scrollY), name: e.outerHTML.slice(0, 80) }; }"""


def walk(page: Page) -> None:
    """Tab from where the focus is through all there is in the page."""
    count = page.evaluate(REACHABLE)
    met: list[int] = []
    for _n in range(count + 12):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["order"] >= 0 and at["order"] not in met:
            assert at["seen"], f"the focus cannot be seen: {at}"
            met.append(at["order"])
    first = met.index(0)
    assert [*met[first:], *met[:first]] == list(range(count)), "not in the order of reading"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_film_call_several_and_print(desk: Desk, new_page, shots: Path, lang: str):
    page = new_page("王桂兰", width=375, height=667, lang=lang)
    page.goto("/mine")
    axe(page)
    walk(page)
    page.locator(f"a[href='/mine/{EPISODE}']").click()
    page.wait_for_selector("#interviewee[data-ready]")
    axe(page)
    walk(page)
    page.locator("section[data-view=hello] [data-go=film]").press("Enter")
    page.wait_for_function("document.getElementById('film').readyState >= 2")
    expect(page.locator("section[data-view=film] h1")).to_be_focused()
    axe(page)
    walk(page)
    page.screenshot(path=shots / f"screen-film-{lang}.png", full_page=True)
    page.locator("section[data-view=film] [data-go=hello]").press("Enter")
    page.locator("section[data-view=hello] [data-go=call]").press("Enter")
    expect(page.locator("section[data-view=call] h1")).to_be_focused()
    axe(page)
    walk(page)
    page.fill("#about", "第三句我想不起来了")
    page.locator("#calling button").press("Enter")
    expect(page.locator("#called")).to_be_visible()
    axe(page)
    page.screenshot(path=shots / f"screen-call-{lang}.png", full_page=True)

    crew = new_page("赵制片", lang=lang)
    crew.goto(f"/episode/{EPISODE}/link")
    crew.locator("main form button.main").first.press("Enter")
    walk(crew)
    with crew.context.expect_page() as opened:
        crew.locator("form[target=_blank] button").press("Enter")
    paper = opened.value
    paper.wait_for_load_state()
    axe(paper)
    paper.screenshot(path=shots / f"screen-print-{lang}.png", full_page=True)
