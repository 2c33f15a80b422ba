"""Open the proofreading page and look into it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from pipeline.captions.formats.reader import read
from pipeline.review import drafts
from tests.desk.web.desk_process import Desk
from tests.desk.web.interview_film import SLUG

__all__ = [
    "STAGE_7",
    "at_the_desk",
    "go",
    "inside",
    "made",
    "opened",
    "saved",
    "texts",
    "type_text",
]

STAGE_7 = f"/episode/{SLUG}/1/proofread/7"


def opened(page: Page, address: str = STAGE_7) -> Page:
    """Open the page and wait until it can be used."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#text")).to_be_focused()
    return page


def inside(page: Page, expression: str) -> Any:
    """Ask the page's own parts."""
    names = "const { model, draft, autosave, queue, player, select } = window.proofreading;"
    return page.evaluate(f"() => {{ {names} return {expression}; }}")


def texts(page: Page) -> list[str]:
    """Return the texts of all cues, in order, as the page has them."""
    found: list[str] = inside(page, "model.order.map((id) => model.get(id).text)")
    return found


def saved(page: Page) -> None:
    """Wait until the page says that all is saved."""
    expect(page.locator("#state")).to_have_attribute("data-state", "saved")


def go(page: Page, text: str) -> None:
    """Go to the cue that says this."""
    wanted = json.dumps(text)
    inside(page, f"select(model.order.find((id) => model.get(id).text === {wanted}))")
    expect(page.locator("#text")).to_have_value(text)


def type_text(page: Page, text: str) -> None:
    """Write this in place of what the cue says."""
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def at_the_desk(desk: Desk, number: int = 1, stage: str = "7") -> list[str]:
    """Return the texts of the draft as the desk keeps it."""
    episode = f"{SLUG}/{number:02d}"
    draft = drafts.open_draft(desk.production, episode, desk.production.stage(stage), "李编辑")
    return [cue.text for cue in draft.subtitles()]


def made(desk: Desk, number: int, stage: str, kind: str) -> list[str]:
    """Return the texts of what a stage made."""
    for state in desk.production.states(f"{SLUG}/{number:02d}"):
        for artefact in state.outputs:
            if state.stage.number == int(stage) and artefact.kind == kind:
                return [cue.text for cue in read(artefact.path)]
    raise AssertionError(f"{stage} has made no {kind}")
