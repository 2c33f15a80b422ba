"""`chifeng up` as a process: it says where it is, produces, keeps the desk, ends on Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from toys import TOYS

from flows.client import page_of
from pipeline.review.access import accounts
from pipeline.workflow.production import open_home

ROOT = Path(__file__).parent.parent.parent.parent
START_S = 150


@pytest.mark.server
def test_up_produces_until_it_is_interrupted(peopled, tmp_path: Path) -> None:
    production = open_home(tmp_path / "home", TOYS)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    up = subprocess.Popen(
        [sys.executable, "-m", "desk.cli", "up"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        where, desk = _wait_until_up(tmp_path / "home", up)
        assert httpx.get(f"{desk}/health", trust_env=False).json()["start"]
        shown = peopled("status", "王桂兰/1")
        assert f"{desk}/episode/wang-guilan/01" in shown.out
        _kill_desk(up.pid)
        taken = _take(desk)
        asked = peopled("produce", "王桂兰")
        assert asked.code == 0, asked.err
        assert where in asked.out
        assert page_of(production, "wang-guilan") in asked.out
        again = peopled("up")
        assert again.code == 6
        assert where in again.err
        _wait_until_answered(desk, tmp_path / "home")
        taken.close()
    finally:
        up.send_signal(signal.SIGINT)
        out, err = up.communicate(timeout=60)
    assert up.returncode == 0, err
    assert where in out
    assert desk in out
    password = out.partition("密码 password: ")[2].split()[0]
    assert accounts.check_password(production, "管理员", password) is not None
    assert not (tmp_path / "home" / "run.json").exists()
    production.ledger.close()


def test_a_password_is_made_and_shown_once(peopled, tmp_path: Path) -> None:
    made = peopled("person", "add", "李芳", "--role", "editor", "--password").out.split()[-1]
    again = peopled("person", "password", "李芳").out.split()[-1]
    opened = open_home(tmp_path / "home", TOYS)
    assert accounts.check_password(opened, "李芳", made) is None
    assert accounts.check_password(opened, "李芳", again) is not None
    opened.ledger.close()
    assert peopled("person", "password", "没有这个人").code == 2


def _kill_desk(up: int) -> None:
    """End the desk as a power cut would."""
    (desk,) = [p for p in psutil.Process(up).children() if "desk.web.server" in p.cmdline()]
    desk.kill()
    desk.wait(20)


def _take(desk: str) -> socket.socket:
    """Be quicker than the desk to listen at its address."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", int(desk.rpartition(":")[2])))
    taken.listen()
    return taken


def _wait_until_answered(desk: str, home: Path) -> None:
    """Wait until the desk answers at another address than before, as everybody is told."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        now = json.loads((home / "run.json").read_text("utf-8"))["others"]["desk"]
        try:
            if now != desk and httpx.get(f"{now}/health", trust_env=False).json()["start"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the desk was not started again")


def _wait_until_up(home: Path, up: subprocess.Popen[str]) -> tuple[str, str]:
    """Return the addresses where Prefect and the desk answer."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and up.poll() is None:
        if (home / "run.json").exists():
            told = json.loads((home / "run.json").read_text("utf-8"))
            return told["prefect"], told["others"]["desk"]
        time.sleep(0.2)
    raise AssertionError("it did not come up")
