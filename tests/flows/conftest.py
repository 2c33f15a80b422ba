"""Toy productions for flows: one without a server per test, one with a server per session."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from toys import calls, toy_production

# Prefect must not look into the home of whoever runs the tests; it reads this when imported.
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="chifeng-prefect-")
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"

from pipeline.kinds import KINDS
from pipeline.stage import Role
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_episode, add_interviewee, add_person

atexit.register(shutil.rmtree, os.environ["PREFECT_HOME"], ignore_errors=True)

Bring = Callable[..., None]

_PEOPLE = {
    "赵制片": [Role.PRODUCER],
    "钱导演": [Role.DIRECTOR],
    "孙编辑": [Role.EDITOR],
    "李编辑": [Role.EDITOR, Role.DIRECTOR],
}
_SETTINGS = """
[flows]
port = 0
grace_seconds = {grace_seconds}
poll_seconds = 0.05
codes = {codes}
"""


def toy_home(
    folder: Path, grace_seconds: float = 0.3, more: str = "", *, codes: bool = False
) -> Production:
    """Make a home with the toy stages, four people, and more settings; forms may ask for a code."""
    folder.mkdir()
    settings = _SETTINGS.format(grace_seconds=grace_seconds, codes=str(codes).lower())
    (folder / "settings.toml").write_text(settings + more, "utf-8")
    made = toy_production(folder)
    for name, roles in _PEOPLE.items():
        add_person(made, name, roles)
    return made


def bring_text(production: Production, slug: str, kind: str, text: str) -> None:
    """Deposit a text as a file of the given kind."""
    path = production.folder.parent / f"{kind}{KINDS[kind].suffixes[0]}"
    path.write_text(text, "utf-8")
    deposits.deposit(production, slug, KINDS[kind], path, "孙编辑")


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the toy stages, four people, one interviewee and two episodes, to copy."""
    folder = tmp_path_factory.mktemp("peopled") / "home"
    made = toy_home(folder)
    add_interviewee(made, "wang-guilan", "王桂兰", field="culture")
    add_episode(made, "wang-guilan", "童年")
    add_episode(made, "wang-guilan", "进城")
    made.ledger.close()
    return folder


@pytest.fixture
def production(tmp_path: Path, peopled: Path) -> Iterator[Production]:
    """A fresh copy of that home."""
    calls.clear()
    made = toy_production(Path(shutil.copytree(peopled, tmp_path / "home")))
    yield made
    made.ledger.close()


@pytest.fixture(scope="session")
def make_home() -> Callable[..., Production]:
    """Make a home with the toy stages and four people:
    `make_home(folder, grace, settings, codes=…)`."""
    return toy_home


@pytest.fixture(scope="session")
def bring_to() -> Bring:
    """Deposit a text: `bring_to(production, slug, kind, text)`."""
    return bring_text


@pytest.fixture
def bring(production: Production) -> Bring:
    """Deposit a text: `bring(slug, kind, text)`."""
    return lambda slug, kind, text: bring_text(production, slug, kind, text)
