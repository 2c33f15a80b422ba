"""What is shown: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.home import BEIJING
from pipeline.i18n import _, ngettext

__all__ = ["ago", "clock", "emit", "err", "out", "plain", "size", "table", "tell"]

_PIPED_WIDTH = 160  # columns for a table that nobody looks at in a terminal
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


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


def tell(line: str, style: str = "") -> None:
    """Show one line of result."""
    out().print(plain(line), style=style, soft_wrap=True)


def emit(value: Any) -> None:
    """Print a value as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def table(*columns: str) -> Table:
    """Return an empty table with these headings."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def plain(text: str) -> str:
    """Return the text without characters that would steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def clock(at_ms: int) -> str:
    """Say a moment in the production's time, to the minute; nothing for 0."""
    return f"{datetime.fromtimestamp(at_ms / 1000, BEIJING):%Y-%m-%d %H:%M}" if at_ms else ""


def ago(since_ms: int) -> str:
    """Say how long it is since a moment, in one unit; nothing for 0."""
    if not since_ms:
        return ""
    passed = max(time.time_ns() // 1_000_000 - since_ms, 0)
    if passed < _HOUR_MS:
        n = passed // _MINUTE_MS
        return ngettext("{n} minute", "{n} minutes", n).format(n=n)
    if passed < _DAY_MS:
        n = passed // _HOUR_MS
        return ngettext("{n} hour", "{n} hours", n).format(n=n)
    n = passed // _DAY_MS
    return ngettext("{n} day", "{n} days", n).format(n=n)


def size(size_bytes: int) -> str:
    """Say a size in the unit that fits."""
    amount = float(size_bytes)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return _("{amount} GB").format(amount=f"{amount:.1f}")
