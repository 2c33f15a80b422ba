"""How the command line says where a stage stands and what is to be done about it."""

from __future__ import annotations

from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.state import Glance, Status

__all__ = ["STYLES", "mark", "standing", "to_do"]

STYLES = {
    Status.WAITS: "dim",
    Status.DEPOSIT: "yellow",
    Status.REFUSED: "bold red",
    Status.READY: "cyan",
    Status.FAILED: "bold red",
    Status.GATE: "bold yellow",
    Status.DONE: "green",
}


def mark(status: Status) -> str:
    """Say a status in one short word, for a narrow column."""
    return {
        Status.WAITS: "·",
        Status.DEPOSIT: _("mat"),
        Status.REFUSED: _("ban"),
        Status.READY: _("run"),
        Status.FAILED: _("err"),
        Status.GATE: _("sig"),
        Status.DONE: _("ok"),
    }[status]


def standing(status: Status) -> str:
    """Say a status in a few words."""
    return {
        Status.WAITS: _("not yet"),
        Status.DEPOSIT: _("material missing"),
        Status.REFUSED: _("no consent"),
        Status.READY: _("can run"),
        Status.FAILED: _("failed"),
        Status.GATE: _("to be signed"),
        Status.DONE: _("done"),
    }[status]


def to_do(state: Glance) -> str:
    """Say what whoever is next has to do."""
    if state.status is Status.DEPOSIT:
        return _("bring {kinds}").format(kinds=_wanted(state))
    return {
        Status.WAITS: "",
        Status.REFUSED: _("renew the consent"),
        Status.READY: "chifeng produce",
        Status.FAILED: _("see why it failed, then chifeng produce"),
        Status.GATE: _("check and sign"),
        Status.DONE: "",
    }[state.status]


def _wanted(state: Glance) -> str:
    """Name the missing kinds; those of which one is enough are joined by “or”."""
    groups: list[tuple[str, ...]] = list(getattr(state.stage.needs, "ONE_OF", ()))
    grouped = {slug for group in groups for slug in group}
    wanted = [group for group in groups if set(group) <= set(state.missing)]
    wanted += [(slug,) for slug in state.missing if slug not in grouped]
    either = _(" or ")
    return _(", ").join(either.join(KINDS[slug].label for slug in group) for group in wanted)
