"""A toy production in a temporary home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql import Server
from toys import calls, toy_production

from pipeline.stage import Role
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_episode, add_interviewee, add_person

PEOPLE = {
    "赵制片": [Role.PRODUCER],
    "钱导演": [Role.DIRECTOR],
    "孙编辑": [Role.EDITOR],
    "李编辑": [Role.EDITOR, Role.DIRECTOR],
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)])
def place(request: pytest.FixtureRequest) -> str:
    """Where a ledger of its own may be: empty for a file in the home, else an address.

    In PostgreSQL every day where tests are marked `both_databases`, else in a thorough run.
    """
    if request.param == "sqlite":
        return ""
    server: Server = request.getfixturevalue("postgresql")
    return server.cleared().render_as_string()


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a toy production with its ledger in SQLite, to copy: to migrate takes longer."""
    folder = tmp_path_factory.mktemp("peopled") / "home"
    _people(folder, "").ledger.close()
    return folder


@pytest.fixture
def production(
    tmp_path: Path, place: str, peopled: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Production]:
    """A home with the five toy stages, four people, one interviewee and two episodes.

    Its ledger is where `place` says.
    """
    monkeypatch.setenv("CHIFENG_LANG", "en")
    calls.clear()
    folder = tmp_path / "home"
    if place:
        made = _people(folder, place)
    else:
        shutil.copytree(peopled, folder)
        made = toy_production(folder)
    yield made
    made.ledger.close()


def _people(folder: Path, place: str) -> Production:
    folder.mkdir()
    (folder / "settings.toml").write_text(f'[ledger]\nurl = "{place}"\n', "utf-8")
    made = toy_production(folder)
    for name, roles in PEOPLE.items():
        add_person(made, name, roles)
    add_interviewee(made, "wang-guilan", "王桂兰", field="culture")
    add_episode(made, "wang-guilan", "童年")
    add_episode(made, "wang-guilan", "进城")
    return made


@pytest.fixture
def bring(production: Production, tmp_path: Path):
    """Deposit a text as a file of the given kind."""
    from pipeline.kinds import KINDS

    def deposit(slug: str, kind: str, text: str, person: str = "孙编辑", **options):
        path = tmp_path / f"{kind}{KINDS[kind].suffixes[0]}"
        path.write_text(text, "utf-8")
        return deposits.deposit(production, slug, KINDS[kind], path, person, **options)

    return deposit
