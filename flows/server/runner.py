"""The process that starts flow runs: `python -m flows.server.runner`.

It imports neither the flows nor the stages: only the processes it forks need them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Any

from flows.server.environment import HOME
from pipeline.core.permissions import keep_private
from pipeline.core.processes.parent_death import die_with_parent

__all__ = ["main"]

_EVERY_S = 30.0
_LOOK_S = 10.0

log = logging.getLogger("chifeng.flows")


def main() -> None:
    """Tell the server of the flows, and run them until told to stop."""
    die_with_parent()
    keep_private()
    from flows.server.forking_worker import ForkingWorker, fork_server

    processes = fork_server()
    changed = _settings_changed()
    if _deploy(processes):
        sys.exit(1)  # the reason is in the log; the supervisor starts this again

    async def serve() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_follow_settings(processes, changed))
            tasks.create_task(_keep_deployments(processes))
            tasks.create_task(ForkingWorker(processes).serve())

    asyncio.run(serve())


async def _follow_settings(processes: Any, changed: float) -> None:
    """Have Prefect know when somebody changes the night hour or how many runs there may be."""
    while True:
        await asyncio.sleep(_EVERY_S)
        before, changed = changed, _settings_changed()
        if changed != before:
            await asyncio.to_thread(_deploy, processes)


async def _keep_deployments(processes: Any) -> None:
    """Make again what a director deletes in Prefect: a deployment, the pool, or a queue of it."""
    known: set[str] = set()
    while True:
        try:
            found = await _deployed()
            if known - found:
                await asyncio.to_thread(_deploy, processes)
                found = await _deployed()
            known = found
        except Exception as error:  # the server may be away for a moment
            log.warning("The deployments could not be looked at: %s", error)
        await asyncio.sleep(_LOOK_S)


async def _deployed() -> set[str]:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    from flows.server.environment import POOL

    async with get_client() as client:
        try:
            await client.read_work_pool(POOL)
            queues = await client.read_work_queues(work_pool_name=POOL)
        except ObjectNotFound:
            return set()
        deployments = await client.read_deployments(limit=200)
    ours = {f"deployment {d.name}" for d in deployments if d.work_pool_name == POOL}
    return ours | {f"queue {queue.name}" for queue in queues}


def _settings_changed() -> float:
    path = Path(os.environ[HOME], "settings.toml")
    return path.stat().st_mtime if path.exists() else 0.0


def _deploy(processes: Any) -> int | None:
    child = processes.Process(target=deploy_flows)
    child.start()
    child.join()
    exit_code: int | None = child.exitcode
    return exit_code


def deploy_flows() -> None:
    """Be the process that tells the server of the flows."""
    from flows.bootstrap import open_from_environment
    from flows.deployments import deploy

    deploy(open_from_environment().settings)


if __name__ == "__main__":
    main()
