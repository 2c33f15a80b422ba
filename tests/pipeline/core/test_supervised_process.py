"""A service is logged, is stopped with all it started, and dies with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from pipeline.core.processes.supervised import Service

_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
_PARENT = """
import os, sys, time
from pathlib import Path
from pipeline.core.processes.supervised import Service
service = Service("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ,
                  Path(sys.argv[1]))
print(service.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def lines(path, count):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = path.read_text("utf-8").splitlines() if path.exists() else []
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{path} does not have {count} lines")


def test_what_it_prints_is_logged_and_its_exit_code_known(tmp_path):
    log = tmp_path / "logs" / "a.log"
    code = "import sys; print('一'); sys.stderr.write('two\\n'); sys.exit(3)"
    service = Service("a", [sys.executable, "-X", "utf8", "-c", code], os.environ, log)
    assert sorted(lines(log, 2)) == ["two", "一"]
    end = time.monotonic() + 30
    while service.exit_code is None and time.monotonic() < end:  # it has printed, not yet ended
        time.sleep(0.01)
    service.stop(1)
    assert service.exit_code == 3


def test_stopping_it_stops_what_it_started(tmp_path):
    log = tmp_path / "a.log"
    service = Service("a", [sys.executable, "-c", _WITH_CHILD], os.environ, log)
    child = int(lines(log, 1)[0])
    service.stop(1)
    assert service.exit_code is not None
    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux alone does this")
def test_it_dies_when_its_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path / "a.log")], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert parent.stdout is not None
    service = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(service)
