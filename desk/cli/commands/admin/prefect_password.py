"""The command for the password with which directors sign in to Prefect."""

from __future__ import annotations

import typer

from desk.cli.console import echo
from desk.cli.context import production
from flows.server.password import prefect_password as password_of

__all__ = ["prefect_password"]


def prefect_password(ctx: typer.Context) -> None:
    """Show the password that Prefect's pages ask for; it is the same for everybody."""
    echo(password_of(production(ctx).folder))
