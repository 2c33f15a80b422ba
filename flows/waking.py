"""Have the runner look for work when there is some, and hardly ever while there is none.

Prefect's runner asks the server for work every so often: often costs processor time all day, rarely
lets people wait. The server tells whoever listens when a run is due, so the runner looks then; what
was not heard is found by asking rarely. While runs are at work it asks every second, since a place
that is free again is not told of.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.runner import Runner

__all__ = ["QUERY_S", "look_at_once"]

log = logging.getLogger("chifeng.flows")

QUERY_S = 10.0
"""How often the runner asks where it hears nothing."""

_ACTIVE_S = 1.0
_AGAIN_S = 5.0
_SETTLED_S = 0.1  # told of what is just being written
_DUE = ("Scheduled", "Resuming", "Rescheduled", "AwaitingRetry")


async def look_at_once(runner: Runner) -> None:
    """Look for work when the server tells of some, and often while runs are at work."""
    told = asyncio.Event()
    listener = asyncio.create_task(_listen(told))
    try:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ACTIVE_S):
                    await told.wait()
            if told.is_set() or runner._process_manager.flow_run_ids():
                await _look(runner, told)
    finally:
        listener.cancel()


async def _look(runner: Runner, told: asyncio.Event) -> None:
    """Do what the runner's own loop does; twice after it was told."""
    looks = 2 if told.is_set() else 1
    told.clear()
    for _look in range(looks):
        if runner.started:
            with suppress(Exception):  # its own loop says what is wrong
                await runner._scheduled_run_poller._get_and_submit_flow_runs()
        await asyncio.sleep(_SETTLED_S)


async def _listen(told: asyncio.Event) -> None:
    from prefect.events.clients import get_events_subscriber
    from prefect.events.filters import EventFilter, EventNameFilter

    names = [f"prefect.flow-run.{state}" for state in _DUE]
    wanted = EventFilter(event=EventNameFilter(name=names))
    while True:
        try:
            async with get_events_subscriber(filter=wanted) as events:
                told.set()
                async for _event in events:
                    told.set()
        except Exception as error:  # whatever it is, there is still the loop
            log.warning("the server is not heard: %s", error)
        await asyncio.sleep(_AGAIN_S)
