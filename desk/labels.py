"""Labels that command line and web share: ages, sizes, the status of a stage."""

from __future__ import annotations

import time

from pipeline.i18n import _, ngettext
from pipeline.kinds import KINDS
from pipeline.workflow.stage_state import StageSummary, Status

__all__ = ["ago", "missing_kinds", "size", "status_label", "status_mark", "task_label"]

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def ago(since_ms: int) -> str:
    """Say how long it is since a moment, in one unit; nothing for 0."""
    if not since_ms:
        return ""
    passed = max(time.time_ns() // 1_000_000 - since_ms, 0)
    if passed < _HOUR_MS:
        n = passed // _MINUTE_MS
        return ngettext("{n} minute", "{n} minutes", n).format(n=n)
    if passed < _DAY_MS:
        n = passed // _HOUR_MS
        return ngettext("{n} hour", "{n} hours", n).format(n=n)
    n = passed // _DAY_MS
    return ngettext("{n} day", "{n} days", n).format(n=n)


def size(size_bytes: int) -> str:
    """Say a size in the unit that fits."""
    amount = float(size_bytes)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return _("{amount} GB").format(amount=f"{amount:.1f}")


def status_mark(status: Status) -> str:
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


def status_label(status: Status) -> str:
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


def task_label(state: StageSummary) -> str:
    """Say what whoever is next has to do; nothing where nobody has to act."""
    if state.status is Status.DEPOSIT:
        return _("bring {kinds}").format(kinds=missing_kinds(state))
    if state.registered_by:
        return _("confirm the signature that {person} brought").format(person=state.registered_by)
    return {
        Status.REFUSED: _("renew the consent"),
        Status.FAILED: _("see why it failed"),
        Status.GATE: _("check and sign"),
    }.get(state.status, "")


def missing_kinds(state: StageSummary) -> str:
    """Name the missing kinds; those of which one is enough are joined by “or”."""
    groups: list[tuple[str, ...]] = list(getattr(state.stage.needs, "ONE_OF", ()))
    grouped = {slug for group in groups for slug in group}
    chosen = [group for group in groups if set(group) <= set(state.missing)]
    chosen += [(slug,) for slug in state.missing if slug not in grouped]
    either = _(" or ")
    return _(", ").join(either.join(KINDS[slug].label for slug in group) for group in chosen)
