"""A phase of the project produced unattended: every stage, tool and flow real, only people played.

    python -m benchmarks.phase                               12 interviewees, 80 episodes
    python -m benchmarks.phase --interviewees 2 --episodes 4 a look at it
    python -m benchmarks.phase --ledger 10000                episodes in the ledger, without media

Each interviewee is filmed for half a minute (the sample of the demonstration), and cut into
episodes of a few seconds. `chifeng up` carries them all, the desk beside it, while people played by
this process deposit and sign the moment it is their turn. Printed are the throughput; the time in
which no stage was at work, per episode and as a share, which is what the production costs beyond
the media; what the processes that stay (keeper, Prefect's server and runner, desk) hold in memory;
the sizes of the databases; how long the slowest of the requests that a director's and an editor's
page make took, measured every few seconds meanwhile; and at the end, with everything released, what
it costs to stay up. Afterwards the signatures and the store are verified.

`--ledger` fills a ledger (benchmarks/ledger_data.py) and asks the questions of board and lists.

Bars: 3 s and 2 % per episode beyond the media; idle under 1 % of one core and 600 MB.
Exits with 1 where one is missed, or where an episode is not released.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks.phase_people import hired
from desk.cli.commands.admin.up import desk
from desk.web.security import SESSION
from flows.client import produce
from flows.server.endpoints import Running
from flows.server.password import authorization
from flows.server.up import started
from pipeline.preservation.audit import audit
from pipeline.repository.records import find_person
from pipeline.repository.tables import RunRow
from pipeline.review.access import accounts
from pipeline.stage import Role
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import is_released
from stages import STAGES

OVER_S, OVER_SHARE = 3.0, 0.02
IDLE_CPU, IDLE_MB = 0.01, 600.0
_IDLE_S = 60.0
_EVERY_S = 5.0
_STAYING = ("flows.server.up", "flows.server.api", "flows.server.runner", "desk.web.server")


@dataclass
class Watch:
    """What was seen of the processes that stay, and how long requests took."""

    running: Running
    folder: Path
    session: str
    most_mb: dict[str, float] = field(default_factory=dict)
    response_s: dict[str, list[float]] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Look once."""
        for name, process in staying(self.running):
            with _forgiving():
                mb = process.memory_info().rss / 1e6
                self.most_mb[name] = max(self.most_mb.get(name, 0.0), mb)
        api, crew = self.running.api, self.running.others["desk"]
        waiting = {"flow_runs": {"state": {"type": {"any_": ["PAUSED", "RUNNING"]}}}, "limit": 200}
        cookies = {SESSION: self.session}
        with httpx.Client(trust_env=False, timeout=60, cookies=cookies) as client:
            for what, method, url, body in (
                ("Prefect: runs", "POST", f"{api}/flow_runs/filter", waiting),
                ("Prefect: artifacts", "POST", f"{api}/artifacts/latest/filter", {"limit": 50}),
                ("desk: first page", "GET", f"{crew}/", None),
            ):
                begin = time.monotonic()
                headers = authorization(self.folder) if url.startswith(api) else {}
                client.request(method, url, json=body, headers=headers).raise_for_status()
                self.response_s.setdefault(what, []).append(time.monotonic() - begin)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every few seconds while the block runs."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _watch(self) -> None:
        while not self._end.wait(_EVERY_S):
            with _forgiving():
                self.look()


@contextmanager
def _forgiving() -> Iterator[None]:
    """Let pass that a process ended, or a request was cut off by one that did."""
    try:
        yield
    except (psutil.Error, httpx.HTTPError) as error:
        print(f"    while watching: {error!r}", flush=True)


def staying(running: Running) -> list[tuple[str, psutil.Process]]:
    """Return the processes that are there as long as the production is up, by module."""
    keeper = psutil.Process(running.pid)
    found = []
    for process in (keeper, *keeper.children(recursive=True)):
        with _forgiving():
            words = process.cmdline()
            found += [(name, process) for name in _STAYING if name in words]
    return found


