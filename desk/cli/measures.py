"""A command for the figures of the production: yield, rework, working and waiting."""

from __future__ import annotations

from typing import Any

import typer
from rich.table import Table

from desk.cli import options
from desk.cli.bars import working
from desk.cli.console import emit, out, plain, table
from desk.cli.opening import production
from pipeline.figures import Figures, StageFigures
from pipeline.figures import figures as count
from pipeline.home import Production
from pipeline.i18n import _

__all__ = ["figures"]

_HOUR_MS = 3_600_000


def figures(ctx: typer.Context, as_json: options.Json = False) -> None:
    """Show how often work is right at once, how long it takes, and how long it waits."""
    opened = production(ctx)
    with working(_("figures")):
        found = count(opened)
    if as_json:
        emit(_as_json(found))
        return
    out().print(_by_stage(opened, found))
    out().print()
    out().print(_by_person(found))


def _by_stage(opened: Production, found: Figures) -> Table:
    shown = table(
        _("Stage"), _("Right at once"), _("Sent back"), _("Runs"), _("Hours at work"),
        _("Hours waiting, on average"), _("Corrected per 100 characters"),
    )  # fmt: skip
    for stage in opened.stages:
        if stage.slug in found.stages:
            sums = found.stages[stage.slug]
            shown.add_row(
                stage.label, _share(sums), str(sums.send_backs), str(sums.runs),
                _hours(sums.working_ms, 1), _hours(sums.waiting_ms, sums.waits),
                _number(sums.corrections_per_100),
            )  # fmt: skip
    return shown


def _by_person(found: Figures) -> Table:
    shown = table(_("Person"), _("Signed"), _("Sent back"), _("Hours waited for, on average"))
    for name, sums in sorted(found.people.items()):
        shown.add_row(
            plain(name), str(sums.approvals), str(sums.send_backs),
            _hours(sums.waiting_ms, sums.waits),
        )  # fmt: skip
    return shown


def _share(sums: StageFigures) -> str:
    share = sums.first_pass_yield
    return "–" if share is None else f"{share:.0%} ({sums.first_approved}/{sums.first_decisions})"


def _hours(total_ms: int, times: int) -> str:
    return _number(total_ms / times / _HOUR_MS if times else None)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _as_json(found: Figures) -> dict[str, Any]:
    return {
        "stages": [
            {"stage": slug, **vars(sums), "first_pass_yield": sums.first_pass_yield,
             "corrections_per_100": sums.corrections_per_100}
            for slug, sums in found.stages.items()
        ],
        "people": [{"person": name, **vars(sums)} for name, sums in found.people.items()],
    }  # fmt: skip
