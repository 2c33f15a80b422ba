"""Signing in at the desk, passwords, and what a stranger is refused."""

from __future__ import annotations

from tests.desk.web.conftest import Shots
from tests.desk.web.interview_film import PASSWORD


def test_an_editor_signs_in_changes_the_password_and_leaves(desk, new_page, shots: Shots):
    page = new_page()
    page.goto("/")
    assert page.url.endswith("/sign-in")
    shots(page, "sign-in.png")
    page.fill("#person", "李编辑")
    page.fill("#password", "not the password")
    page.click("button.main")
    assert page.locator("[role=alert]").inner_text() == "姓名和密码不符。"
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/")
    page.click("text=李编辑")
    page.fill("#old", PASSWORD)
    page.fill("#new", "a longer one for today")
    page.fill("#again", "a longer one for today")
    page.click("button.main")
    page.wait_for_url("**/")
    page.click("text=退出")
    page.wait_for_url("**/sign-in")


def test_an_administrator_gives_a_password_that_works(new_page, shots: Shots):
    page = new_page("管理员")
    page.goto("/people")
    page.click("button:has-text('赵制片')")
    given = page.locator("code.secret").inner_text()
    shots(page, "people.png")
    other = new_page()
    other.goto("/sign-in")
    other.fill("#person", "赵制片")
    other.fill("#password", given)
    other.click("button.main")
    other.wait_for_url("**/")
    assert "赵制片" in other.inner_text("header")
