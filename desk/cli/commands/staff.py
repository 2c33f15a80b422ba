"""Commands that change who a person is: the name, the roles, whether they are still here."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import echo
from desk.cli.context import production
from pipeline.i18n import _
from pipeline.review.access import staff
from pipeline.workflow import name_changes

__all__ = [
    "reinstate_person", "rename_episode", "rename_interviewee", "rename_person", "retire_person",
    "withdraw_role",
]  # fmt: skip

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]
_NewName = Annotated[str, typer.Argument(metavar="NEW-NAME", help="What it is to be.")]
_By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it, for the history.")]
_DEFAULT_BY = "command line"


def rename_person(
    ctx: typer.Context, name: _Name, new_name: _NewName, reason: options.Reason,
    by: _By = _DEFAULT_BY, distinction: options.Distinction = "",
) -> None:  # fmt: skip
    """Correct a person's name; the old one stays in the history and still leads to them."""
    row = name_changes.rename_person(
        production(ctx), name, new_name, by=by, reason=reason, distinction=distinction
    )
    echo(_("The name is {name} now.").format(name=row.name), "green")


def rename_interviewee(
    ctx: typer.Context, subject: options.SubjectName, new_name: _NewName,
    reason: options.Reason, by: _By = _DEFAULT_BY, distinction: options.Distinction = "",
) -> None:  # fmt: skip
    """Correct an interviewee's name; the short name stays. Stages that show it run again."""
    row = name_changes.rename_subject(
        production(ctx), subject.partition("/")[0], new_name, by=by, reason=reason,
        distinction=distinction,
    )  # fmt: skip
    echo(_("The name is {name} now.").format(name=row.name), "green")


def rename_episode(
    ctx: typer.Context, subject: options.SubjectName, new_name: _NewName,
    reason: options.Reason, by: _By = _DEFAULT_BY,
) -> None:  # fmt: skip
    """Correct an episode's title; its number stays. Stages that show it run again."""
    row = name_changes.rename_episode(production(ctx), subject, new_name, by=by, reason=reason)
    echo(_("The name is {name} now.").format(name=row.name), "green")


def withdraw_role(
    ctx: typer.Context,
    name: _Name,
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="Which role.")],
    reason: options.Reason,
    by: _By = _DEFAULT_BY,
) -> None:
    """Take a role from a person."""
    row = staff.withdraw_role(production(ctx), name, options.role(role), by=by, reason=reason)
    echo(_("Done: {name}.").format(name=row.name), "green")


def retire_person(
    ctx: typer.Context, name: _Name, reason: options.Reason, by: _By = _DEFAULT_BY
) -> None:
    """Retire a person who leaves: nothing waits for them, they can do nothing any more.

    What they signed stays signed.
    """
    row = staff.retire(production(ctx), name, by=by, reason=reason)
    echo(_("{person} is retired.").format(person=row.name), "green")


def reinstate_person(
    ctx: typer.Context, name: _Name, reason: options.Reason, by: _By = _DEFAULT_BY
) -> None:
    """Bring a retired person back, with the roles they had."""
    row = staff.reinstate(production(ctx), name, by=by, reason=reason)
    echo(_("{person} is back.").format(person=row.name), "green")
