"""What carrying an episode through Prefect costs over the stages' own time.

    python -m benchmarks.orchestration --episodes 3

The twelve stages as they are, except that each makes small files and nothing else, run as real
flows on a real server, with somebody who signs as soon as there is something to sign. Beside it
the same stages without Prefect, in one process, and what one suspension costs: the time from a
signature at a sleeping run to the end of the next stage. Fails above 3 s per episode.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pipeline.kinds import KINDS
from pipeline.repository.records import find_subject, load_records
from pipeline.review.signoff import approve
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Role
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.scheduling.requests import ledger_version
from pipeline.workflow.status import Status
from stages import STAGES as REAL

LIMIT_S = 3.0
NAME = "王桂兰"
_CONSENT = {
    "form_sha256": ["0" * 64], "signer": NAME, "signed_on": "2020-01-01", "valid_until": None,
    "uses": ["website", "broadcast", "book", "exhibition", "research"],
}  # fmt: skip


def _quick(stage: AnyStage) -> AnyStage:
    """The same stage with little to do."""

    def run(_needs: Any, _settings: Settings, folder: Path) -> Any:
        made: dict[str, Any] = {}
        for field in fields(stage.makes):
            path = folder / (field.name + KINDS[field.name].suffixes[0])
            content = {"kind": field.name, "consent": _CONSENT, "withheld": []}
            path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
            made[field.name] = (path,) if KINDS[field.name].many else path
        return stage.makes(**made)

    return replace(stage, run=run, check=None)


STAGES = tuple(_quick(stage) for stage in REAL)


@dataclass(frozen=True)
class Cost:
    """Seconds: the stages' own, the flow's from its beginning to its end, and from the trigger."""

    own: float
    flow: float
    trigger: float

    @property
    def over(self) -> float:
        """What is not the stages' own."""
        return self.flow - self.own


def build(folder: Path, episodes: int) -> Production:
    """Make a home in which nothing is missing but the signatures."""
    (folder / "settings.toml").parent.mkdir(parents=True)
    create_home(folder, STAGES).ledger.close()
    (folder / "settings.toml").write_text("[flows]\nport = 0\n", "utf-8")
    production = replace(create_home(folder, STAGES), deposit_checks={})
    for role in Role:
        if role is not Role.INTERVIEWEE:
            add_person(production, role.value, [role])
    add_interviewee(production, "wang", NAME, field="culture")
    for kind in ("contact_record", "consent_form", "consent_terms", "camera_originals"):
        _bring(production, "wang", kind)
    for number in range(1, episodes + 1):
        add_episode(production, "wang", f"第{number}集")
        _bring(production, f"wang/{number:02d}", "finished_cut")
    return production


def _bring(production: Production, slug: str, kind: str) -> None:
    path = production.folder.parent / f"{kind}{KINDS[kind].suffixes[0]}"
    path.write_text(f"{slug} {kind}", "utf-8")
    deposits.deposit(production, slug, KINDS[kind], path, "producer")


def sign_open(production: Production, slug: str) -> bool:
    """Sign what waits for a signature; tell whether all is done."""
    states = production.states(slug)
    for state in states:
        if state.status is Status.GATE:
            role = state.stage.signed_by
            approve(production, slug, state.stage, NAME if role == "interviewee" else str(role))
    return all(state.passed for state in states)


class Signer(threading.Thread):
    """Signs everything of one subject at once, until it is done."""

    def __init__(self, production: Production, slug: str) -> None:
        super().__init__(daemon=True)
        self._production, self._slug = production, slug

    def run(self) -> None:
        seen: tuple[int, ...] = ()
        while True:
            found = ledger_version(self._production)
            if found != seen:
                seen = found
                if sign_open(self._production, self._slug):
                    return
            time.sleep(0.05)


def own_seconds(production: Production, slug: str) -> float:
    """Return the time the stages themselves took, as the ledger has it."""
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
    return sum(run.finished_ms - run.started_ms for run in own.runs) / 1000


def without_prefect(production: Production, slug: str) -> Cost:
    """Carry the subject in this process."""
    begin = time.monotonic()
    while True:
        advance(production, slug)
        if sign_open(production, slug):
            break
    wall = time.monotonic() - begin
    return Cost(own_seconds(production, slug), wall, wall)


def with_prefect(production: Production, slug: str, client: Any) -> Cost:
    """Carry the subject as a flow, with somebody who signs at once."""
    from flows.client import produce

    begin = time.monotonic()
    signer = Signer(production, slug)
    signer.start()
    started = produce(production, slug)
    assert started is not None
    run = _until(lambda: (r := client.read_flow_run(started.id)).state.is_final() and r)
    wall = time.monotonic() - begin
    signer.join()
    assert run.state.is_completed(), run.state.message
    flow = (run.end_time - run.start_time).total_seconds()
    return Cost(own_seconds(production, slug), flow, wall)


def wake_seconds(production: Production, slug: str, client: Any) -> float:
    """Return the time from a signature at a sleeping run to the end of the next stage."""
    from flows.client import produce

    started = produce(production, slug)
    assert started is not None
    _until(lambda: client.read_flow_run(started.id).state.name == "Suspended")
    time.sleep(1)
    begin = time.monotonic()
    before = ledger_version(production)
    sign_open(production, slug)
    signed = ledger_version(production)
    assert signed != before
    _until(lambda: ledger_version(production) != signed, 0.02)
    return time.monotonic() - begin


def _until(look: Callable[[], Any], every_s: float = 0.2) -> Any:
    while not (found := look()):
        time.sleep(every_s)
    return found


def main() -> int:
    """Measure and print; 1 if it costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=3)
    episodes = parser.parse_args().episodes
    os.environ["CHIFENG_STAGES"] = "benchmarks.orchestration:STAGES"
    with tempfile.TemporaryDirectory() as temporary:
        production = build(Path(temporary) / "home", episodes + 2)
        without_prefect(production, "wang")
        plain = without_prefect(production, "wang/01")
        from flows.server.password import prefect_password
        from flows.server.up import started

        with started(production) as running:
            from prefect.client.orchestration import SyncPrefectClient

            with SyncPrefectClient(
                api=running.api, auth_string=prefect_password(production.folder)
            ) as client:
                costs = [
                    with_prefect(production, f"wang/{number:02d}", client)
                    for number in range(2, episodes + 2)
                ]
                wake = wake_seconds(production, f"wang/{episodes + 2:02d}", client)
        production.ledger.close()
    print(f"{'':18}{'stages':>9}{'flow':>9}{'over':>9}{'from the trigger':>20}")
    for name, cost in [("without Prefect", plain), *(("with Prefect", c) for c in costs)]:
        times = f"{cost.own:8.2f}s{cost.flow:8.2f}s{cost.over:8.2f}s{cost.trigger:19.2f}s"
        print(f"{name:18}{times}")
    over = statistics.median(cost.over for cost in costs)
    print(f"over the stages' own time, median: {over:.2f} s (limit {LIMIT_S:.0f} s)")
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"load: {load:.1f} processes per core (above 1, all of it takes longer)")
    print(f"a signature wakes a sleeping run and the next stage is done after {wake:.1f} s")
    return over > LIMIT_S


if __name__ == "__main__":
    sys.exit(main())
