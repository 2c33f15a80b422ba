"""Time of the questions people ask most, on a ledger as full as a province would make it.

    python -m benchmarks.ledger                         200 interviewees, 10 episodes each
    python -m benchmarks.ledger --interviewees 20       a tenth of it
    python -m benchmarks.ledger --home FOLDER           keep the home there, and use it again
    python -m benchmarks.ledger --url postgresql+psycopg://…   an empty database, instead of SQLite

Every stage of every episode was done five times, with signatures, deposits and send-backs; the
last round stopped at another place in each episode. Measured is the time of the functions behind
`status`, `waiting`, `plan` (also of a send-back) and `figures`, the first time and then the median
of many; it fails where a median is above its limit. Beside it: the time of a plain count of all
rows, as a measure of the machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.ledger_data import fill, light
from pipeline.repository.tables import DepositRow, OutputRow, RunRow, SignOffRow, SubjectRow
from pipeline.tracking.metrics import compute_metrics
from pipeline.tracking.pending_actions import pending_actions
from pipeline.workflow.impact import plan
from pipeline.workflow.production import Production, create_home, open_home
from pipeline.workflow.stage_state import Status
from stages import STAGES

LIMITS_MS = {"status": 200.0, "waiting": 200.0, "plan": 50.0, "plan back": 50.0}
_TIMES = {"figures": 2}
_MOST = 15


@dataclass(frozen=True)
class Measured:
    """Milliseconds: the first time, and the median of the following."""

    first_ms: float
    median_ms: float


def measured(work: Callable[[], object], times_over: int = _MOST) -> Measured:
    """Do the work again and again, and tell how long it took."""
    times = []
    for _n in range(times_over + 1):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return Measured(times[0], statistics.median(times[1:]))


def main() -> int:
    """Fill, measure, print; return 1 where a limit is passed."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--interviewees", type=int, default=200)
    wanted.add_argument("--episodes", type=int, default=10)
    wanted.add_argument("--home", type=Path)
    wanted.add_argument("--url", default="", help="of an empty database; else SQLite in the home")
    args = wanted.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.home or Path(temporary) / "home"
        filled = folder.exists()
        if args.url and not filled:
            folder.mkdir(parents=True)
            (folder / "settings.toml").write_text(f'[ledger]\nurl = "{args.url}"\n', "utf-8")
        production = create_home(folder, light(STAGES))
        if not filled:
            start = time.perf_counter()
            fill(production, args.interviewees, args.episodes)
            print(f"filled in {time.perf_counter() - start:.0f} s")
        return _measure(production)


def _measure(production: Production) -> int:
    print(", ".join(f"{n:,} {what}" for what, n in _rows(production).items()))
    board = production.summaries()
    standing = Counter(g.status.value for glances in board.values() for g in glances)
    print(", ".join(f"{n:,} {what}" for what, n in standing.most_common()))
    slug = next(s for s, glances in board.items() if glances[-1].status is Status.GATE)
    again = open_home(production.folder, production.stages)
    bad = 0
    for name, work in {
        "status": again.summaries,
        "waiting": lambda: pending_actions(again),
        "plan": lambda: plan(again, slug),
        "plan back": lambda: plan(again, slug, send_back_to=again.stage("4")),
        "figures": lambda: compute_metrics(again),
        "count": lambda: _rows(again),
    }.items():
        took = measured(work, _TIMES.get(name, _MOST))
        limit = LIMITS_MS.get(name)
        print(f"{name:9} first {took.first_ms:8.1f} ms, then {took.median_ms:7.1f} ms"
              + (f" (limit {limit:.0f})" if limit else ""))  # fmt: skip
        bad += limit is not None and took.median_ms > limit
    return int(bad > 0)


def _rows(production: Production) -> dict[str, int]:
    tables = (SubjectRow, DepositRow, RunRow, OutputRow, SignOffRow)
    with production.ledger.read() as session:
        return {
            f"{t.__tablename__}s": session.scalar(select(func.count()).select_from(t)) or 0
            for t in tables
        }


if __name__ == "__main__":
    sys.exit(main())
