"""What Prefect must find in its environment before it is imported: all it keeps is in the home."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from flows.server.password import prefect_password

__all__ = [
    "DESK",
    "HOME",
    "POOL",
    "STAGES",
    "START",
    "environment",
    "prefect_settings",
    "worker_environment",
]

HOME = "CHIFENG_HOME"
"""Names the home a flow process works in."""
DESK = "CHIFENG_DESK"
"""Names the address of the desk, where one is kept up beside the flows."""
START = "CHIFENG_START"
"""Names what a program kept beside the flows answers with, to show that it is that one."""
POOL = "chifeng"
"""The work pool of all deployments, and the name and type of the worker that serves it."""
STAGES = "CHIFENG_STAGES"
"""Names where a flow process finds its stages, as `module:attribute`; `stages:STAGES` if unset."""

_UNUSED = (
    "PAUSE_EXPIRATIONS", "LATE_RUNS", "FOREMAN", "REPOSSESSOR", "CLEANUP_RECONCILER",
)  # fmt: skip
_ROOT = Path(__file__).resolve().parents[2]


def prefect_settings(folder: Path, address: str) -> dict[str, str]:
    """Return Prefect's settings for a home whose server answers at `address` (http://…).

    They hold the password: they are for the environment of processes, never for a command line.
    """
    password = prefect_password(folder)
    return {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_PROFILES_PATH": str(folder / "prefect" / "profiles.toml"),
        "PREFECT_API_URL": f"{address}/api",
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_API_AUTH_STRING": password,
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "chifeng",
        # Nothing is told to anybody outside.
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        # A gate waits as long as people need, a run in the queue is not late, one worker is kept up
        # by us, and there are no leases or child runs: services that would only cost time.
        **{f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _UNUSED},
        "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": "60",
        # The worker is told by events what is due; it asks for what it did not hear.
        "PREFECT_WORKER_QUERY_SECONDS": "10",
        "PREFECT_WORKER_HEARTBEAT_SECONDS": "60",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": address,
        # A proxy for the world outside must not stand between us and ourselves.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def environment(
    folder: Path, address: str, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the whole environment of a process that works for this home.

    What the caller's environment says about another Prefect is left out.
    """
    inherited = {
        key: value
        for key, value in (os.environ if base is None else base).items()
        if not key.startswith("PREFECT_")
    }
    return {**worker_environment(folder, inherited), **prefect_settings(folder, address)}


def worker_environment(folder: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the whole environment of a process that works for this home without Prefect."""
    inherited = dict(os.environ if base is None else base)
    path = [str(_ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    return {
        **inherited,
        HOME: str(folder),
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", "")]),
    }
