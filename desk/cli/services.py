"""The command that keeps a production up: Prefect's server, the worker, and what watches them."""

from __future__ import annotations

import typer

from desk.cli.console import err, tell
from desk.cli.opening import create
from flows.addresses import Running
from pipeline.i18n import _

__all__ = ["tell_addresses", "up"]


def up(ctx: typer.Context) -> None:
    """Start the production and keep it running until Ctrl-C."""
    from flows.up import up as keep_up

    opened = create(ctx)
    err().print(_("Starting; the first time takes a quarter of a minute …"))
    keep_up(opened, ready=tell_addresses)


def tell_addresses(running: Running) -> None:
    """Say where directors and the crew look."""
    tell(_("The production is up. Directors look at {address}").format(address=running.prefect))
    for name, address in running.others.items():
        tell(f"{name}: {address}")
    tell(_("Ctrl-C stops it; nothing is lost, it goes on from there."))
