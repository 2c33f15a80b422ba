"""The service: a unit that systemd understands, and what is typed where it cannot be reached."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.processes.systemd import home_of_unit, unit_text

NASTY = '家 "of" 50% $HOME \\x'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's machine with a systemctl that writes down what it is told; return where."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    told = tmp_path / "told"
    programs = tmp_path / "bin"
    programs.mkdir()
    script = f'#!/bin/sh\necho "$*" >> {shlex.quote(str(told))}\necho active\n'
    (programs / "systemctl").write_text(script)
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return told


def unit_of(tmp_path: Path) -> Path:
    return tmp_path / "config" / "systemd" / "user" / "chifeng.service"


def test_there_and_gone(peopled, machine, tmp_path):
    answer = peopled("service", "install")
    assert answer.code == 0
    assert "password" in answer.out, "the administrator's, which must not go to a log"
    assert home_of_unit(unit_of(tmp_path)) == str(tmp_path / "home")
    assert machine.read_text().splitlines() == [
        "--user daemon-reload", "--user enable --now chifeng",
    ]  # fmt: skip
    assert "active" in peopled("service", "status").out
    assert peopled("service", "install").code == 0, "again is harmless"
    other = peopled("--home", str(tmp_path / "other"), "service", "install")
    assert other.code == 3
    assert "--name" in other.err
    machine.unlink()
    assert peopled("service", "remove").code == 0
    assert machine.read_text().splitlines() == [
        "--user disable --now chifeng", "--user daemon-reload",
    ]  # fmt: skip
    assert not unit_of(tmp_path).exists()
    assert peopled("service", "remove").code == 9
    assert "No service" in peopled("service", "status").out


def test_without_systemd_it_says_what_to_type(peopled, machine, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = peopled("service", "install")
    assert answer.code == 0
    assert "    systemctl --user enable --now chifeng" in answer.out
    assert unit_of(tmp_path).exists()


def test_a_unit_of_somebody_else_is_left_alone(peopled, machine, tmp_path):
    unit_of(tmp_path).parent.mkdir(parents=True)
    unit_of(tmp_path).write_text("[Unit]\n")
    assert peopled("service", "install").code == 3
    assert peopled("service", "remove").code == 9
    assert unit_of(tmp_path).read_text() == "[Unit]\n"


@pytest.mark.parametrize("user", ["", "root"])
@pytest.mark.parametrize("name", ["plain", NASTY])
def test_the_unit_is_right(tmp_path, user, name):
    home = tmp_path / name
    unit = tmp_path / "chifeng.service"
    unit.write_text(unit_text(home, user=user, env={"CHIFENG_LANG": "zh", "OTHER": "1"}), "utf-8")
    assert home_of_unit(unit) == str(home)
    text = unit.read_text("utf-8")
    assert 'Environment="CHIFENG_LANG=zh"' in text
    assert "OTHER" not in text
    assert ("User=root" in text) == bool(user)
    assert f"WantedBy={'multi-user' if user else 'default'}.target" in text
    assert sys.executable in text
    verifier = shutil.which("systemd-analyze")
    if verifier:  # Debian's systemd has it; a container may not
        manner = [] if user else ["--user"]
        done = subprocess.run(
            [verifier, *manner, "verify", "--man=no", unit],
            capture_output=True,
            text=True,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        )
        assert "chifeng.service" not in done.stderr, done.stderr
        assert done.returncode == 0
