"""Commands for whoever looks after the machine: making a home, proving it, checking the tools."""

from __future__ import annotations

import typer

from desk.cli import failing, options
from desk.cli.bars import working
from desk.cli.console import emit, out, plain, table, tell
from desk.cli.doctor import examine
from desk.cli.opening import create, home, production, twelve
from pipeline.audit import audit, verify_store
from pipeline.errors import ChifengError, IntegrityError, MissingTool, SignOffError
from pipeline.i18n import _

__all__ = ["doctor", "init", "verify"]


def init(ctx: typer.Context) -> None:
    """Make the working folder of a production."""
    opened = create(ctx)
    tell(_("The production “{name}” is in {folder}.").format(
        name=opened.settings.project.name, folder=opened.folder
    ))  # fmt: skip
    tell(_("Next: chifeng person add, then chifeng interviewee add."))


def verify(ctx: typer.Context, as_json: options.Json = False) -> None:
    """Read every file in the store again, and check the record of sign-offs."""
    opened = production(ctx)
    with working(_("files")):
        files, wrong = verify_store(opened)
    faults: list[ChifengError] = list(wrong)
    signoffs = 0
    try:
        with working(_("sign-offs")):
            signoffs, unknown = audit(opened)
        faults += [_unknown(digest) for digest in unknown]
    except IntegrityError:
        pass  # verify_store has said so of every file
    except SignOffError as error:
        faults.append(error)
    if as_json:
        emit({"files": files, "signoffs": signoffs, "faults": [str(fault) for fault in faults]})
    elif not faults:
        tell(_("{files} files and {signoffs} sign-offs are as recorded.").format(
            files=files, signoffs=signoffs
        ), "green")  # fmt: skip
    for fault in faults:
        failing.show(fault)
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


def _unknown(digest: str) -> ChifengError:
    return SignOffError(
        _("A sign-off names {digest}, which the ledger does not know.").format(digest=digest[:12]),
        remedy=_("Compare the ledger with its backups."),
    )
