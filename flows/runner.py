"""The runner: starts a process for each flow run that is due, so many at once as settings allow."""

from __future__ import annotations

import os

from pipeline.tools.lifeline import PARENT, die_with_parent

__all__ = ["main"]

_QUERY_S = 1


def main() -> None:
    """Serve the flows until told to stop."""
    die_with_parent()
    os.environ[PARENT] = str(os.getpid())  # the processes of the runs die with this one

    from flows.warm import keep_warm

    keep_warm()

    from prefect import serve
    from prefect.types.entrypoint import EntrypointType

    from flows.care import FLOWS
    from flows.errands import ERRANDS
    from flows.opening import opened
    from flows.production import produce_episode, produce_interviewee

    deployments = [
        each.to_deployment(each.name, entrypoint_type=EntrypointType.MODULE_PATH)
        for each in (produce_interviewee, produce_episode, *ERRANDS)
    ]
    for each in FLOWS.values():  # known to Prefect; flows/caring.py runs them
        known = each.to_deployment(each.name, entrypoint_type=EntrypointType.MODULE_PATH)
        known.apply()  # type: ignore[union-attr]  # outside of a loop it is no coroutine
    serve(
        *deployments,  # type: ignore[arg-type]  # outside of a loop these are no coroutines
        limit=opened().settings.flows.runs_at_once,
        query_seconds=_QUERY_S,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


if __name__ == "__main__":
    main()
