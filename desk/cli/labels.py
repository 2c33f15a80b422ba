"""How the command line says where a stage stands and what is to be done about it."""

from __future__ import annotations

from desk.labels import missing_kinds, status_label, status_mark
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
    """Say what whoever is next has to do."""
    if state.status is Status.DEPOSIT:
        return _("bring {kinds}").format(kinds=missing_kinds(state))
    if state.registered_by:
        return _("confirm the signed paper that {person} registered").format(
            person=state.registered_by
        )
    return {
        Status.WAITS: "",
        Status.REFUSED: _("renew the consent"),
        Status.READY: "chifeng produce",
        Status.FAILED: _("see why it failed, then chifeng produce"),
        Status.GATE: _("check and sign"),
        Status.DONE: "",
    }[state.status]
