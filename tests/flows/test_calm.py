"""Server and runner rest while nobody wants anything, by what is still there in Prefect."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from uvicorn import Config

from flows import waking
from flows.calm import Calm, look_rarely


@pytest.fixture
def _as_before(monkeypatch):
    """Have everything that is replaced there again after the test."""
    from burner_redis.pubsub import PubSub
    from prefect.server.api import background_workers, server

    for owner, name in ((background_workers, "Worker"), (server, "Docket")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(PubSub, "get_message", PubSub.get_message)


@pytest.mark.usefixtures("_as_before")
def test_the_chores_of_the_server_are_looked_for_rarely_and_done_at_once():
    from prefect.server.api import background_workers, server

    look_rarely()

    async def chore() -> str:
        done = asyncio.Event()

        async def work() -> None:
            done.set()

        async with server.Docket(name="test", url="memory://") as docket:
            assert docket.heartbeat_interval.total_seconds() == 60
            async with background_workers.Worker(docket) as worker:
                assert worker.minimum_check_interval.total_seconds() == 5
                assert worker.scheduling_resolution.total_seconds() == 5
                working = asyncio.create_task(worker.run_forever())
                await asyncio.sleep(1)
                await docket.add(work)()
                await asyncio.wait_for(done.wait(), 4)
                working.cancel()
        return "done"

    assert asyncio.run(chore()) == "done"


@pytest.mark.usefixtures("_as_before")
def test_a_release_of_prefect_without_these_places_works_as_it_comes(monkeypatch, caplog):
    from prefect.server.api import background_workers, server

    monkeypatch.delattr(background_workers, "Worker")
    look_rarely()
    assert "Worker" in caplog.text
    assert not hasattr(background_workers, "Worker")
    assert server.Docket.keywords["heartbeat_interval"].total_seconds() == 60


def test_the_server_ends_soon_after_it_is_told():
    async def end() -> None:
        server = Calm(Config(lambda: None))
        asyncio.get_running_loop().call_later(0.1, setattr, server, "should_exit", True)
        await asyncio.wait_for(server.main_loop(), 5)

    asyncio.run(end())


def test_the_runner_looks_when_it_is_told_or_at_work_and_otherwise_not(monkeypatch):
    from prefect.runner._process_manager import ProcessManager
    from prefect.runner._scheduled_run_poller import ScheduledRunPoller

    looks, at_work = [], set()

    async def look() -> None:
        looks.append(1)

    async def listen(told) -> None:
        await asyncio.sleep(0.3)
        told.set()

    # what is used of Prefect's own
    assert ProcessManager().flow_run_ids() == set()
    assert asyncio.iscoroutinefunction(ScheduledRunPoller._get_and_submit_flow_runs)
    runner = SimpleNamespace(
        started=True, _process_manager=SimpleNamespace(flow_run_ids=lambda: at_work),
        _scheduled_run_poller=SimpleNamespace(_get_and_submit_flow_runs=look),
    )  # fmt: skip
    monkeypatch.setattr(waking, "_listen", listen)
    monkeypatch.setattr(waking, "_ACTIVE_S", 0.1)
    monkeypatch.setattr(waking, "_SETTLED_S", 0.01)

    async def watch() -> list[int]:
        looking = asyncio.create_task(waking.look_at_once(runner))
        counts = []
        for begin in (lambda: None, lambda: None, lambda: at_work.add(1)):
            begin()
            await asyncio.sleep(0.25 if not counts else 0.6)
            counts.append(len(looks))
        looking.cancel()
        return counts

    silent, told, busy = asyncio.run(watch())
    assert (silent, told) == (0, 2)
    assert busy > told + 1
