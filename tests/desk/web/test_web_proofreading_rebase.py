"""Work that is carried onto a new version, and who speaks: in the browser, by the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pipeline.captions.formats.reader import read
from pipeline.review.signoff import send_back
from pipeline.workflow.executor import advance
from pipeline.workflow.production import open_home
from tests.desk.web import interview_film
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.desk_process import Desk
from tests.desk.web.interview_film import SAID, SLUG
from tests.desk.web.proofreading import (
    STAGE_7,
    at_the_desk,
    go,
    inside,
    opened,
    saved,
    texts,
    type_text,
)

EPISODE = f"{SLUG}/01"
MINE = {0: "我是一九五七年到文化馆的", 1: "那时候馆里一共八个人", 2: "白天下乡去放电影"}
HEARD_AGAIN = {0: "我是一九五八年到文化馆的", 1: "那时候馆里一共九个人", 4: "老馆长姓肇是个好人"}


@pytest.fixture
def heard_again(desk: Desk, new_page, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Three lines corrected, then the film heard again: two of them turn out differently, and one
    that nobody touched."""
    page = opened(new_page("李编辑"))
    for n, text in MINE.items():
        go(page, SAID[n])
        type_text(page, text)
    saved(page)
    page.context.close()
    said = tuple(HEARD_AGAIN.get(n, line) for n, line in enumerate(SAID))
    monkeypatch.setattr(interview_film, "SAID", said)
    again = open_home(desk.production.folder, interview_film.stages())
    send_back(again, EPISODE, again.stage("7"), again.stage("6"), "李编辑", "再听一遍")
    advance(again, EPISODE)
    again.ledger.close()
    return desk


def test_conflicts_are_listed_and_each_is_decided_by_a_key(
    heard_again: Desk, new_page, shots: Shots
):
    page = opened(new_page("陈编辑"))
    assert texts(page)[:5] == [*MINE.values(), SAID[3], HEARD_AGAIN[4]]
    first = page.locator("#queue li").nth(0)
    expect(first).to_contain_text("冲突")
    expect(first).to_contain_text(HEARD_AGAIN[0])
    expect(page.locator("#queue li").nth(1)).to_contain_text(HEARD_AGAIN[1])
    listed = inside(page, "queue.open().length")
    axe(page)
    page.keyboard.press("F8")
    expect(page.locator("#which")).to_contain_text("1 /")
    expect(page.locator("#doubt")).to_contain_text(HEARD_AGAIN[0])
    shots(page, "proofread-carried.png")
    type_text(page, "先改几个字")  # typing there decides nothing
    saved(page)
    assert inside(page, "queue.open().length") == listed
    page.keyboard.press("Control+z")
    saved(page)
    page.keyboard.press("Alt+c")  # what the new version says
    expect(page.locator("#which")).to_contain_text("2 /")
    expect(page.locator("#doubt")).to_contain_text(HEARD_AGAIN[1])
    page.keyboard.press("Alt+a")  # what the editor had written
    saved(page)
    wanted = [HEARD_AGAIN[0], MINE[1], MINE[2], SAID[3], HEARD_AGAIN[4]]
    assert texts(page)[:5] == at_the_desk(heard_again)[:5] == wanted
    page = opened(page.context.new_page())
    assert inside(page, "queue.open().length") == listed - 2
    expect(page.locator("#queue")).not_to_contain_text("冲突")


def test_a_correction_that_has_no_place_any_more_is_told(
    desk: Desk, new_page, monkeypatch: pytest.MonkeyPatch
):
    page = opened(new_page("李编辑"))
    go(page, SAID[-1])
    type_text(page, "一直把我们送到山那边")
    saved(page)
    page.context.close()
    monkeypatch.setattr(interview_film, "SAID", SAID[:-1])
    again = open_home(desk.production.folder, interview_film.stages())
    send_back(again, EPISODE, again.stage("7"), again.stage("6"), "李编辑", "片尾剪掉了")
    advance(again, EPISODE)
    again.ledger.close()
    page = opened(new_page("李编辑"))
    told = inside(page, "queue.open().filter((place) => place.kind === 'conflict').length")
    assert told == 1 or "一直把我们送到山那边" in texts(page)
    assert "一直把我们送到山那边" in page.locator("#queue").inner_text() + "".join(texts(page))


def test_who_speaks_is_marked_by_a_key_and_goes_to_the_signed_subtitles(
    desk: Desk, new_page, shots: Shots
):
    page = opened(new_page("李编辑"))
    row = page.locator("#rows .cue[aria-selected=true]")
    for name in ("采访者", "受访者", ""):
        page.keyboard.press("Alt+w")
        expect(page.locator("#speaker")).to_have_text(name)
        expect(row.locator(".says")).to_have_count(1 if name else 0)
    page.keyboard.press("Alt+w")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+w")
    page.keyboard.press("Alt+w")
    page.keyboard.press("Alt+ArrowUp")
    shots(page, "proofread-speakers.png")
    axe(page)
    saved(page)
    page.keyboard.press("Alt+m")  # two people in one subtitle: a dash for each
    expect(page.locator("#text")).to_have_value(f"-{SAID[0]}\n-{SAID[1]}")
    expect(page.locator("#speaker")).to_have_text("")
    page.keyboard.press("Control+z")
    expect(page.locator("#speaker")).to_have_text("采访者")
    saved(page)
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#sign-go")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sign-done")).to_be_visible(timeout=60_000)
    (made,) = [
        a.path
        for s in desk.production.states(EPISODE) if s.stage.number == 7
        for a in s.outputs if a.kind == "proofread_subtitles"
    ]  # fmt: skip
    cues = read(made)
    assert [(c.speaker, c.text) for c in cues[:3]] == [
        ("采访者", SAID[0]), ("受访者", SAID[1]), ("", SAID[2]),
    ]  # fmt: skip
    assert f"采访者：{SAID[0]}" in made.read_text("utf-8")
    page = opened(new_page("陈编辑"), STAGE_7)
    expect(page.locator("#rows .says")).to_have_count(2)
