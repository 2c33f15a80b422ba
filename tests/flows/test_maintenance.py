"""On a real server: a schedule fires, what was missed is made up for once, damage is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.client.schemas.schedules import CronSchedule, RRuleSchedule
from toys.live import Live, kill, until

from flows.server.environment import POOL
from flows.sync.flow_runs import CARE
from pipeline.preservation.audit import recorded_artefacts
from pipeline.preservation.backup_set import backups
from pipeline.preservation.job_log import Job, read_records
from pipeline.workflow.roster import add_interviewee

BACKUP, FIXITY = CARE[Job.BACKUP], CARE[Job.FIXITY]


@pytest.fixture
def live(tmp_path: Path, make_home, bring_to) -> Iterator[Live]:
    """A toy production with a folder for backups, up."""
    production = make_home(tmp_path / "home", 2.0)
    add_interviewee(production, "li-na", "李娜", field="culture")
    bring_to(production, "li-na", "contact_record", "李娜")
    with (production.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"[care]\nhour = 3\nbackup_folder = '{tmp_path / '备份'}'\n")
    made = Live(production)
    with made.up():
        yield made
    production.ledger.close()


def deployed(live: Live, name: str):
    return live.client.read_deployment_by_name(f"{name}/{name}")


def runs(live: Live, name: str, *states: str):
    found = [r for r in live.client.read_flow_runs() if r.deployment_id == deployed(live, name).id]
    return [run for run in found if not states or run.state_name in states]


@pytest.mark.server
@pytest.mark.timeout(600)
def test_a_schedule_fires_and_what_was_missed_is_made_up_for_once(live, tmp_path):
    for name, cron in ((FIXITY, "0 3 * * *"), (CARE[Job.REPORT], "0 3 * * 1")):
        (schedule,) = until(lambda name=name: deployed(live, name).schedules)
        assert schedule.schedule == CronSchedule(cron=cron, timezone="Asia/Shanghai")

    # nights of some seconds, in which nobody is there to do what is due; they go on for longer
    # than the minute after which Prefect looks at schedules again
    queue = live.client.read_work_queue_by_name("care", work_pool_name=POOL)
    live.client.update_work_queue(queue.id, is_paused=True)
    start = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    nights = RRuleSchedule(rrule=f"DTSTART:{start}\nRRULE:FREQ=SECONDLY;INTERVAL=10;COUNT=10")
    live.client.create_deployment_schedules(deployed(live, BACKUP).id, [(nights, True)])
    until(lambda: len(overdue(live)) >= 2 and not soon(live, timedelta(minutes=5)))
    missed = [run.id for run in overdue(live)]
    kill(live.processes("flows.server.runner"))  # the next one deploys the flows anew
    until(lambda: live.processes("flows.server.runner"))
    live.client.update_work_queue(queue.id, is_paused=False)
    until(lambda: len(runs(live, BACKUP, "Completed", "Cancelled")) == len(missed))
    assert [run.id for run in runs(live, BACKUP, "Completed")] == missed[:1]
    assert len(backups(tmp_path / "备份")) == 1
    assert read_records(live.production)[Job.BACKUP].done_ms

    # a director may have the store read at any time
    with live.production.ledger.read() as session:
        (hurt, *_rest) = [live.production.store.path(*each) for each in recorded_artefacts(session)]
    hurt.chmod(0o644)
    hurt.write_bytes(b"x" * hurt.stat().st_size)
    ask = live.client.create_flow_run_from_deployment
    ask(deployed(live, FIXITY).id, parameters={"whole": True})
    (failed,) = until(lambda: runs(live, FIXITY, "Failed"))
    assert "1" in failed.state.message
    assert read_records(live.production)[Job.FIXITY].damaged
    (shown,) = [a for a in live.client.read_artifacts() if a.flow_run_id == failed.id]
    assert hurt.name in shown.data.replace("\\", "")

    # what fails is tried again some hours later
    (tmp_path / "备份").rename(tmp_path / "elsewhere")
    (tmp_path / "备份").write_text("no folder")
    ask(deployed(live, BACKUP).id)
    until(lambda: runs(live, BACKUP, "Failed"))
    assert len(soon(live, timedelta(hours=4.1))) == 1


def overdue(live: Live):
    """The backups whose time has come, oldest first."""
    now = datetime.now(UTC)
    found = [run for run in runs(live, BACKUP, "Scheduled") if run.expected_start_time < now]
    return sorted(found, key=lambda run: run.expected_start_time)


def soon(live: Live, within: timedelta):
    """The backups whose time will come within that time, those of the night aside."""
    now = datetime.now(UTC)
    found = runs(live, BACKUP, "Scheduled")
    return [r for r in found if now < r.expected_start_time < now + within and not_by_night(r)]


def not_by_night(run) -> bool:
    return run.expected_start_time.minute != 0 or run.expected_start_time.second != 0


def test_it_yields_to_all_others():
    module = "pipeline.core.processes.priority"
    code = f"import os; from {module} import lower_priority; lower_priority(); print(os.nice(0))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= min(os.nice(0) + 10, 19)
