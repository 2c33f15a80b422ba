"""The process that starts flow runs: `python -m flows.server.runner`.

The process of each run imports this again: what takes long to import is imported inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.processes.parent_death import die_with_parent

if TYPE_CHECKING:
    from pipeline.workflow.production import Production

__all__ = ["main"]

_EVERY_S = 30.0


def main() -> None:
    """Tell the server of the flows, and run them until told to stop."""
    die_with_parent()
    import asyncio

    from flows.bootstrap import open_from_environment
    from flows.deployments import deploy

    production = open_from_environment()
    deploy(production.settings)
    asyncio.run(_serve(production))


async def _serve(production: Production) -> None:
    import asyncio

    from flows.server.forking_worker import ForkingWorker
    from flows.server.worker_pool import host

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_follow_settings(production))
        tasks.create_task(ForkingWorker(f"chifeng on {host()}").serve())


async def _follow_settings(production: Production) -> None:
    """Have Prefect know when somebody changes the night hour or how many runs there may be."""
    import asyncio

    from flows.deployments import deploy
    from pipeline.workflow.settings_reload import ReloadingProduction

    current = ReloadingProduction(production)
    while True:
        await asyncio.sleep(_EVERY_S)
        found = current.production()
        if found is not production:
            production = found
            await asyncio.to_thread(deploy, found.settings)


if __name__ == "__main__":
    main()
