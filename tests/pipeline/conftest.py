"""A toy production in a temporary home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from toys import TOYS, calls

from pipeline import deposits, home
from pipeline.home import Production, create_home
from pipeline.register import add_episode, add_interviewee, add_person
from pipeline.stage import Role

PEOPLE = {
    "赵制片": [Role.PRODUCER],
    "钱导演": [Role.DIRECTOR],
    "孙编辑": [Role.EDITOR],
    "李编辑": [Role.EDITOR, Role.DIRECTOR],
}


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Production]:
    """A home with the five toy stages, four people, one interviewee and two episodes."""
    monkeypatch.setattr(deposits, "CHECKS", {})
    monkeypatch.setattr(home.consent, "refusal", lambda *_: None)
    monkeypatch.setenv("CHIFENG_LANG", "en")
    calls.clear()
    made = create_home(tmp_path / "home", TOYS)
    for name, roles in PEOPLE.items():
        add_person(made, name, roles)
    add_interviewee(made, "wang-guilan", "王桂兰", field="culture")
    add_episode(made, "wang-guilan", "童年")
    add_episode(made, "wang-guilan", "进城")
    yield made
    made.ledger.close()


@pytest.fixture
def bring(production: Production, tmp_path: Path):
    """Deposit a text as a file of the given kind."""
    from pipeline.kinds import KINDS

    def deposit(slug: str, kind: str, text: str, person: str = "孙编辑", **options):
        path = tmp_path / f"{kind}{KINDS[kind].suffixes[0]}"
        path.write_text(text, "utf-8")
        return deposits.deposit(production, slug, KINDS[kind], path, person, **options)

    return deposit
