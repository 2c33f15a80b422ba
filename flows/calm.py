"""Let Prefect's server rest while nobody wants anything of it.

Its chores (docket) are looked for four times a second, its own heartbeat told every two seconds,
and uvicorn and the chores' listener wake up ten times a second: together several per cent of a
core, day and night. There is no setting for any of it. New work wakes all of them at once; what is
put off by seconds is only chores whose time has come, and the end of the server.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial, wraps
from typing import Any

import uvicorn

__all__ = ["Calm", "look_rarely"]

log = logging.getLogger("chifeng.flows")

_CHORES = timedelta(seconds=5)
_HEARTBEAT = timedelta(seconds=60)
_LISTEN_S = 1.0  # no longer, since who listens ends no sooner
_TICK_S = 0.5


def look_rarely() -> None:
    """Have the server look for chores rarely; call it before the server is made.

    A release of Prefect that has something else in a place works as it comes, and costs more.
    """
    for calm in (_chores, _heartbeat, _listening):
        try:
            calm()
        except (ImportError, AttributeError) as error:
            log.warning("this release of Prefect costs more while nobody wants anything: %s", error)


def _chores() -> None:
    from prefect.server.api import background_workers

    _always(
        background_workers, "Worker", minimum_check_interval=_CHORES, scheduling_resolution=_CHORES
    )


def _heartbeat() -> None:
    from prefect.server.api import server

    _always(server, "Docket", heartbeat_interval=_HEARTBEAT)


def _always(module: Any, name: str, **told: timedelta) -> None:
    """Have what a module makes by that name always made so."""
    setattr(module, name, partial(getattr(module, name), **told))


def _listening() -> None:
    from burner_redis.pubsub import PubSub  # type: ignore[import-untyped]  # it ships none

    get_message = PubSub.get_message

    @wraps(get_message)
    async def patiently(
        self: Any, ignore_subscribe_messages: bool = False, timeout: Any = 0.0
    ) -> Any:
        longer = max(timeout, _LISTEN_S) if timeout else timeout
        return await get_message(self, ignore_subscribe_messages, longer)

    PubSub.get_message = patiently


class Calm(uvicorn.Server):
    """Serves as uvicorn does, but looks twice a second whether it is to end, not ten times."""

    async def main_loop(self) -> None:
        """Wait until it is to end."""
        while not await self.on_tick(0):
            await asyncio.sleep(_TICK_S)
