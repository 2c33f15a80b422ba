"""The desk in a real browser: a production with something at every gate, served, and Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from desk.web.security import SESSION
from pipeline.media.fonts import find_font, font_folder
from pipeline.repository.records import find_person
from pipeline.review.access.accounts import open_session
from pipeline.workflow.production import Production, open_home
from stages import STAGES
from tests.desk.web.browser_contexts import ContextPool, ReservedPort
from tests.desk.web.desk_process import Desk
from tests.desk.web.interview_film import filmed_home

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip
_ROOT = Path(__file__).resolve().parents[3]
_PATIENCE_MS = 30_000  # nobody waits so long but on a machine with far too much to do

expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with eight episodes at different gates, made once for all workers; copy it.

    Where CHIFENG_FILMED names a folder it is kept there for the next time.
    """
    kept = os.environ.get("CHIFENG_FILMED")
    shared = Path(kept) if kept else tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ and not kept:
        shared = shared.parent
    shared.mkdir(parents=True, exist_ok=True)
    folder = shared / "filmed" / "home"
    with FileLock(shared / "filmed.lock"):
        if not (shared / "filmed.done").exists():
            shutil.rmtree(shared / "filmed", ignore_errors=True)
            filmed_home(folder).ledger.close()
            (shared / "filmed.done").touch()
    return folder


@contextmanager
def _copied(filmed: Path, folder: Path) -> Iterator[Production]:
    shutil.copytree(filmed, folder)
    opened = open_home(folder, STAGES)
    yield opened
    opened.ledger.close()


@pytest.fixture
def production(filmed: Path, tmp_path: Path) -> Iterator[Production]:
    """A fresh copy of the filmed production."""
    with _copied(filmed, tmp_path / "copied") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_production(
    filmed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    """A copy for all tests of a file."""
    with _copied(filmed, tmp_path_factory.mktemp("copy") / "home") as opened:
        yield opened


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the desks of a file's tests, one after another."""
    reserved = ReservedPort()
    yield reserved.number
    reserved.close()


@pytest.fixture
def desk(filmed: Path, tmp_path: Path, port: int) -> Iterator[Desk]:
    """The desk of a fresh copy of the filmed production."""
    folder = tmp_path / "home"
    shutil.copytree(filmed, folder)
    production = open_home(folder, STAGES)
    served = Desk.of(production, port)
    yield served
    served.stop()
    production.ledger.close()


@pytest.fixture(scope="module")  # while Playwright is open, its thread's event loop runs
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "Chromium is missing (Debian: apt install chromium)"
    # The font of the films also serves the pages: test machines often have no Chinese one.
    with sync_playwright() as playwright, font_folder(find_font("Noto Sans CJK SC")) as font:
        env = {**os.environ, **font.environment}
        opened = playwright.chromium.launch(executable_path=found, args=_FLAGS, env=env)
        yield opened
        opened.close()


def _session(production: Production, person: str) -> str:
    """Sign somebody in without the form, which a test of its own looks at: it takes a second."""
    with production.ledger.read() as session:
        found = find_person(session, person).id
    return open_session(production, person_id=found)


@pytest.fixture(scope="module")
def contexts(browser: Browser, port: int) -> ContextPool:
    """The browser contexts of a file's tests."""
    return ContextPool(browser, f"http://127.0.0.1:{port}")


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(contexts: ContextPool, desk: Desk) -> Iterator[NewPage]:
    """A function that opens a page in a context of its own: `new_page("李编辑", width=1280)`.

    With a name, that person has signed in. What the page prints as an error fails the test.
    """
    opened: list[tuple[BrowserContext, int, int]] = []
    errors: list[str] = []

    def open_page(person: str = "", width: int = 1280, height: int = 800, lang: str = "zh") -> Page:
        context = contexts.take(width, height)
        context.add_cookies([{"name": "chifeng_lang", "value": lang, "url": desk.address}])
        opened.append((context, width, height))
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        if person:
            session = {"name": SESSION, "value": _session(desk.production, person)}
            context.add_cookies([{**session, "url": desk.address, "httpOnly": True}])
            page.goto("/")
        return page

    yield open_page
    for each in opened:
        contexts.give_back(*each)
    assert not errors, errors


Shots = Callable[..., None]


@pytest.fixture(scope="session")
def shots() -> Shots:
    """A function that keeps a picture of a page where CHIFENG_SHOTS names a folder:
    `shots(page, "board.png", full=True)`."""
    folder = os.environ.get("CHIFENG_SHOTS")

    def keep(page: Page, name: str, *, full: bool = False) -> None:
        if folder:
            page.screenshot(path=Path(folder) / name, full_page=full)

    return keep


def axe(page: Page) -> None:
    """Hold the page as it stands against axe-core: nothing serious or critical may be found."""
    source = _ROOT / "desk" / "web" / "node_modules" / "axe-core" / "axe.min.js"
    page.evaluate(source.read_text("utf-8"))  # not as a script tag, which the page forbids
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    grave = [
        (v["id"], v["help"], [n["html"][:120] for n in v["nodes"]][:3])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not grave, grave
