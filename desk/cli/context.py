"""Find the home a command works on, and open it."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from flows.bootstrap import stages
from pipeline.repository.home_folder import belongs_to_another, require_own_account
from pipeline.stage import AnyStage
from pipeline.workflow.production import DepositCheck, Production, create_home, is_home, open_home

__all__ = [
    "CommandContext", "all_stages", "create_production", "default_home", "home", "home_for_root",
    "production", "system_user",
]  # fmt: skip

_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class CommandContext:
    """The global options, and what `main` was given."""

    home: Path
    deposit_checks: Mapping[str, DepositCheck] | None = None


def default_home() -> Path:
    """Return media/ when run from a checkout, else chifeng-memory in the user's folder."""
    if (_CHECKOUT / "pyproject.toml").exists() and (_CHECKOUT / "media").is_dir():
        return _CHECKOUT / "media"
    return Path.home() / "chifeng-memory"


def system_user() -> str:
    """Return who runs the command, as the operating system knows them."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd  # there is none on Windows

    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # in a container
        name = f"uid {number}"
    sudo = os.environ.get("SUDO_USER", "") if number == 0 else ""
    return f"{name} (sudo: {sudo})" if sudo else name


def home(ctx: typer.Context) -> Path:
    """Return the home this command works on; it need not exist.

    Raises StorageError for root in the home of another account, before anything is written.
    """
    found = _command_context(ctx).home
    require_own_account(found)
    return found


def home_for_root(ctx: typer.Context) -> Path | None:
    """Return the made home of another account that root is only to read, None for any other."""
    found = _command_context(ctx).home
    return found if is_home(found) and belongs_to_another(found) else None


def production(ctx: typer.Context) -> Production:
    """Open the home for as long as the command runs. Raises StorageError where there is none."""
    return _prepare(ctx, open_home(home(ctx), all_stages()))


def create_production(ctx: typer.Context) -> Production:
    """Make the home where there is none, and open it."""
    return _prepare(ctx, create_home(home(ctx), all_stages()))


def all_stages() -> tuple[AnyStage, ...]:
    """Return the stages of the production, as the flows know them."""
    return tuple(stages())


def _command_context(ctx: typer.Context) -> CommandContext:
    found = ctx.find_object(CommandContext)
    assert found is not None, "the callback of the app sets it"
    return found


def _prepare(ctx: typer.Context, opened: Production) -> Production:
    opened = replace(opened, deposit_checks=_command_context(ctx).deposit_checks)
    ctx.call_on_close(opened.ledger.close)
    _log_to(opened.folder / "logs")
    return opened


def _log_to(folder: Path) -> None:
    """Write what the program notes to the home's log: it is no reading for the terminal."""
    log = logging.getLogger("chifeng")
    for old in log.handlers[:]:
        log.removeHandler(old)
        old.close()
    folder.mkdir(exist_ok=True)
    handler = logging.FileHandler(folder / "chifeng.log", encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
