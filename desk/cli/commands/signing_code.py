"""The command for a one-time code, with which somebody signs at a form in Prefect."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import clock, echo, err, print_json
from desk.cli.context import production
from pipeline.core.security_log import security_log
from pipeline.i18n import _
from pipeline.review.signing_codes import make_code

__all__ = ["code"]


def code(
    ctx: typer.Context,
    subject: options.SubjectName,
    stage_name: options.StageName,
    person: Annotated[
        str,
        typer.Option(
            "--person", metavar="NAME", envvar="CHIFENG_PERSON", help="Who is going to sign."
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Make the one-time code by which somebody signs a stage at its form in Prefect."""
    opened = production(ctx)
    security_log(opened.folder)
    made = make_code(opened, subject, opened.stage(stage_name), person)
    if as_json:
        print_json({"code": made.digits, "expires_ms": made.expires_ms})
        return
    echo(made.digits)
    err().print(
        _("For {person} and this gate alone, once, until {moment}.").format(
            person=person, moment=clock(made.expires_ms)
        )
    )
