"""Turn whatever goes wrong into one line that says what and what to do, and an exit code."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from datetime import datetime
from pathlib import Path

import typer

from desk.cli.console import err, printable
from pipeline.core.clock import CHINA_TIME
from pipeline.errors import ChifengError
from pipeline.i18n import _

__all__ = ["INTERRUPTED", "interrupted", "report", "show"]

INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended."""

_USAGE = 2


def report(error: BaseException, home: Path) -> int:
    """Show the error and return its exit code. With CHIFENG_DEBUG=1, raise it."""
    if os.environ.get("CHIFENG_DEBUG") == "1":
        raise error
    if isinstance(error, ChifengError):
        show(error)
        return error.exit_code
    if isinstance(error, typer.Abort):
        return interrupted()
    if isinstance(error, typer.TyperException):
        if type(error).__name__ == "NoArgsIsHelpError":  # the help has been shown
            return _USAGE
        _print_line(_usage_message(error), _("“chifeng COMMAND --help” shows an example."))
        return _USAGE
    return _unexpected(error, home)


def show(error: Exception) -> None:
    """Show one error in a line."""
    if isinstance(error, ChifengError):
        _print_line(error.what, error.remedy)
    else:
        _print_line(_unexpected_message(error))


def interrupted() -> int:
    """Say that the user stopped it, and return the exit code."""
    err().print(_("Stopped. What was finished is kept; the same command goes on from there."))
    return INTERRUPTED


def _print_line(what: str, remedy: str = "") -> None:
    console = err()
    text = " ".join(f"{what} {remedy}".split())
    console.print(f"{_('Error:')} ", style="bold red", end="")
    console.print(printable(text), style="red", soft_wrap=True)


def _unexpected(error: BaseException, home: Path) -> int:
    remedy = _("The details are in {path}.").format(path=_write_traceback(error, home))
    _print_line(_unexpected_message(error), remedy)
    return 1


def _unexpected_message(error: BaseException) -> str:
    return _("Something unforeseen happened: {error}.").format(
        error=f"{type(error).__name__}: {error}".rstrip(". ")
    )


def _write_traceback(error: BaseException, home: Path) -> Path:
    """Write the traceback where it can be found, and return the file."""
    name = f"error-{datetime.now(CHINA_TIME):%Y%m%d-%H%M%S}-{os.getpid()}.log"
    text = "".join(traceback.format_exception(error))
    for folder in (home / "logs", Path(tempfile.gettempdir())):
        try:
            if folder.is_dir():
                (folder / name).write_text(text, "utf-8", errors="backslashreplace")
                return folder / name
        except OSError:
            continue
    return Path(os.devnull)


def _usage_message(error: typer.TyperException) -> str:
    """Say in the reader's language what was wrong with the command as typed."""
    param = getattr(error, "param", None)
    name = param.get_error_hint().strip("'") if param is not None else ""
    kind = type(error).__name__
    if kind == "MissingParameter" and name:
        return _("{name} is missing.").format(name=name)
    if kind == "NoSuchOption":
        return _("There is no option {name}.").format(name=getattr(error, "option_name", ""))
    if isinstance(error, typer.BadParameter) and name:
        return _("{name}: {message}").format(name=name, message=error.message)
    unknown = re.match("No such command '(.*)'", error.format_message())
    if unknown:
        return _("There is no command {name}.").format(name=unknown[1])
    return error.format_message()
