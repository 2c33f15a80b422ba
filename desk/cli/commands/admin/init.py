"""Commands for whoever looks after the machine: making a home, proving it, checking the tools."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import errors, options
from desk.cli.commands.admin.doctor import examine
from desk.cli.console import emit, out, plain, table, tell
from desk.cli.context import create, home, production, twelve
from desk.cli.progress import working
from pipeline.errors import IntegrityError, MissingTool
from pipeline.i18n import _
from pipeline.preservation import audit as auditing

__all__ = ["audit", "doctor", "init"]


def init(ctx: typer.Context) -> None:
    """Make the working folder of a production."""
    opened = create(ctx)
    tell(_("The production “{name}” is in {folder}.").format(
        name=opened.settings.project.name, folder=opened.folder
    ))  # fmt: skip
    tell(_("Next: chifeng person add, then chifeng interviewee add."))


def audit(
    ctx: typer.Context,
    ledger_only: Annotated[
        bool, typer.Option("--ledger-only", help="Read no files, which takes long with many films.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Prove that nothing was tampered with: every row, every sign-off, every file, their order."""
    opened = production(ctx)
    with working(_("files")):
        found = auditing.audit(opened, files=not ledger_only)
    faults = [str(fault) for fault in found.faults]
    if as_json:
        emit({
            "entries": found.entries, "signoffs": found.signoffs, "files": found.files,
            "faults": faults,
        })  # fmt: skip
    else:
        _say_what_was_read(found, ledger_only=ledger_only)
    for fault in found.faults:
        errors.show(fault)
    if faults:
        raise typer.Exit(IntegrityError.exit_code)


def doctor(ctx: typer.Context, as_json: options.Json = False) -> None:
    """Check that everything the work needs is here, and say how to get what is missing."""
    checks = examine(home(ctx), twelve())
    if as_json:
        emit([vars(check) for check in checks])
    else:
        shown = table("", _("What"), _("Found"), _("What to do"))
        for check in checks:
            shown.add_row(
                "✓" if check.ok else "✗", check.name, plain(check.found), check.remedy,
                style="" if check.ok else "bold red",
            )  # fmt: skip
        out().print(shown)
    if not all(check.ok for check in checks):
        raise typer.Exit(MissingTool.exit_code)


def _say_what_was_read(found: auditing.Audit, *, ledger_only: bool) -> None:
    tell(_("{n} entries in the journal").format(n=found.entries))
    tell(_("{n} sign-offs in their chain").format(n=found.signoffs))
    if not ledger_only:
        tell(_("{n} files in the store").format(n=found.files))
    if found.faults:
        first = found.faults[0].what
        tell(_("Not as recorded: {n}. The first: {first}").format(
            n=len(found.faults), first=first
        ), "bold red")  # fmt: skip
    else:
        tell(_("All of it is as it was recorded."), "green")
