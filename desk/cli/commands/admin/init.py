"""Commands for whoever looks after the machine: making a home, proving it, checking the tools."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import errors, options
from desk.cli.commands.admin.doctor import examine
from desk.cli.commands.admin.doctor import mend as mend_permissions
from desk.cli.console import echo, err, out, print_json, printable, table
from desk.cli.context import all_stages, create_production, home, production
from desk.cli.progress import progress_bar
from pipeline.errors import IntegrityError, MissingTool
from pipeline.i18n import _
from pipeline.preservation import audit as auditing

__all__ = ["audit", "doctor", "init"]


def init(ctx: typer.Context) -> None:
    """Make the working folder of a production."""
    opened = create_production(ctx)
    echo(_("The production “{name}” is in {folder}.").format(
        name=opened.settings.project.name, folder=opened.folder
    ))  # fmt: skip
    echo(_("Next: chifeng person add, then chifeng interviewee add."))


def audit(
    ctx: typer.Context,
    ledger_only: Annotated[
        bool, typer.Option("--ledger-only", help="Read no files, which takes long with many films.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Prove that nothing was tampered with: every row, every sign-off, every file, their order."""
    opened = production(ctx)
    with progress_bar(_("files")):
        found = auditing.audit(opened, files=not ledger_only)
    faults = [str(fault) for fault in found.faults]
    if as_json:
        print_json({
            "entries": found.entries, "signoffs": found.signoffs, "files": found.files,
            "faults": faults,
        })  # fmt: skip
    else:
        _show_audit(found, ledger_only=ledger_only)
    for fault in found.faults:
        errors.show(fault)
    if faults:
        raise typer.Exit(IntegrityError.exit_code)


def doctor(
    ctx: typer.Context,
    mend: Annotated[
        bool, typer.Option("--mend", help="Let nobody else on this machine read the home.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Check that everything the work needs is here, and say how to get what is missing."""
    if mend:
        err().print(_("Permissions taken from others: {n}").format(n=mend_permissions(home(ctx))))
    checks = examine(home(ctx), all_stages())
    if as_json:
        print_json([vars(check) for check in checks])
    else:
        shown = table("", _("What"), _("Found"), _("What to do"))
        for check in checks:
            shown.add_row(
                "✓" if check.ok else "✗", check.name, printable(check.found), check.remedy,
                style="" if check.ok else "bold red",
            )  # fmt: skip
        out().print(shown)
    if not all(check.ok for check in checks):
        raise typer.Exit(MissingTool.exit_code)


def _show_audit(found: auditing.Audit, *, ledger_only: bool) -> None:
    echo(_("{n} entries in the journal").format(n=found.entries))
    echo(_("{n} sign-offs in their chain").format(n=found.signoffs))
    if not ledger_only:
        echo(_("{n} files in the store").format(n=found.files))
    if found.faults:
        first = found.faults[0].what
        echo(_("Not as recorded: {n}. The first: {first}").format(
            n=len(found.faults), first=first
        ), "bold red")  # fmt: skip
    else:
        echo(_("All of it is as it was recorded."), "green")