def idle(running: Running) -> tuple[float, float]:
    """Return the share of one core, and the megabytes (PSS), that staying up takes."""
    processes = staying(running)
    before = [_cpu_s(process) for _name, process in processes]
    time.sleep(_IDLE_S)
    shares = [
        (_cpu_s(process) - was) / _IDLE_S
        for (_name, process), was in zip(processes, before, strict=True)
    ]
    for (name, _process), share in zip(processes, shares, strict=True):
        print(f"    idle {name:20} {share:7.2%} of a core")
    return sum(shares), sum(process.memory_full_info().pss for _name, process in processes) / 1e6


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def worked(production: Production) -> tuple[float, float]:
    """Return the seconds the stages took together, and those in which at least one was at work."""
    with production.ledger.read() as session:
        spans = sorted((r.started_ms, r.finished_ms) for r in session.query(RunRow))
    at, together = 0, 0
    for start, end in spans:
        together += max(0, end - max(start, at))
        at = max(at, end)
    return sum(end - start for start, end in spans) / 1000, together / 1000


def carry(folder: Path, interviewees: int, episodes: int) -> int:
    """Produce the phase in a home made in `folder`; return how many bars were missed."""
    production, crew = hired(folder, interviewees, episodes, STAGES)
    with production.ledger.read() as session:
        editor = find_person(session, Role.EDITOR.value).id
    signed_in = accounts.open_session(production, person_id=editor)
    begin = time.monotonic()
    with started(production, side_services=[desk(production)]) as running:
        print(f"up after {time.monotonic() - begin:.1f} s", flush=True)
        begin, watch = time.monotonic(), Watch(running, production.folder, signed_in)
        for slug in crew.interviewees:
            produce(production, slug)
        with watch.watching():
            crew.play(lambda done: print(f"    {done} released", flush=True))
        wall = time.monotonic() - begin
        print("everything is released; a minute of rest is measured", flush=True)
        time.sleep(15)
        share, mb = idle(running)
    return _report(production, episodes, wall, watch, share, mb)


def _report(
    production: Production, episodes: int, wall: float, watch: Watch, share: float, mb: float
) -> int:
    all_s, together = worked(production)
    over = (wall - together) / episodes
    print(f"\n{episodes} episodes in {wall:.0f} s: {3600 * episodes / wall:.0f} an hour")
    print(f"stages at work {together:.0f} s of it ({all_s:.0f} s in total), load {os.getloadavg()}")
    print(", ".join(f"{name} {most:.0f} MB" for name, most in watch.most_mb.items()), "(peaks)")
    for what, took in watch.response_s.items():
        print(f"{what:20} median {statistics.median(took):6.3f} s, slowest {max(took):6.3f} s")
    for name in ("ledger.sqlite", "prefect/prefect.db"):
        files = production.folder.glob(f"{name}*")  # with what is still in the write-ahead log
        print(f"{name:20} {sum(file.stat().st_size for file in files) / 1e6:8.1f} MB")
    found = audit(production)
    board = {slug: states for slug, states in production.board().items() if "/" in slug}
    released = sum(is_released(states) for states in board.values())
    bars = (
        ("released", released, released == episodes, f"= {episodes}"),
        ("faults that the audit finds", len(found.faults), not found.faults, "= 0"),
        ("seconds beyond the media, per episode", over, over <= OVER_S, f"<= {OVER_S:g}"),
        ("as a share", 1 - together / wall, 1 - together / wall <= OVER_SHARE, f"<= {OVER_SHARE}"),
        ("idle, share of a core", share, share < IDLE_CPU, f"< {IDLE_CPU}"),
        ("idle, MB in all", mb, mb < IDLE_MB, f"< {IDLE_MB:g}"),
    )
    for name, value, held, bar in bars:
        print(f"{name:40} {value:10.3f} {bar:8} {'held' if held else 'MISSED'}")
    return sum(not held for _name, _value, held, _bar in bars)


def many(folder: Path, episodes: int) -> int:
    """Fill a ledger and ask what board and lists ask."""
    from benchmarks import ledger

    arguments = ["--interviewees", str(max(1, episodes // 10)), "--home", str(folder)]
    sys.argv = ["ledger", *arguments]
    missed = ledger.main()
    print(f"ledger.sqlite {(folder / 'ledger.sqlite').stat().st_size / 1e6:.0f} MB")
    return missed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--interviewees", type=int, default=12)
    parser.add_argument("--episodes", type=int, default=80)
    parser.add_argument("--ledger", type=int, metavar="EPISODES")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.ledger:
            return int(many(Path(folder) / "home", options.ledger) > 0)
        return int(carry(Path(folder) / "home", options.interviewees, options.episodes) > 0)


if __name__ == "__main__":
    sys.exit(main())
