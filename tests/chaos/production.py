"""The toy production that all of it happens to."""

from __future__ import annotations

from pathlib import Path

from postgresql import Server
from toys import toy_production

from pipeline.stage import Role
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_person

__all__ = ["made"]

_SETTINGS = """
[flows]
port = 0
grace_seconds = 3.0
runs_at_once = 3

[ledger]
url = "{url}"

[machines]
look_seconds = 0.5
"""


def made(folder: Path, server: Server | None) -> Production:
    """Make a home in `folder`, its ledger on that server or in a file.

    The address leaves open how the server is reached: PGHOST says it to each process.
    """
    url = f"postgresql+psycopg://postgres@/{server.empty().database}" if server else ""
    (folder / "home").mkdir()
    (folder / "home" / "settings.toml").write_text(_SETTINGS.format(url=url), "utf-8")
    production = toy_production(folder / "home")
    for name, role in (
        ("赵制片", Role.PRODUCER), ("钱导演", Role.DIRECTOR), ("孙编辑", Role.EDITOR),
    ):  # fmt: skip
        add_person(production, name, [role])
    return production
