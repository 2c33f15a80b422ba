"""The runner: starts a process for each flow run that is due, so many at once as settings allow."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from flows.waking import QUERY_S, look_at_once
from pipeline.core.processes.parent_death import PARENT, die_with_parent

if TYPE_CHECKING:
    from prefect.runner import Runner

__all__ = ["main"]


def main() -> None:
    """Serve the flows until told to stop."""
    die_with_parent()
    os.environ[PARENT] = str(os.getpid())  # the processes of the runs die with this one

    from flows.server.forking_worker import keep_warm

    keep_warm()

    from prefect.exceptions import TerminationSignal
    from prefect.runner import Runner
    from prefect.types.entrypoint import EntrypointType

    from flows.bootstrap import open_from_environment
    from flows.maintenance_flows import FLOWS
    from flows.operator_flows import ERRANDS
    from flows.production import produce_episode, produce_interviewee

    deployments = [
        each.to_deployment(each.name, entrypoint_type=EntrypointType.MODULE_PATH)
        for each in (produce_interviewee, produce_episode, *ERRANDS)
    ]
    for each in FLOWS.values():  # known to Prefect; flows/sync/maintenance_scheduler.py runs them
        known = each.to_deployment(each.name, entrypoint_type=EntrypointType.MODULE_PATH)
        known.apply()  # type: ignore[union-attr]  # outside of a loop it is no coroutine
    at_once = open_from_environment().settings.flows.runs_at_once
    runner = Runner(limit=at_once, query_seconds=QUERY_S, pause_on_shutdown=False)
    for deployment in deployments:
        runner.add_deployment(deployment)  # type: ignore[arg-type]  # outside of a loop it is no coroutine
    with suppress(KeyboardInterrupt, TerminationSignal):
        asyncio.run(_run(runner))


async def _run(runner: Runner) -> None:
    looking = asyncio.create_task(look_at_once(runner))
    try:
        await runner.start()
    finally:
        looking.cancel()


if __name__ == "__main__":
    main()
