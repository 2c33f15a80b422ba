"""Two machines with nothing in common but a database and a bucket: each has a home of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from buckets import KEYS, Wire, serving
from toys import TOYS
from toys.live import Live, until

from flows.client import produce
from pipeline.preservation.audit import audit
from pipeline.workflow.production import create_home
from pipeline.workflow.roster import add_episode, add_interviewee

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

SUBJECT, EPISODE = "wang-guilan", "wang-guilan/01"
SETTINGS = """
[ledger]
url = "{ledger}"

[store]
url = "{url}"
endpoint = "http://127.0.0.1:{port}"

[machines]
queues = ["light"]
look_seconds = 0.2
prefect_database = "{prefect}"
"""


@pytest.fixture
def wire() -> Iterator[Wire]:
    """The wire to the server of object storage."""
    with serving() as server:
        wire = Wire(server.port)
        wire.bucket = server.bucket()
        yield wire
        wire.close()


@pytest.fixture
def machines(tmp_path, make_home, postgresql, wire, monkeypatch) -> Iterator[tuple[Live, Live]]:
    """The director's, and the one that has the graphics card."""
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    prefect = postgresql.empty().set(drivername="postgresql+asyncpg")
    more = SETTINGS.format(
        ledger=postgresql.cleared().render_as_string(), prefect=prefect.render_as_string(),
        url=wire.bucket.url, port=wire.port,
    )  # fmt: skip
    first = Live(make_home(tmp_path / "first", 1.0, more))
    (tmp_path / "second").mkdir()
    shutil.copyfile(tmp_path / "first" / "settings.toml", tmp_path / "second" / "settings.toml")
    second = Live(create_home(tmp_path / "second", TOYS))
    yield first, second
    for live in (first, second):
        live.production.ledger.close()


def test_carried_to_release_with_the_bucket_away_for_a_while(machines, wire, bring_to):
    first, second = machines
    production = first.production
    add_interviewee(production, SUBJECT, "王桂兰", field="culture")
    add_episode(production, SUBJECT, "童年")
    bring_to(production, SUBJECT, "contact_record", "王桂兰")
    bring_to(production, EPISODE, "finished_cut", "slow")
    with first.up(), second.worker("--queue", "render", "--queue", "speech"):
        produce(production, SUBJECT)
        first.sign(SUBJECT, 1)
        first.sign(EPISODE, 4)
        until(lambda: at_work(second.production.folder, "first_version_subtitles"))
        wire.cut()
        log = second.production.folder / "logs"
        until(lambda: any("does not answer" in p.read_text("utf-8") for p in log.glob("worker-*")))
        wire.mend()
        first.sign(EPISODE, 7)
        first.sign(EPISODE, 12)
        first.until_state(EPISODE, "Completed")
    assert first.performed(EPISODE) == [s.slug for s in production.stages[1:]]
    assert not at_work(production.folder, "*"), "what is not light was done on the other machine"
    assert audit(production).faults == ()
    released = [p.read_text("utf-8") for p in (production.folder / "released").rglob("out.mp4")]
    assert released == ["slow+slow\n"], "made there, handed out here"


def at_work(home: Path, stage: str) -> list[Path]:
    """The folders of whoever is at a stage there."""
    return list((home / "work").glob(f"*--{stage}--*"))
