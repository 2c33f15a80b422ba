"""What somebody with the password could write into Prefect, and a run is refused for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse

from pipeline.i18n import _

__all__ = ["refusal"]


def refusal(
    flows: Mapping[str, Flow[..., Any]], name: str, run: FlowRun, deployment: DeploymentResponse
) -> str:
    """Say why a run is not started, or return an empty string.

    Known flows are started, in one way; a deployment or run that asks for another way was not made
    by `flows.deployments`.
    """
    flow = flows.get(name)
    if flow is None:
        return _("Refused: “{name}” is no flow of this program.").format(name=name[:100])
    ours = f"{flow.fn.__module__}.{flow.fn.__name__}"
    given = {
        "pull_steps": deployment.pull_steps,
        "job_variables": deployment.job_variables or run.job_variables,
        "entrypoint": deployment.entrypoint not in (None, ours),
    }
    if wrong := [key for key, value in given.items() if value]:
        return _("Refused: somebody changed how this flow is started ({keys}).").format(
            keys=", ".join(wrong)
        )
    return ""
