"""Time until the board of 2,000 episodes is there: on the server, and before somebody's eyes.

    python -m benchmarks.board                      200 interviewees, 10 episodes each
    python -m benchmarks.board --home FOLDER        keep the home there, and use it again

The ledger is filled as for benchmarks/ledger.py. The desk is served on a port of its own; asked
for is its first page, signed in, over HTTP: when nothing was recorded since the last look, when
something was, and with a filter. The same page is opened in Chromium, which tells when it first
painted. Then 100 pages listen for changes: measured is the processor time their minute costs, and
how long after an entry in the ledger the last of them is notified. Bars: 300 ms each, 2 s for the
notification.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from playwright.sync_api import sync_playwright

from benchmarks.ledger_data import fill, light
from desk.web.app import create_app
from desk.web.security import SESSION
from flows.server.supervisor import free_port
from pipeline.repository.records import find_person
from pipeline.review.access import accounts
from pipeline.stage import Role
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_person
from pipeline.workflow.scheduling.requests import request
from stages import STAGES

BAR_MS = 300.0
NEWS_MS = 2000.0
_TIMES = 15
_CLIENTS = 100
_LISTEN_S = 10.0
_NAME = "看总览的人"
_PAINTED = """() => new Promise((tell) => {
  const look = () => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (paint) tell(paint.startTime); else setTimeout(look, 20);
  };
  look();
})"""


class Bars:
    """Prints each measurement with whether its bar is held."""

    missed = 0

    def hold(self, what: str, ms: float, bar_ms: float, cpu_ms: float = 0.0) -> None:
        """Print one; the processor time beside it does not depend on how busy the machine is."""
        held = ms < bar_ms
        self.missed += not held
        beside = f", {cpu_ms:.0f} ms of the processor" if cpu_ms else ""
        print(
            f"{'held  ' if held else 'MISSED'} {what:40} {ms:8.1f} ms  (bar {bar_ms:.0f}{beside})"
        )


@contextmanager
def served(production: Production) -> Iterator[str]:
    """Serve the desk in a thread of this process; yield its address."""
    port = free_port(0)
    config = uvicorn.Config(create_app(production), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def took(
    work: Callable[[], object], before: Callable[[], object] = lambda: None
) -> tuple[float, float]:
    """Do the work several times; return the medians of the time and of the processor's, in ms,
    without what goes before each."""
    times, processor = [], []
    for _n in range(_TIMES):
        before()
        start, cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
    return statistics.median(times), statistics.median(processor)


def on_the_server(bars: Bars, production: Production, client: httpx.Client, slug: str) -> None:
    """Measure the page over HTTP."""

    def get(address: str = "/") -> None:
        client.get(address).raise_for_status()

    start = time.perf_counter()
    get()
    print(f"       first page of the process {(time.perf_counter() - start) * 1000:18.1f} ms")
    timings: dict[str, tuple[float, float]] = {
        "server, nothing new": took(get),
        "server, after an entry in the ledger": took(get, lambda: request(production, slug)),
        "server, with a filter": took(lambda: get("/?stage=7&q=1")),
    }
    for what, (ms, cpu_ms) in timings.items():
        bars.hold(what, ms, BAR_MS, cpu_ms)


def before_the_eyes(bars: Bars, address: str, token: str) -> None:
    """Measure until Chromium paints the page, its styles and scripts kept from the time before."""
    found = next(p for name in ("chromium", "google-chrome") if (p := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(base_url=address, locale="zh-CN").new_page()
        page.context.add_cookies([{"name": SESSION, "value": token, "url": address}])
        times = []
        for _n in range(_TIMES):
            page.goto("/")
            times.append(float(page.evaluate(_PAINTED)))
        browser.close()
    bars.hold("Chromium, until it first painted", statistics.median(times[1:]), BAR_MS)


async def listening(
    bars: Bars, production: Production, address: str, token: str, slug: str
) -> None:
    """Let many pages listen for events, and measure when the last one gets a new one."""
    received_s: list[float] = []
    ready = asyncio.Semaphore(0)

    async def listen() -> None:
        limits = httpx.Timeout(60)
        async with (
            httpx.AsyncClient(
                base_url=address, cookies={SESSION: token}, timeout=limits, trust_env=False
            ) as client,
            client.stream("GET", "/events") as answer,
        ):
            events = 0
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    events += 1
                    if events == 1:
                        ready.release()
                    else:
                        received_s.append(time.perf_counter())
                        return

    listeners = [asyncio.create_task(listen()) for _n in range(_CLIENTS)]
    for _each in listeners:
        await ready.acquire()
    cpu = time.process_time()
    await asyncio.sleep(_LISTEN_S)
    idle = (time.process_time() - cpu) / _LISTEN_S * 60
    print(f"       {_CLIENTS} listening pages cost {idle:.2f} s of processor time a minute")
    start = time.perf_counter()
    await asyncio.to_thread(request, production, slug)
    await asyncio.gather(*listeners)
    bars.hold(
        f"the last of {_CLIENTS} pages is notified", (max(received_s) - start) * 1000, NEWS_MS
    )


def measure(production: Production) -> int:
    """Measure all of it; return how many bars were missed."""
    os.environ["CHIFENG_LANG"] = "zh"
    add_person(production, _NAME, [Role.EDITOR])
    with production.ledger.read() as session:
        person = find_person(session, _NAME)
    token = accounts.open_session(production, person_id=person.id)
    board = production.summaries()
    slug = next(reversed(board))
    episodes = sum("/" in slug for slug in board)
    print(f"{episodes:,} episodes, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    bars = Bars()
    with served(production) as address:
        with httpx.Client(
            base_url=address, cookies={SESSION: token}, timeout=60, trust_env=False
        ) as client:
            on_the_server(bars, production, client, slug)
        before_the_eyes(bars, address, token)
        asyncio.run(listening(bars, production, address, token, slug))
    return bars.missed


def main() -> int:
    """Fill, measure, print; return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--interviewees", type=int, default=200)
    parser.add_argument("--episodes", type=int, default=10, help="for each interviewee")
    parser.add_argument("--home", type=Path, help="make the home here, or use the one made here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.home or Path(temporary) / "home"
        filled = folder.exists()
        production = create_home(folder, light(STAGES))
        if not filled:
            fill(production, args.interviewees, args.episodes)
        return int(measure(production) > 0)


if __name__ == "__main__":
    sys.exit(main())
