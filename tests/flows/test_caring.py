"""On a real server: what was missed is done at once, in a process of its own, for all to see."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from toys.live import Live, until

from flows.sync.flow_runs import CARE
from flows.sync.maintenance_scheduler import AHEAD
from pipeline.preservation.audit import recorded_artefacts
from pipeline.preservation.backup_set import backups
from pipeline.preservation.job_log import Job, read_records
from pipeline.workflow.roster import add_interviewee

DAY_S = 86_400
DAYS = {Job.FIXITY: 1, Job.BACKUP: 1, Job.REPORT: 7}


@pytest.fixture
def live(tmp_path: Path, make_home, bring_to) -> Iterator[Live]:
    """A toy production of ten days ago with a folder for backups, up."""
    production = make_home(tmp_path / "home", 2.0)
    add_interviewee(production, "li-na", "李娜", field="culture")
    bring_to(production, "li-na", "contact_record", "李娜")
    with (production.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"[care]\nbackup_folder = '{tmp_path / '备份'}'\n")
    long_ago = time.time() - 10 * DAY_S
    os.utime(production.folder / "chifeng-home.json", (long_ago, long_ago))
    made = Live(production)
    with made.up():
        yield made
    production.ledger.close()


def runs(live: Live, duty: Job) -> list:
    return [run for run in live.client.read_flow_runs() if run.name == CARE[duty]]


def ended(live: Live, duty: Job, state: str):
    return until(lambda: next((r for r in runs(live, duty) if r.state_name == state), None))


@pytest.mark.server
@pytest.mark.timeout(600)
def test_what_was_missed_is_done_and_the_next_stands_ahead(live, tmp_path):
    for duty in Job:
        ended(live, duty, "Completed")
    assert len(backups(tmp_path / "备份")) == 1
    assert min(entry.done_ms for entry in read_records(live.production).values()) > 0
    for duty in Job:
        ahead = ended(live, duty, "Scheduled")
        assert AHEAD in ahead.tags
        assert (
            0
            < ahead.state.state_details.scheduled_time.timestamp() - time.time()
            <= DAYS[duty] * DAY_S
        )

    # a director may have the store read at any time
    with live.production.ledger.read() as session:
        (hurt, *_rest) = [live.production.store.path(*each) for each in recorded_artefacts(session)]
    hurt.chmod(0o644)
    hurt.write_bytes(b"x" * hurt.stat().st_size)
    name = CARE[Job.FIXITY]
    deployment = live.client.read_deployment_by_name(f"{name}/{name}")
    live.client.create_flow_run_from_deployment(deployment.id, parameters={"whole": True})
    failed = ended(live, Job.FIXITY, "Failed")
    assert "1" in failed.state.message
    assert read_records(live.production)[Job.FIXITY].damaged
    (shown,) = [a for a in live.client.read_artifacts() if a.flow_run_id == failed.id]
    assert hurt.name in shown.data


def test_it_yields_to_all_others():
    code = (
        "import os; from pipeline.core.processes.priority import lower_priority; "
        "lower_priority(); print(os.nice(0))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= min(os.nice(0) + 10, 19)
