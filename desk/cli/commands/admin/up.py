"""The command that keeps a production up: Prefect's server, the worker, the desk, who watches."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from desk.cli.console import echo, err
from desk.cli.context import create_production, production
from flows.server.endpoints import Running
from flows.server.supervisor import SideService
from pipeline.i18n import _
from pipeline.queues import Queue
from pipeline.review.access import accounts
from pipeline.stage import Role
from pipeline.workflow import roster
from pipeline.workflow.production import Production

__all__ = ["desk", "first_account", "print_addresses", "up", "worker"]

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to
_ADMINISTRATOR = "管理员"


def up(ctx: typer.Context) -> None:
    """Start the production and keep it running until Ctrl-C."""
    from flows.server.up import up as keep_up

    opened = create_production(ctx)
    first_account(opened)
    err().print(_("Starting; the first time takes a quarter of a minute …"))
    keep_up(opened, side_services=[desk(opened)], ready=print_addresses)


def worker(
    ctx: typer.Context,
    queue: Annotated[
        list[Queue] | None, typer.Option(help="What this machine is good for; may be said twice.")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, help="So many stages at a time.")] = 1,
) -> None:
    """Have this machine help with a production that is up elsewhere, until Ctrl-C."""
    from flows.server.worker_pool import keep_workers

    opened = production(ctx)
    queues = queue or list(Queue)
    names = _(", ").join(each.label for each in queues)

    def ready() -> None:
        echo(_("This machine helps with: {queues}.").format(queues=names))
        echo(_("Ctrl-C stops it; what it was at is done again, here or elsewhere."))

    keep_workers(opened, queues, at_once, ready)


def desk(opened: Production) -> SideService:
    """Return the desk in the browser as something to keep running, on a port that is free."""
    settings = opened.settings.desk
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    host = f"[{host}]" if ":" in host else host
    return SideService(
        "desk", (sys.executable, "-m", "desk.web.server", "{port}"), f"http://{host}:{{port}}",
        health="/health", host=settings.host, port=settings.port,
    )  # fmt: skip


def first_account(opened: Production) -> None:
    """Make an administrator where nobody can sign in yet, and show the password this once."""
    if accounts.has_accounts(opened):
        return
    roster.add_person(opened, _ADMINISTRATOR, [Role.ADMINISTRATOR])
    made = accounts.generate_password()
    accounts.set_password(opened, _ADMINISTRATOR, made, by="first start")
    # Whoever starts it the first time may read either language.
    echo("首次启动：已建立管理员账号。下面的密码只显示这一次，请记下，登录后立即修改。")
    echo("First start: sign in at the desk with this name and password, shown this once.")
    echo("Write it down, and change it as soon as you are in.")
    echo(f"    姓名 name:     {_ADMINISTRATOR}")
    echo(f"    密码 password: {made}")


def print_addresses(running: Running) -> None:
    """Say where directors and the crew look."""
    others = dict(running.others)
    if address := others.pop("desk", ""):
        echo(_("The production is up. The crew works at {address}").format(address=address))
    echo(_("Directors follow it in Prefect: {address}").format(address=running.prefect))
    echo(_("Prefect asks for a password; it is shown by: chifeng prefect-password"))
    for name, address in others.items():
        echo(f"{name}: {address}")
    echo(_("Ctrl-C stops it; nothing is lost, it goes on from there."))
