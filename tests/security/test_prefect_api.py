"""Prefect's interface asks for a password, and with it still runs nothing but known flows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from toys.live import Live, until
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from flows.server.password import authorization, prefect_password
from pipeline.workflow.roster import add_interviewee
from tests.flows.conftest import toy_home

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

RUN = "00000000-0000-0000-0000-000000000000"
_AS_ANOTHER = """
import encodings.idna, os, sys, urllib.error, urllib.request
os.setgid(65534); os.setuid(65534)
try:
    open(sys.argv[1]).read()
except PermissionError:
    print("file refused")
request = urllib.request.Request(sys.argv[2] + "/deployments/filter", b"{}", method="POST")
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
except urllib.error.HTTPError as error:
    print(error.code)
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A toy production that is up."""
    made = Live(toy_home(tmp_path_factory.mktemp("auth") / "home", 2.0))
    add_interviewee(made.production, "wang-guilan", "王桂兰", field="culture")
    with made.up():
        assert made.address
        yield made
    made.production.ledger.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"/deployments/{RUN}"),
        ("POST", f"/deployments/{RUN}/create_flow_run"),
        ("POST", f"/flow_runs/{RUN}/resume"),
        ("DELETE", f"/flow_runs/{RUN}"),
        ("POST", "/flow_runs/filter"),
    ],
)
def test_nobody_is_answered_without_the_password(live, method, path):
    url = f"{live.address}/api{path}"
    assert httpx.request(method, url, json={}, trust_env=False).status_code == 401
    right = authorization(live.production.folder)
    assert httpx.request(method, url, json={}, headers=right, trust_env=False).status_code != 401


def test_health_is_open_and_events_are_not(live):
    assert httpx.get(f"{live.address}/api/health", trust_env=False).status_code == 200
    address = live.address.replace("http:", "ws:") + "/api/events/out"
    with (
        pytest.raises(WebSocketException),
        connect(address, subprotocols=["prefect"], proxy=None) as events,
    ):
        events.send('{"type": "auth", "token": "chifeng:wrong"}')
        assert "auth_success" not in str(events.recv(10))
        events.recv(10)


def test_another_user_of_the_machine_is_kept_out(live):
    path = live.production.folder / "prefect.key"
    assert path.stat().st_mode & 0o777 == 0o600
    if os.name != "posix" or os.getuid():
        return  # only root can become somebody else; without the password is tested above
    command = [sys.executable, "-c", _AS_ANOTHER, str(path), f"{live.address}/api"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.stdout.split("\n")[:2] == ["file refused", "401"], done.stderr


def test_the_password_is_on_no_command_line_in_no_log_and_not_in_run_json(live):
    secret = prefect_password(live.production.folder).partition(":")[2]
    assert not [p for p in live.processes() if secret in " ".join(p.cmdline())]
    folder = live.production.folder
    told = [folder / "run.json", *(folder / "logs").iterdir()]
    assert not [path for path in told if secret in path.read_text("utf-8", "replace")]


def test_with_the_password_an_injected_start_runs_nothing(live, tmp_path):
    touched = tmp_path / "touched"
    step = {"prefect.deployments.steps.run_shell_script": {"script": f"touch {touched}"}}
    with httpx.Client(
        base_url=f"{live.address}/api/", headers=authorization(live.production.folder),
        trust_env=False,
    ) as api:  # fmt: skip
        found = api.get("deployments/name/统计/统计").raise_for_status().json()
        before = _end(api, found["id"])
        assert before["type"] == "COMPLETED", before
        api.patch(
            f"deployments/{found['id']}",
            json={"pull_steps": [step], "job_variables": {"command": f"touch {touched}"},
                  "entrypoint": "os.system"},
        ).raise_for_status()  # fmt: skip
        state = _end(api, found["id"])
        assert state["type"] == "FAILED"
        assert "pull_steps, job_variables, entrypoint" in state["message"]
        one = api.get("deployments/name/受访者制作/受访者制作").json()["id"]
        for name in ("../../etc/passwd", "長" * 10_000, "a\x07b"):
            assert _end(api, one, {"subject": name})["type"] == "FAILED"
    assert not touched.exists()


def _end(api: httpx.Client, deployment: str, parameters: dict | None = None) -> dict:
    asked = {"parameters": parameters or {}, "enforce_parameter_schema": False}
    made = api.post(f"deployments/{deployment}/create_flow_run", json=asked)
    run = made.raise_for_status().json()["id"]

    def ended() -> dict | None:
        state = api.get(f"flow_runs/{run}").json()["state"]
        return state if state["type"] in ("COMPLETED", "FAILED", "CRASHED") else None

    return until(ended)
