"""Commands that have the production start with the machine."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from desk.cli.commands.admin.up import first_account
from desk.cli.console import echo, err
from desk.cli.context import create_production, home, home_for_root
from flows.server.endpoints import read_running
from pipeline.core.processes import systemd
from pipeline.errors import InputError, MissingTool, StorageError
from pipeline.i18n import _
from pipeline.repository.store import storage_errors

__all__ = ["install", "remove", "status"]

System = Annotated[
    bool, typer.Option("--system", help="For the whole machine (as root), not for this user alone.")
]
Name = Annotated[
    str, typer.Option("--name", metavar="NAME", help="What the service is called.")
]  # fmt: skip


def install(ctx: typer.Context, system: System = False, name: Name = "chifeng") -> None:
    """Have the production start with the machine, and again whenever it fails."""
    if sys.platform != "linux":
        raise MissingTool(
            _("There is no systemd on this system."),
            remedy=_("docs/how-to/windows-and-macos.md says what to do on Windows and on macOS."),
        )
    # As root (--system) nothing is written in the home of another account: the unit alone.
    folder = home_for_root(ctx) if system else None
    if folder is None:
        opened = create_production(ctx)
        first_account(opened)  # its password must not go to a log
        folder = opened.folder
    unit = systemd.unit_path(name, system=system)
    other = systemd.home_of_unit(unit)
    if unit.exists() and other != str(folder):
        raise InputError(
            _("{path} is there already, for {home}.").format(path=unit, home=other or "?"),
            remedy=_("Choose another name: --name."), path=unit,
        )  # fmt: skip
    text = systemd.unit_text(folder, user=_owner(folder) if system else "")
    with storage_errors(unit):
        unit.parent.mkdir(parents=True, exist_ok=True)
        unit.write_text(text, "utf-8")
        unit.chmod(0o644)  # systemd warns of others; it holds no secret
    echo(_("Written: {path}").format(path=unit))
    _systemctl([["daemon-reload"], ["enable", "--now", name]], system=system)
    if not system:
        err().print(_("So that it also runs while you are not signed in: {command}").format(
            command="sudo loginctl enable-linger $USER"
        ))  # fmt: skip


def remove(system: System = False, name: Name = "chifeng") -> None:
    """Stop the service, and have it start no more. The production itself stays."""
    unit = systemd.unit_path(name, system=system)
    if not systemd.home_of_unit(unit):
        raise StorageError(
            _("There is no service of this program in {path}.").format(path=unit),
            remedy=_("Try with --system, or name it: --name."), path=unit,
        )  # fmt: skip
    _systemctl([["disable", "--now", name]], system=system)
    with storage_errors(unit):
        unit.unlink()
    _systemctl([["daemon-reload"]], system=system)
    echo(_("Removed: {path}").format(path=unit))


def status(ctx: typer.Context, system: System = False, name: Name = "chifeng") -> None:
    """Say whether the service is there and runs, and where the production answers."""
    unit = systemd.unit_path(name, system=system)
    served = systemd.home_of_unit(unit)
    if served:
        _code, output = systemd.systemctl(["is-active", name], system=system)
        echo(_("{path}, for {home}: {state}").format(
            path=unit, home=served, state=output or _("unknown")
        ))  # fmt: skip
    else:
        echo(_("No service is installed: chifeng service install"))
    running = read_running(home(ctx))
    if running is None:
        echo(_("The production is not up."))
    else:
        echo(_("Directors follow it in Prefect: {address}").format(address=running.prefect))


def _systemctl(orders: list[list[str]], *, system: bool) -> None:
    """Have systemd do something; where it cannot, say what is to be typed."""
    for n, words in enumerate(orders):
        code, output = systemd.systemctl(words, system=system)
        if code:
            if output:
                err().print(output)
            err().print(_("systemd could not be reached from here. To be typed where it runs:"))
            for left in orders[n:]:
                scope = [] if system else ["--user"]
                echo("    " + shlex.join(["systemctl", *scope, *left]))
            return


def _owner(folder: Path) -> str:
    """Return whose the home is: the service works in their name."""
    import pwd

    return pwd.getpwuid(folder.stat().st_uid).pw_name
