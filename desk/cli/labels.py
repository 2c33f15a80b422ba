"""How the command line says where a stage stands and what is to be done about it."""

from __future__ import annotations

from desk import labels
from desk.labels import status_label, status_mark
from pipeline.i18n import _
from pipeline.workflow.stage_state import StageSummary, Status

__all__ = ["STYLES", "status_label", "status_mark", "task_label"]

STYLES = {
    Status.WAITS: "dim",
    Status.DEPOSIT: "yellow",
    Status.REFUSED: "bold red",
    Status.READY: "cyan",
    Status.FAILED: "bold red",
    Status.GATE: "bold yellow",
    Status.DONE: "green",
}


def task_label(state: StageSummary) -> str:
    """Say what whoever is next has to do, naming the command where the machine is next."""
    commands = {
        Status.READY: "chifeng produce",
        Status.FAILED: _("see why it failed, then chifeng produce"),
    }
    return commands.get(state.status) or labels.task_label(state)
