"""`chifeng up` as a process: it says where it is, does what `produce` asks, and ends on Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
START_S = 150


@pytest.mark.server
def test_up_produces_until_it_is_interrupted(peopled, tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    up = subprocess.Popen(
        [sys.executable, "-m", "desk.cli", "up"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        where = _wait_until_up(tmp_path / "home", up)
        asked = peopled("produce", "王桂兰")
        assert asked.code == 0, asked.err
        assert where in asked.out
        again = peopled("up")
        assert again.code == 6
        assert where in again.err
    finally:
        up.send_signal(signal.SIGINT)
        out, err = up.communicate(timeout=60)
    assert up.returncode == 0, err
    assert where in out
    assert not (tmp_path / "home" / "run.json").exists()


def _wait_until_up(home: Path, up: subprocess.Popen[str]) -> str:
    """Return the address where Prefect answers."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and up.poll() is None:
        if (home / "run.json").exists():
            return str(json.loads((home / "run.json").read_text("utf-8"))["prefect"])
        time.sleep(0.2)
    raise AssertionError("it did not come up")
