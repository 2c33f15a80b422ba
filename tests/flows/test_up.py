"""One process keeps a production up; a second is told so."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from flows.client import page_of, produce
from flows.server.endpoints import Running, desk_page, home_lock, read_running, write_running
from flows.server.environment import environment
from flows.server.supervisor import free_port
from flows.server.up import up
from flows.subject_status import subject_status
from flows.views.markdown import report
from pipeline.errors import BusyError, MissingTool, NotFoundError
from pipeline.workflow.scheduling.requests import requests


def test_a_second_up_names_the_first(production):
    with home_lock(production.folder):
        write_running(production.folder, Running(4711, "http://127.0.0.1:4200", 0))
        with pytest.raises(BusyError, match=r"process 4711, http://127\.0\.0\.1:4200") as caught:
            up(production)
    assert "\n" not in str(caught.value)


def test_it_is_up_on_one_machine_alone(production):
    with (
        production.locks.hold("chifeng up"),
        pytest.raises(BusyError, match="already up on another machine"),
    ):
        up(production)
    assert read_running(production.folder) is None


def test_who_was_killed_is_not_taken_for_running(production):
    write_running(production.folder, Running(4711, "http://127.0.0.1:4200", 0))
    assert read_running(production.folder) is None


def test_while_nothing_is_up_the_wish_is_kept(production):
    assert produce(production, "王桂兰") is None
    assert requests(production)["wang-guilan"].wanted
    with pytest.raises(NotFoundError):
        produce(production, "nobody")


def test_a_port_in_use_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (port, 0)


def test_another_prefect_in_the_environment_is_left_out(tmp_path):
    base = {"PREFECT_API_URL": "https://elsewhere", "PREFECT_API_KEY": "secret", "HOME": "/h"}
    made = environment(tmp_path, "http://127.0.0.1:1", base)
    assert made["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert made["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert "PREFECT_API_KEY" not in made
    assert made["HOME"] == "/h"


def test_what_prefect_shows_leads_to_the_desk_while_one_is_up(production, monkeypatch):
    now = subject_status(production, production.states("wang-guilan/01"))
    assert desk_page(production, "wang-guilan") == ""
    assert "127.0.0.1:8600" not in report(production, now)
    monkeypatch.setenv("CHIFENG_DESK", "http://127.0.0.1:8600")
    assert desk_page(production) == "http://127.0.0.1:8600/"
    assert desk_page(production, "wang-guilan") == "http://127.0.0.1:8600/interviewee/wang-guilan"
    at_gate = subject_status(production, production.states("wang-guilan"))
    assert "(http://127.0.0.1:8600/interviewee/wang-guilan)" in report(production, at_gate)


def test_without_prefect_no_run_is_led_to(production):
    with pytest.raises(MissingTool, match="not up"):
        page_of(production, "wang-guilan")


def test_the_doors_import_no_prefect():
    code = "import flows.client, flows.server.up, sys; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
