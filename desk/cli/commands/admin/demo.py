"""The command that shows everything at once: a sample interview through all twelve steps."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from desk.cli import context, errors
from desk.cli.commands.admin.doctor import examine
from desk.cli.console import echo, out, printable, table
from desk.cli.options import existing_file
from pipeline.errors import MissingTool
from pipeline.i18n import _
from pipeline.workflow.stage_state import StageState

__all__ = ["demo"]


def demo(
    ctx: typer.Context,
    recording: Annotated[
        Path | None,
        typer.Option("--recording", metavar="FILE", help="Your own film instead of the sample."),
    ] = None,
) -> None:
    """Take a sample interview through all twelve steps, everybody's part played, and show it."""
    from desk.demo.run import demonstrate

    if recording is not None:
        recording = existing_file(recording)
    home = context.home(ctx) / "demo" / ("sample" if recording is None else recording.stem)
    _check_machine(home)
    began = time.monotonic()
    shown = demonstrate(home, recording.absolute() if recording else None, _print_line)
    for slug, states in shown.board.items():
        out().print(_stages(slug, states))
    for slug, folder in shown.released.items():
        echo(_("{slug} is released: {folder}").format(slug=slug, folder=folder))
        for file in sorted(folder.iterdir()):
            echo(f"    {file.name}")
    echo(_("Done in {seconds:.0f} s.").format(seconds=time.monotonic() - began))
    echo(
        _("To look at it in Prefect: chifeng --home {home} up").format(home=shlex.quote(str(home)))
    )


def _check_machine(folder: Path) -> None:
    """Stop before anything is begun where this machine lacks what the work needs."""
    missing = [check for check in examine(folder, context.all_stages()) if not check.ok]
    for check in missing:
        errors.show(MissingTool(f"{check.name}: {check.found}", remedy=check.remedy))
    if any(check.essential for check in missing):
        raise typer.Exit(MissingTool.exit_code)


def _print_line(line: str) -> None:
    echo(f"{time.strftime('%H:%M:%S')}  {line}")


def _stages(slug: str, states: list[StageState]) -> Table:
    """Return a table of what was done: each stage, who signed, how long it took, what it made."""
    subject = states[0].subject
    shown = table(_("Stage"), _("Signed by"), _("Seconds"), _("Files"))
    shown.title = printable(f"{slug}  {subject.interviewee} {subject.title}".strip())
    for state in states:
        seconds = (state.run.finished_ms - state.run.started_ms) / 1000 if state.run else 0.0
        shown.add_row(
            state.stage.label,
            printable(state.approval.person if state.approval else "–"),
            f"{seconds:.1f}",
            printable(", ".join(artefact.name for artefact in state.outputs)),
        )
    return shown
