"""How quick the desk is where editors feel it: opening, typing, saving.

    python -m benchmarks.desk [--only open,keys,saves] [--seconds 20]

A home is made with an episode of 400 cues (20 minutes), one of 2,400 (two hours) and 20 more of
400, each with words, a doubtful place for every fourth cue and the waveform of two hours (no film:
its loading is the network's affair), and served by the desk's own server. Debian's Chromium opens
the pages, not headless tricks: the same cache, the same scripts.

- open: from the start of the navigation until the list can be used (the page's own mark, which
  stands at the end of its first script), the browser's clock; the median of 7 after one to warm
  up, and the slowest.
- keys: 100 letters typed into a cue of 2,400. From the keydown event to the frame that shows it:
  the next animation frame has begun and a task after it runs, that is, it is painted. Beside it the
  work alone, from keydown to the end of all handlers and a forced layout: a browser that draws
  60 frames a second adds 0 to 16.7 ms of waiting for the next.
- saves: 20 people, each in an episode of their own that is open already, each saving every 2 s and
  looking for others' changes every 2 s, as the page does; 20 threads against one server. The time
  of each save, and the load of the machine: it tells only where nobody else is at work on it.

Prints held or missed for each bar; exits with 1 if one is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.desk_home import SLUG, editing_home, editors, session_of
from flows.server.supervisor import free_port
from pipeline.workflow.production import Production

LENGTHS = (400, 2400, *[400] * 20)
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_TYPING = """async (count) => {
  const area = document.getElementById("text"), shown = [], worked = [];
  let began = 0;
  addEventListener("keydown", (event) => { began = event.timeStamp; }, true);
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done();
    channel.port2.postMessage(0);
  }));
  area.addEventListener("input", () => {
    const start = began;
    queueMicrotask(() => {
      document.body.getBoundingClientRect();
      worked.push(performance.now() - start);
      painted().then(() => shown.push(performance.now() - start));
    });
  });
  window.typed = () => ({ shown, worked });
}"""

Bar = tuple[str, float, float, str]
"""What was measured: a name, the value, the bar, and more to know."""


@contextmanager
def served(production: Production) -> Iterator[str]:
    """Serve the home and yield its address."""
    port = free_port(0)
    address = f"http://127.0.0.1:{port}"
    env = {**os.environ, "CHIFENG_HOME": str(production.folder)}
    env["CHIFENG_PARENT_PID"] = str(os.getpid())
    process = subprocess.Popen([sys.executable, "-m", "desk.web.server", str(port)], env=env)
    try:
        for _n in range(600):
            try:
                httpx.get(f"{address}/health", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def browsing(production: Production, address: str) -> Iterator[Any]:
    """Yield a page of Chromium in which an editor is signed in."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
        token = session_of(production, editors(1)[0])
        context.add_cookies([{"name": "chifeng_session", "value": token, "url": address}])
        yield context.new_page()
        browser.close()


def opening(production: Production, address: str, _seconds: float) -> list[Bar]:
    """Measure how long an episode takes to open."""
    bars: list[Bar] = []
    with browsing(production, address) as page:
        for number, length, most in ((1, 400, 1000.0), (2, 2400, 2000.0)):
            times = [_opened(page, number) for _n in range(8)][1:]
            more = f"slowest {max(times):.0f} ms"
            bars.append((f"open {length} cues, ms", statistics.median(times), most, more))
    return bars


def _opened(page: Any, number: int) -> float:
    page.goto(f"/episode/{SLUG}/{number}/proofread/7")
    page.wait_for_selector("html[data-ready]")
    found: float = page.evaluate("() => performance.getEntriesByName('usable')[0].startTime")
    page.wait_for_timeout(300)
    return found


def keys(production: Production, address: str, _seconds: float) -> list[Bar]:
    """Measure how long a letter takes to be seen, in an episode of 2,400 cues."""
    with browsing(production, address) as page:
        _opened(page, 2)
        page.wait_for_timeout(3000)
        page.evaluate("() => window.proofreading.select(window.proofreading.model.at(1200))")
        page.evaluate(_TYPING)
        for n in range(100):
            page.keyboard.press("abcdefghij"[n % 10])
            page.wait_for_timeout(60)
        times = page.evaluate("() => window.typed()")
    shown, worked = sorted(times["shown"]), sorted(times["worked"])
    more = f"p95 {_p95(shown):.1f} ms, {len(shown)} keys, no film or sound running"
    return [
        ("keystroke to screen, median ms", statistics.median(shown), 16.0, more),
        ("keystroke, work alone, p95 ms", _p95(worked), 16.0,
         f"median {statistics.median(worked):.1f} ms"),
    ]  # fmt: skip


def saves(production: Production, address: str, seconds: float) -> list[Bar]:
    """Measure saving by 20 people at once."""
    took: list[float] = []
    looks: list[float] = []
    names = editors(20)
    ready = threading.Barrier(len(names))
    threads = [
        threading.Thread(
            target=_edit,
            args=(address, session_of(production, name), n + 3, seconds, took, looks, ready),
        )
        for n, name in enumerate(names)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    more = (
        f"median {statistics.median(took):.0f} ms of {len(took)}; looks p95 {_p95(looks):.0f} ms; "
    )
    more += f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    return [("save p95 with 20 people, ms", _p95(took), 50.0, more)]


def _edit(
    address: str, token: str, number: int, seconds: float, took: list[float], looks: list[float],
    ready: threading.Barrier,
) -> None:  # fmt: skip
    place = f"/episode/{SLUG}/{number}/proofread/7"
    with httpx.Client(
        base_url=address, trust_env=False, timeout=30, cookies={"chifeng_session": token}
    ) as client:
        html = client.get(place).text
        found = re.search(r'name="csrf" content="(\w+)".*"base": "(\w+)"', html, re.DOTALL)
        assert found, "the page is not the one for proofreading"
        csrf, base = found.groups()
        headers = {"x-csrf-token": csrf, "accept": "application/json"}
        ready.wait()
        time.sleep(number / 10)  # nobody saves at the same moment
        since, n, cue = 0, 0, None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            n += 1
            answer = client.get(
                f"{place}/changes", params={"base": base, "since": since, "tab": str(number)},
                headers=headers,
            )  # fmt: skip
            looks.append(answer.elapsed.total_seconds() * 1000)
            after = {"start_ms": 9_000_000 + n, "end_ms": 9_001_000 + n, "text": f"第{n}次"}
            after |= {"speaker": "", "mark": ""}
            change = {"cue": f"bench-{number}", "before": cue, "after": after}
            body = {"base": base, "since": since, "key": f"bench-{number}-{n:04d}"}
            began = time.perf_counter()
            answer = client.post(f"{place}/save", json={**body, "changes": [change]},
                                 headers=headers)  # fmt: skip
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            since, cue = answer.json()["number"], after
            time.sleep(2)


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


PARTS: dict[str, Callable[[Production, str, float], list[Bar]]] = {
    "open": opening,
    "keys": keys,
    "saves": saves,
}


def main() -> int:
    """Measure the selected parts and print which bars are met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        production = editing_home(Path(folder) / "home", LENGTHS, 20)
        with served(production) as address:
            for part in options.only.split(","):
                for name, value, bar, more in PARTS[part](production, address, options.seconds):
                    held = value < bar
                    missed += not held
                    print(f"{'held  ' if held else 'MISSED'} {name:34} {value:8.1f} < {bar:6.0f}"
                          f"   ({more})")  # fmt: skip
        production.ledger.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
