"""Make the pictures of Prefect: `python -m docs.make_pictures [FOLDER [NAME …]]`.

Brings a small production of real stages up (generated film, invented people), with something
waiting at every gate, one stage failed and one at work, and photographs Prefect and the desk with
Chromium. Takes a few minutes. FOLDER is docs/pictures unless given; NAMES are those of SHOTS, all
unless given.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page, ViewportSize

from desk.cli.commands.admin.up import desk
from desk.demo import sample_interview
from docs.make_desk_pictures import browser
from flows.client import page_of
from flows.server.endpoints import Running
from flows.server.password import authorization, prefect_password
from flows.server.up import started
from pipeline.kinds import KINDS
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.production import Production, open_home
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.requests import request
from stages import STAGES
from tests.desk.web.interview_film import PASSWORD, SLUG, film, filmed_home

SIZE: ViewportSize = {"width": 1280, "height": 800}
PATIENCE_S = 400.0
AT_GATE = f"{SLUG}/01"


def main() -> None:
    """Make all pictures."""
    here = Path(__file__).resolve().parent / "pictures"
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    into.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        production(Path(place)) as made,
        started(made, side_services=[desk(made)]) as running,
        browser() as opened,
    ):
        page = opened.new_page(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
        sign_in(page, made, running)
        begin(made, running)
        for name in sys.argv[2:] or SHOTS:
            page.set_viewport_size(SIZE)
            SHOTS[name](page, made, running)
            picture = into / f"{name}.jpg"
            page.screenshot(path=picture, type="jpeg", quality=72)
            print(picture, f"{picture.stat().st_size // 1000} kB")


@contextmanager
def production(place: Path) -> Iterator[Production]:
    """Make the production: eight episodes at their gates, one whose film is damaged in the store,
    and an interviewee whose recording is still to be looked through."""
    made = filmed_home(place / "home")
    made.ledger.close()
    made = open_home(place / "home", STAGES)
    add_episode(made, SLUG, "胶片受潮的一集")
    deposit(made, f"{SLUG}/09", KINDS["finished_cut"], place / "interview.mp4", "钱导演")
    broken = film(place / "broken.mp4", 20.0)
    (brought,) = deposit(made, f"{SLUG}/09", KINDS["finished_cut"], broken, "钱导演")
    damaged = made.store.path(brought.sha256, ".mp4")
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:20_000])
    add_interviewee(made, "li-ming", "李明", field="education")
    long = film(place / "long.mp4", 300.0)
    papers(made, place, "li-ming", long)
    yield made
    made.ledger.close()


def papers(made: Production, place: Path, slug: str, recording: Path) -> None:
    """Bring what the first two stages need and have them signed; the recording is there, too."""
    texts = {
        "contact_record": sample_interview.CONTACT_RECORD,
        "consent_terms": sample_interview.CONSENT_TERMS,
    }
    for kind, text in texts.items():
        path = place / f"{slug}-{kind}.yaml"
        path.write_text(text.replace("王桂兰", "李明"), "utf-8")
        deposit(made, slug, KINDS[kind], path, "赵制片")
    scan = place / f"{slug}.png"
    sample_interview.scanned_consent(scan)
    deposit(made, slug, KINDS["consent_form"], scan, "赵制片")
    for stage, person in (("1", "赵制片"), ("2", "钱导演")):
        advance(made, slug)
        approve(made, slug, made.stage(stage), person)
    deposit(made, slug, KINDS["camera_originals"], recording, "孙摄像")


def sign_in(page: Page, made: Production, running: Running) -> None:
    """Give Prefect's page the password, which it then keeps."""
    page.goto(running.prefect)
    page.locator("input[type=password]").fill(prefect_password(made.folder))
    page.keyboard.press("Enter")
    page.wait_for_timeout(3000)


def begin(made: Production, running: Running) -> None:
    """Have everything produced: first what comes to rest, then what takes a while."""
    request(made, SLUG)
    settle(made, running, {"PAUSED": 8, "FAILED": 1})
    request(made, "li-ming")
    settle(made, running, {"RUNNING": 1})


def settle(made: Production, running: Running, wanted: dict[str, int]) -> None:
    """Wait until there are so many runs in these types of states."""
    end = time.monotonic() + PATIENCE_S
    while any(count(made, running, kind) < n for kind, n in wanted.items()):
        if time.monotonic() > end:
            print("it did not come to this in time:", wanted)
            return
        time.sleep(0.5)


def count(made: Production, running: Running, kind: str) -> int:
    """Count the flow runs in a type of state."""
    asked = {"flow_runs": {"state": {"type": {"any_": [kind]}}}}
    answer = httpx.post(
        f"{running.api}/flow_runs/count", json=asked, trust_env=False,
        headers=authorization(made.folder),
    )  # fmt: skip
    return int(answer.json())


def at(path: str, seconds: float = 4.0) -> Callable[[Page, Production, Running], None]:
    """Photograph a page of Prefect, which never stops asking its server: give it some seconds."""

    def shoot(page: Page, _made: Production, running: Running) -> None:
        page.goto(f"{running.prefect}{path}")
        page.wait_for_timeout(seconds * 1000)

    return shoot


def runs(page: Page, made: Production, running: Running) -> None:
    page.goto(f"{running.prefect}/runs")
    page.wait_for_timeout(4000)
    page.mouse.wheel(0, 580)  # past the chart
    page.wait_for_timeout(500)


def run_at_gate(page: Page, made: Production, _running: Running) -> None:
    page.goto(page_of(made, AT_GATE))
    page.wait_for_timeout(4000)


def form(page: Page, made: Production, running: Running) -> None:
    run_at_gate(page, made, running)
    page.get_by_role("button", name="Resume").first.click()
    page.wait_for_timeout(3000)


def board(page: Page, made: Production, running: Running) -> None:
    asked = {"artifacts": {"key": {"any_": ["board"]}}, "sort": "CREATED_DESC", "limit": 1}
    headers = authorization(made.folder)
    found = httpx.post(
        f"{running.api}/artifacts/filter", json=asked, trust_env=False, headers=headers
    ).json()
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(f"{running.prefect}/artifacts/artifact/{found[0]['id']}")
    page.wait_for_timeout(4000)


def errand(page: Page, made: Production, running: Running) -> None:
    answer = httpx.get(
        f"{running.api}/deployments/name/交付/交付",
        trust_env=False,
        follow_redirects=True,
        headers=authorization(made.folder),
    )
    page.goto(f"{running.prefect}/deployments/deployment/{answer.json()['id']}/run")
    page.wait_for_timeout(4000)


def code(page: Page, made: Production, running: Running) -> None:
    address = running.others["desk"]
    page.goto(f"{address}/sign-in")
    page.fill("#person", "李编辑")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.goto(f"{address}/episode/{AT_GATE}/stage/7/code")
    page.click("main button.main")
    page.wait_for_timeout(1000)


SHOTS: dict[str, Callable[[Page, Production, Running], None]] = {
    "runs": runs,
    "dashboard": at("/dashboard"),
    "run-at-gate": run_at_gate,
    "form": form,
    "code": code,
    "artifacts": at("/artifacts"),
    "board": board,
    "deployments": at("/deployments"),
    "errand": errand,
}

if __name__ == "__main__":
    main()
