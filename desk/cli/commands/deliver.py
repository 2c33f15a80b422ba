"""The command that makes of a release what a website, a station, an archive or a listener needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import echo
from desk.cli.context import production
from desk.cli.progress import progress_bar

__all__ = ["deliver"]


def deliver(
    ctx: typer.Context,
    subject: options.SubjectName,
    profile: Annotated[
        str,
        typer.Option("--profile", metavar="NAME", help="web, stream, tv, archive or listening."),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Where to; without it, beside the release."),
    ] = None,
) -> None:
    """Make a delivery of a released episode, and prove that nothing withheld is in it."""
    from pipeline.delivery.deliver import deliver as make

    opened = production(ctx)
    with progress_bar(profile):
        folder = make(opened, subject, profile, to.expanduser().absolute() if to else None)
    echo(str(folder))
