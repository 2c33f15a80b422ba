"""The command that has the machine do what it can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from desk.cli import errors
from desk.cli.commands.status import print_actions
from desk.cli.console import echo
from desk.cli.context import production
from desk.cli.progress import progress_bar
from flows import client
from flows.client import FlowRun
from pipeline.delivery.release import update_releases
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.repository.records import find_subject
from pipeline.stage import AnyStage
from pipeline.workflow.executor import RunResult, advance, run_stage
from pipeline.workflow.production import Production
from pipeline.workflow.roster import subjects
from pipeline.workflow.scheduling.batch import end_of
from pipeline.workflow.scheduling.pause import require_not_paused

__all__ = ["produce"]


def produce(
    ctx: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="An interviewee, or one episode.")
    ] = "",
    everyone: Annotated[bool, typer.Option("--all", help="Every interviewee.")] = False,
    due: Annotated[
        datetime | None,
        typer.Option(
            "--due", formats=["%Y-%m-%d"], metavar="DATE",
            help="By which day it is to be released: what is due sooner goes first.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Do everything that can be done, until all is finished or waits for somebody.

    While “chifeng up” runs, it does the work; otherwise this process does.
    """
    opened = production(ctx)
    if bool(subject) is everyone:
        raise NotFoundError(
            _("Whose work is to be done?"), remedy=_("Name an interviewee or episode, or --all.")
        )
    slugs = [row.slug for row in subjects(opened)] if everyone else _targets(opened, subject)
    wanted = [s for s in slugs if "/" not in s] if everyone else [subject]
    runs = _request_runs(opened, wanted, end_of(due.date()) if due is not None else 0)
    if runs:
        for run in runs:
            echo(f"{run.name}  {run.state}  {run.url}")
        return
    require_not_paused(opened)
    failures = [error for slug in slugs if (error := _advance(opened, slug)) is not None]
    print_actions(opened, slugs)
    if failures:
        for error in failures[1:]:
            errors.show(error)
        raise failures[0]


def _request_runs(opened: Production, wanted: list[str], due_ms: int) -> list[FlowRun]:
    """Note in the ledger what is wanted; return the runs that do it, if the production is up."""
    runs = (client.produce(opened, slug, due_ms=due_ms) for slug in wanted)
    return [run for run in runs if run is not None]


def _targets(opened: Production, subject: str) -> list[str]:
    """Name the subjects in the order of the work: the interviewee, then the episodes."""
    with opened.ledger.read() as session:
        row = find_subject(session, subject)
    everybody = subjects(opened)
    if row.parent_id is None:
        return [row.slug, *(each.slug for each in everybody if each.parent_id == row.id)]
    return [*(each.slug for each in everybody if each.id == row.parent_id), row.slug]


def _advance(opened: Production, slug: str) -> Exception | None:
    """Go on with one subject; return what stopped it, so that the others still get their turn.

    Whatever it was, `perform` has written it down for the board.
    """
    try:
        advance(opened, slug, _run_with_progress(opened, slug))
        update_releases(opened, slug)  # the consent may have changed
    except Exception as error:
        return error
    return None


def _run_with_progress(opened: Production, slug: str) -> Callable[[AnyStage], RunResult]:
    def each(stage: AnyStage) -> RunResult:
        with progress_bar(f"{slug}  {stage.label}"):
            return run_stage(opened, stage, slug)

    return each
