"""Have systemd start a production with the machine, and start it again when it fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["home_of_unit", "systemctl", "unit_path", "unit_text", "up_command"]

_ROOT = Path(__file__).resolve().parents[3]
_TIMEOUT_S = 60
_INHERITED = ("CHIFENG_LANG", "CHIFENG_CACHE", "CHIFENG_CONFIG")
_UNIT = """\
# Written by "chifeng service install".
[Unit]
Description=Chifeng Memory, {home}
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
Type=exec
ExecStart={command}
WorkingDirectory={folder}
{environment}
{user}Restart=on-failure
RestartSec=10
# The production ends its own processes in order; whatever is left then is killed.
KillMode=mixed
TimeoutStopSec=60

[Install]
WantedBy={wanted_by}
"""


def up_command(home: Path) -> list[str]:
    """Return the command that keeps a production up, to be run in the program's own folder."""
    return [sys.executable, "-m", "desk.cli", "--home", str(home), "up"]


def unit_text(home: Path, *, user: str = "", env: Mapping[str, str] | None = None) -> str:
    """Return a unit for systemd: a system's that runs as `user`, or without one a user's own.

    What `env` (the present environment, if None) says of language, cache and configuration holds
    for the service too.
    """
    found = os.environ if env is None else env
    told = {"PYTHONUTF8": "1", **{name: found[name] for name in _INHERITED if name in found}}
    return _UNIT.format(
        home=_literal(str(home)),
        command=" ".join(_quoted(word) for word in up_command(home)),
        folder=_literal(str(_ROOT)),
        environment="\n".join(
            f"Environment={_quoted(f'{key}={value}', dollar='$')}" for key, value in told.items()
        ),
        user=f"User={user}\n" if user else "",
        wanted_by="multi-user.target" if user else "default.target",
    )


def unit_path(name: str, *, system: bool) -> Path:
    """Return where the unit lies: the system's folder, or the user's own."""
    if system:
        return Path("/etc/systemd/system") / f"{name}.service"
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user" / f"{name}.service"


def home_of_unit(unit: Path) -> str:
    """Return which home a unit is for; nothing where there is no unit or it is not ours."""
    if not unit.is_file():
        return ""
    found = re.search(r'"--home" "((?:[^"\\]|\\.)*)"', unit.read_text("utf-8"))
    return re.sub(r'\\(["\\])|%(%)|\$(\$)', r"\1\2\3", found[1]) if found else ""


def systemctl(words: Sequence[str], *, system: bool) -> tuple[int, str]:
    """Run systemctl; return its exit code and what it said. Without systemd, 127 and nothing."""
    program = shutil.which("systemctl")
    if program is None:
        return 127, ""
    command = [program, *([] if system else ["--user"]), *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return done.returncode, f"{done.stdout}{done.stderr}".strip()


def _quoted(word: str, dollar: str = "$$") -> str:
    """Write a word as systemd reads it back: its own quotes, percent signs and dollars doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", dollar)
    return f'"{_literal(escaped)}"'


def _literal(text: str) -> str:
    return text.replace("%", "%%")
