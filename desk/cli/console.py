"""What is shown: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from desk.labels import ago, size
from pipeline.core.clock import CHINA_TIME

__all__ = ["ago", "clock", "echo", "err", "out", "print_json", "printable", "size", "table"]

_PIPED_WIDTH = 160  # columns for a table that nobody looks at in a terminal


def out() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


def err() -> Console:
    """Return the console for progress and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    # Made afresh each time, so that a redirected stream is the one that is written to.
    return Console(
        stderr=stderr,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if stream.isatty() else _PIPED_WIDTH,
    )


def echo(line: str, style: str = "") -> None:
    """Show one line of result."""
    out().print(printable(line), style=style, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def table(*columns: str) -> Table:
    """Return an empty table with these headings."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def printable(text: str) -> str:
    """Return the text without characters that would steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def clock(at_ms: int) -> str:
    """Say a moment in the production's time, to the minute; nothing for 0."""
    return f"{datetime.fromtimestamp(at_ms / 1000, CHINA_TIME):%Y-%m-%d %H:%M}" if at_ms else ""
