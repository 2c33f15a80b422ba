"""Serve the desk of the home that CHIFENG_HOME names: `python -m desk.web.server PORT`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from desk.web.app import create_app
from flows.bootstrap import stages
from pipeline.core.permissions import keep_private
from pipeline.core.processes.parent_death import die_with_parent
from pipeline.errors import ChifengError
from pipeline.workflow.production import open_home

__all__ = ["main"]


class _Server(uvicorn.Server):
    """A server that ends when it is told to, instead of passing the signal on: clean-up runs."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    die_with_parent()
    keep_private()
    try:
        production = open_home(Path(os.environ["CHIFENG_HOME"]), tuple(stages()))
    except ChifengError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    config = uvicorn.Config(
        create_app(production),
        host=production.settings.desk.host,
        port=int(sys.argv[1]),
        log_level="warning",
        proxy_headers=bool(production.settings.desk.proxies),
        forwarded_allow_ips=list(production.settings.desk.proxies),
        access_log=False,  # an address may hold the secret of a link
        limit_concurrency=500,
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    try:
        _Server(config).run()
    finally:
        production.ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
