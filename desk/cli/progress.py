"""Progress bars with the time left, on a terminal; a line per finished piece of work elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from desk.cli.console import err, printable
from pipeline.core.progress import report_to

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(what: str) -> Iterator[None]:
    """Show how far the work inside the block is, and, at its end, how long it took."""
    console = err()
    began = time.monotonic()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    name = printable(what)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=1.0)

        def moved(done: float, detail: str) -> None:
            described = f"{name} · {printable(detail)}" if detail else name
            bar.update(task, completed=done, description=described)

        with report_to(moved):
            yield
    console.print(f"{name}  {time.monotonic() - began:.1f} s", style="green")
