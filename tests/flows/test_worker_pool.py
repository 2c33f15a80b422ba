"""Several machines: a director's, two workers', ledger and Prefect's runs on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from toys.live import Live, until

from flows.client import produce
from flows.server import worker_pool
from pipeline.errors import BusyError, StorageError
from pipeline.preservation.audit import audit
from pipeline.queues import Queue
from pipeline.workflow.roster import add_episode, add_interviewee

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

SUBJECT, EPISODE = "wang-guilan", "wang-guilan/01"
SETTINGS = """
[ledger]
url = "{ledger}"

[machines]
queues = ["light"]
look_seconds = 0.2
prefect_database = "{prefect}"
"""


@pytest.fixture
def live(tmp_path: Path, make_home, postgresql) -> Iterator[Live]:
    """A toy production whose own machine does light work only, everything on PostgreSQL."""
    prefect = postgresql.empty().set(drivername="postgresql+asyncpg")
    more = SETTINGS.format(
        ledger=postgresql.cleared().render_as_string(), prefect=prefect.render_as_string()
    )
    made = Live(make_home(tmp_path / "home", 1.0, more))
    yield made
    made.production.ledger.close()


def test_two_workers_one_of_which_is_killed(live, bring_to):
    production = live.production
    add_interviewee(production, SUBJECT, "王桂兰", field="culture")
    add_episode(production, SUBJECT, "童年")
    bring_to(production, SUBJECT, "contact_record", "王桂兰")
    bring_to(production, EPISODE, "finished_cut", "held")
    with (
        live.up(),
        live.worker("--queue", "render"),
        live.worker("--queue", "speech", "--at-once", "2") as speech,
    ):
        produce(production, SUBJECT)
        live.sign(SUBJECT, 1)
        live.sign(EPISODE, 4)
        first = until(lambda: drafting(live))
        run = live.until_suspended(EPISODE, "other machine: speech recognition")
        for child in psutil.Process(speech.pid).children():
            child.kill()
        killed = time.monotonic()
        until(lambda: drafting(live) not in (first, None) or None)
        assert time.monotonic() - killed < 60
        (production.folder / "go").touch()
        live.sign(EPISODE, 7)
        live.sign(EPISODE, 12)
        assert live.until_state(EPISODE, "Completed").id == run.id
        assert live.performed(EPISODE) == [s.slug for s in production.stages[1:]]
        with pytest.raises(BusyError), production.locks.hold("chifeng up"):
            pass
    assert audit(production).faults == ()
    assert not (production.folder / "prefect" / "prefect.db").exists()


def drafting(live):
    """The folder of whoever is at the first version, if anybody is."""
    name = f"{EPISODE.replace('/', '--')}--first_version_subtitles--*"
    return next((live.production.folder / "work").glob(name), None)


def test_a_ledger_in_a_shared_folder_is_for_one_machine(production, monkeypatch):
    part = psutil.disk_partitions(all=True)[0]._replace(mountpoint="/", fstype="nfs4")
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [part])
    with pytest.raises(StorageError, match="shared folder"):
        worker_pool.keep_workers(production, tuple(Queue), 1)
