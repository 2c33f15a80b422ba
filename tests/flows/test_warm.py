"""A run's process is the same to Prefect and to the run whether it is forked or started anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.server.forking_worker import SEAM

_ROOT = Path(__file__).resolve().parents[2]

# Starts a run as Prefect's runner does, by what is at the seam: with “warm”, what we put there.
_PROGRAM = """
import asyncio, json, os, sys
from importlib import import_module
from flows.server.api.forking_worker import SEAM, keep_warm

way, given = sys.argv.pop(1), json.loads(sys.argv.pop(1))
if way == "warm":
    keep_warm()

class Status:
    def started(self, told):
        print("started", told, flush=True)

run = asyncio.run(getattr(import_module(SEAM[0]), SEAM[1])(
    command=[sys.executable, "-m", "prefect.engine"], stream_output=True, task_status=Status(),
    task_status_handler=lambda process: process.pid > 1, env={**os.environ, **given}, cwd=None,
))
print("ended", run.returncode, flush=True)
"""


@dataclass
class Ended:
    """What was said: by the one who started it, and by the run."""

    told: list[str]
    said: str


@pytest.fixture(params=["warm", "cold"])
def performed(request: pytest.FixtureRequest, tmp_path: Path):
    """Start a run with more in its environment, in this way or that, and wait for its end."""

    def perform(**given: str) -> Ended:
        env = {**os.environ, "PYTHONPATH": str(_ROOT), "PREFECT_HOME": str(tmp_path)}
        command = [sys.executable, "-c", _PROGRAM, request.param, json.dumps(given)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return Ended(done.stdout.splitlines(), done.stderr)

    return perform


def test_it_is_given_its_environment_and_says_how_it_ended(performed):
    ended = performed(PREFECT__FLOW_RUN_ID="none")
    assert ended.told == ["started True", "ended 1"]
    assert "Invalid flow run id" in ended.said
    assert "badly formed hexadecimal UUID string" in ended.said


def test_prefect_still_starts_runs_at_the_one_place_that_is_replaced():
    from prefect.runner import _starter_engine
    from prefect.utilities.processutils import run_process

    assert (_starter_engine.__name__, "run_process") == SEAM
    assert _starter_engine.run_process is run_process
    assert "patch the module to override" in (_starter_engine.EngineCommandStarter.__doc__ or "")
