"""Commands for a production's safety: making a backup, making a home of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.cli import errors, options
from desk.cli.console import clock, echo, err, print_json
from desk.cli.context import all_stages, production
from desk.cli.progress import progress_bar
from pipeline.errors import IntegrityError
from pipeline.i18n import _
from pipeline.preservation.backup import Backup, back_up, backup_folder
from pipeline.preservation.restore import Restored
from pipeline.preservation.restore import restore as make_home
from pipeline.workflow.production import Production

__all__ = ["backup", "restore"]


def backup(
    ctx: typer.Context,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="Where to; without it, the folder named in the settings."
        ),
    ] = None,
    with_store: Annotated[
        bool,
        typer.Option("--with-store", help="The films and all other files too: only the new ones."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Make a backup, while everybody goes on working."""
    opened = production(ctx)
    folder = backup_folder(opened, to.expanduser().absolute() if to else None)
    with progress_bar(_("backup")):
        made = back_up(opened, folder, with_store=with_store)
    if as_json:
        print_json({
            "folder": str(made.folder), "entries": made.manifest.entries,
            "artefacts": made.manifest.artefacts, "copied": made.copied, "removed": made.removed,
            "damaged": [str(error) for error in made.damaged],
        })  # fmt: skip
    else:
        _show_backup(made, with_store=with_store)
        _warn_of_one_disk(opened, folder)
    for error in made.damaged:
        errors.show(error)
    if made.damaged:
        raise typer.Exit(IntegrityError.exit_code)


def restore(
    backup: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="A folder that “chifeng backup” made.")
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="FOLDER", help="The new home, where nothing is yet.")
    ],
    ledger: Annotated[
        str,
        typer.Option(
            "--ledger", metavar="URL",
            help="An empty database for the ledger; without it, a file in the new home.",
        ),
    ] = "",
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Make a new home of a backup, and prove that all of it is as it was recorded."""
    backup, home = backup.expanduser().absolute(), to.expanduser().absolute()
    with progress_bar(_("restoring")):
        made = make_home(backup, home, all_stages(), ledger_url=ledger)
    faults = [str(fault) for fault in made.audit.faults]
    if as_json:
        print_json({
            "folder": str(made.folder), "made_ms": made.manifest.at_ms,
            "entries": made.audit.entries, "with_store": made.with_store,
            "files": made.audit.files, "faults": faults,
        })  # fmt: skip
    else:
        _show_restored(made)
    for fault in made.audit.faults:
        errors.show(fault)
    if faults:
        raise typer.Exit(IntegrityError.exit_code)


def _show_backup(made: Backup, *, with_store: bool) -> None:
    echo(_("The backup is in {folder}.").format(folder=made.folder), "green")
    echo(_("{n} entries in the journal").format(n=made.manifest.entries))
    if with_store:
        echo(_("{copied} of {n} files were new and are copied.").format(
            copied=made.copied, n=made.manifest.artefacts
        ))  # fmt: skip
    else:
        echo(_("Without the films and other files; --with-store copies them too."))
    if made.removed:
        echo(_("Old backups removed: {n}").format(n=made.removed))


def _warn_of_one_disk(opened: Production, folder: Path) -> None:
    if folder.stat().st_dev == opened.folder.stat().st_dev:
        err().print(_("It is on the same disk as the home, and would be lost with it."))


def _show_restored(made: Restored) -> None:
    echo(_("The production of {moment} is in {folder}.").format(
        moment=clock(made.manifest.at_ms), folder=made.folder
    ))  # fmt: skip
    echo(_("{n} entries in the journal").format(n=made.audit.entries))
    if not made.with_store:
        echo(_("No films or other files lie beside the backup. Copy them into {folder}, then:"
               " chifeng verify").format(folder=made.folder / "store"))  # fmt: skip
    else:
        echo(_("{n} files in the store").format(n=made.audit.files))
    if made.ended:
        echo(_(
            "All links, sessions and passwords ended: the backup does not know which were "
            "withdrawn since. To give a new password: chifeng person password NAME ({people})"
        ).format(people=_(", ").join(made.ended)))  # fmt: skip
    if not made.audit.faults:
        echo(_("All of it is as it was recorded."), "green")
