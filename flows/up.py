"""Keep a production up: server, runner and reconciler, until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from flows.addresses import Running
from pipeline.home import Production

__all__ = ["Beside", "started", "up"]


@dataclass(frozen=True)
class Beside:
    """A program to keep running beside the flows, such as the web desk.

    `command` is started with CHIFENG_HOME in its environment, restarted when it ends, and stopped
    with the rest; `address` (http://…) is told to everybody under `name`.
    """

    name: str
    command: tuple[str, ...]
    address: str = ""
    env: dict[str, str] = field(default_factory=dict)


def up(
    production: Production,
    *,
    beside: Sequence[Beside] = (),
    ready: Callable[[Running], None] = lambda _running: None,
) -> None:
    """Keep the production up until Ctrl-C or SIGTERM; call `ready` once everything answers.

    Raises Busy, naming process and address, where another process keeps it up already.
    """
    raise NotImplementedError


@contextmanager
def started(production: Production, *, beside: Sequence[Beside] = ()) -> Iterator[Running]:
    """Have the production up in another process while the block runs (it is stopped after it).

    Where it is up already, that is used and left alone.
    """
    raise NotImplementedError
    yield
