"""The loop behind `up`: keeps the children running and has the reconciler look."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from flows.server.endpoints import Running, write_running
from flows.server.environment import DESK, START, environment
from pipeline.core.processes.supervised import Service
from pipeline.errors import MissingTool
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.workflow.production import Production

if TYPE_CHECKING:
    from flows.sync.ledger_watcher import Follower

__all__ = ["SideService", "Supervisor"]

log = logging.getLogger("chifeng.flows")

_DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
_HOST = "127.0.0.1"
_PORTS = 50  # how many after the preferred one are tried
_TICK_S = 0.5
_START_S = 180.0
_STOP_S = 3.0
_QUICK_DEATH_S = 20.0
_DEATHS = 5


@dataclass(frozen=True)
class SideService:
    """A program to keep running beside the flows, such as the web desk.

    `command` is started with CHIFENG_HOME in its environment, restarted when it ends, and stopped
    with the rest; `address` (http://…) is told to everybody under `name`. `{port}` in either is a
    port that is free when it starts: `port`, or the next one. Where `health` names a path, nobody
    is told that the production is up before it answers there with what CHIFENG_START says: another
    program may have been quicker to take the port.
    """

    name: str
    command: tuple[str, ...]
    address: str = ""
    health: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    env: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """Keeps one production up. All of it happens in the thread that calls `keep`."""

    def __init__(self, production: Production, side_services: Sequence[SideService]) -> None:
        self.production = production
        self._address = f"http://{_HOST}:{free_port(production.settings.flows.port)}"
        self._env = environment(production.folder, self._address)
        if production.settings.machines.prefect_database:
            self._env[_DATABASE] = production.settings.machines.prefect_database
        self._commands = {
            "server": ("flows.server.api", self._address.rpartition(":")[2]),
            "runner": ("flows.server.runner",),
        }
        self._side_services = {each.name: each for each in side_services}
        self._ports = {each.name: each.port for each in side_services}
        self._start_mark = secrets.token_hex(8)
        self._told: Running | None = None
        self._services: dict[str, Service] = {}
        self._births: dict[str, list[float]] = {}
        self._follower: Follower | None = None

    def keep(self, ready: Callable[[Running], None], stopping: threading.Event) -> None:
        """Start everything, say so, and keep it so until `stopping` is set.

        Raises MissingTool when something ends at once every time it is started.
        """
        try:
            for name in self._side_services:
                self._start(name)
            if "desk" in self._side_services:  # what is shown in Prefect links to it
                self._env[DESK] = self._others()["desk"]
            self._start_flows(stopping)
            while not stopping.wait(_TICK_S):
                self._restart_dead(stopping)
                able = self._follower is not None and self._follower.tick()
                if able and self._told is None and self._all_answer():
                    self._told = Running(os.getpid(), self._address, now_ms(), self._others())
                    write_running(self.production.folder, self._told)
                    ready(self._told)
        finally:
            self._stop("runner", *self._side_services, "server")

    def _all_answer(self) -> bool:
        asked = [each for each in self._side_services.values() if each.health]
        others = self._others()
        return all(_answers(others[e.name] + e.health, self._start_mark) for e in asked)

    def _others(self) -> dict[str, str]:
        return {
            each.name: each.address.format(port=self._ports[each.name])
            for each in self._side_services.values()
            if each.address
        }

    def _start_flows(self, stopping: threading.Event) -> None:
        """Start the server and, once what was left behind is put in order, the runner."""
        self._start("server")
        self._wait_for_server(stopping)
        if stopping.is_set():
            return
        if self._follower is None:
            os.environ.update(self._env)  # Prefect reads it when it is imported
            # Its client would ask a dead server for a minute a call; we start it anew instead.
            os.environ["PREFECT_CLIENT_MAX_RETRIES"] = "0"
            from flows.sync.ledger_watcher import Follower

            self._follower = Follower(self.production, self._address)
        self._start_runner()

    def _start_runner(self) -> None:
        """Start the runner once what dead ones left is in order; else the loop tries it again.

        The server may end while it is asked: that must not end the loop that starts it again.
        """
        if self._follower is not None and self._follower.recover():
            self._start("runner")

    def _restart_dead(self, stopping: threading.Event) -> None:
        dead = [name for name, service in self._services.items() if service.exit_code is not None]
        for name in dead:
            log.warning("%s ended (exit code %s)", name, self._services[name].exit_code)
        if "server" in dead or "runner" in dead:
            # Runs cannot outlive the server they report to; the ledger knows what they have done.
            self._stop("runner", *(["server"] if "server" in dead else []))
            if "server" in dead:
                self._start_flows(stopping)
        if "runner" not in self._services and not stopping.is_set():
            self._start_runner()
        for name in set(dead) & set(self._side_services):
            self._start(name)
        if self._told is not None and self._told.others != self._others():
            self._told = replace(self._told, others=self._others())
            write_running(self.production.folder, self._told)

    def _start(self, name: str) -> None:
        births = self._births.setdefault(name, [])
        births[:] = [at for at in births if time.monotonic() - at < _QUICK_DEATH_S]
        if len(births) >= _DEATHS:
            raise self._does_not_start(name)
        births.append(time.monotonic())
        if name in self._side_services:
            each = self._side_services[name]
            if "{port}" in each.address:
                self._ports[name] = free_port(self._ports[name], each.host)
            command = tuple(word.format(port=self._ports[name]) for word in each.command)
            env = {**self._env, START: self._start_mark, **each.env}
        else:
            command, env = (sys.executable, "-m", *self._commands[name]), self._env
        logs = self.production.folder / "logs"
        self._services[name] = Service(name, command, env, logs / f"{name}.log")

    def _stop(self, *names: str) -> None:
        for name in names:
            service = self._services.pop(name, None)
            if service is not None:
                service.stop(_STOP_S)

    def _wait_for_server(self, stopping: threading.Event) -> None:
        end = time.monotonic() + _START_S
        while not stopping.wait(0.1):
            if _answers(f"{self._address}/api/health"):
                return
            if self._services["server"].exit_code is not None:
                self._start("server")
            if time.monotonic() > end:
                raise self._does_not_start("server")

    def _does_not_start(self, name: str) -> MissingTool:
        path = self.production.folder / "logs" / f"{name}.log"
        return MissingTool(
            _("“{name}” does not start.").format(name=name),
            remedy=_("The end of {path} says why.").format(path=path), path=path,
        )  # fmt: skip


def free_port(preferred: int, host: str = _HOST) -> int:
    """Return the preferred port, or the next one nobody listens on; any at all for 0."""
    for port in [*range(preferred, preferred + _PORTS if preferred else 1), 0]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise MissingTool(_("No port is free."), remedy=_("Close some programs and try again."))


def _answers(url: str, wanted: str = "") -> bool:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5) as response:
            return bool(response.status == 200) and wanted.encode() in response.read(10_000)
    except (URLError, OSError):
        return False
