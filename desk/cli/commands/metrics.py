"""A command for the figures of the production: yield, rework, working and waiting."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from desk.cli import options
from desk.cli.console import echo, out, print_json, printable, table
from desk.cli.context import production
from desk.cli.progress import progress_bar
from flows.views.metrics import by_person, by_stage
from pipeline.i18n import _
from pipeline.tracking.metrics import Metrics
from pipeline.tracking.metrics import compute_metrics as count
from pipeline.tracking.weekly_report.write import write_report

__all__ = ["figures", "report"]


def figures(ctx: typer.Context, as_json: options.Json = False) -> None:
    """Show how often work is right at once, how long it takes, and how long it waits."""
    opened = production(ctx)
    with progress_bar(_("figures")):
        found = count(opened)
    if as_json:
        print_json(_as_json(found))
        return
    out().print(_table(by_stage(opened, found)))
    out().print()
    out().print(_table(by_person(found)))


def report(
    ctx: typer.Context,
    week: Annotated[
        datetime | None,
        typer.Option(
            "--week", metavar="DATE", formats=["%Y-%m-%d"],
            help="Any day of the week; without it, today.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE",
            help="A file ending in .html or .docx; without it, both in the home.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Write the weekly report for leaders: what was finished, what is late, what is next."""
    opened = production(ctx)
    day = week.date() if week else opened.today()
    with progress_bar(_("report")):
        _week, files = write_report(opened, day, output.expanduser().absolute() if output else None)
    for file in files:
        echo(str(file))


def _table(rows: list[dict[str, str]]) -> Table:
    shown = table(*(rows[0] if rows else ()))
    for row in rows:
        shown.add_row(*(printable(value) for value in row.values()))
    return shown


def _as_json(found: Metrics) -> dict[str, Any]:
    return {
        "stages": [
            {"stage": slug, **vars(sums), "first_pass_yield": sums.first_pass_yield,
             "corrections_per_100": sums.corrections_per_100}
            for slug, sums in found.stages.items()
        ],
        "people": [{"person": name, **vars(sums)} for name, sums in found.people.items()],
    }  # fmt: skip
