"""A home made by an earlier version opens with every row, key, state and signature as it was.

tests/homes/make_home.py says how it was made and what is in it; the JSON file beside it holds what
that version reported. Where the program differs from the file, correct the program.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from home_state import draft_texts, work_keys

from desk.cli import main

HOMES = Path(__file__).parent / "homes"
EARLIER = "home-993b431"
RELEASED = "su-guiying/01"

Chifeng = Callable[..., str]


@pytest.fixture(scope="module")
def expected() -> Any:
    """What the earlier version reported of the home."""
    return json.loads((HOMES / f"{EARLIER}.json").read_text("utf-8"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home, unpacked."""
    with tarfile.open(HOMES / f"{EARLIER}.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "home"


@pytest.fixture
def chifeng(home: Path, capsys: pytest.CaptureFixture[str]) -> Chifeng:
    """Run a command that succeeds on it and return what it prints."""

    def run(*words: str) -> str:
        capsys.readouterr()
        code = main(["--home", str(home), *words])
        shown = capsys.readouterr()
        assert code == 0, shown.err
        return shown.out

    return run


def test_every_row_of_the_ledger_is_as_it_was(home: Path, chifeng: Chifeng, expected: Any) -> None:
    chifeng("status")  # migrates the ledger where a version since has changed its tables
    for table, rows in expected["ledger"].items():
        if table == "alembic_version":
            continue
        found = _rows(home, table)
        if table == "journal":  # a migration that fills a new column enters the row once more
            found = found[: len(rows)]
        assert _same_columns(found, rows) == rows, table


def test_every_stage_is_in_the_same_state(chifeng: Chifeng, expected: Any) -> None:
    assert _states(chifeng, expected["states"]) == _without_keys(expected["states"])


def test_what_a_released_episode_was_made_of_is_known(chifeng: Chifeng, expected: Any) -> None:
    """Earlier versions told of no inputs once an episode was released."""
    states = {s["stage"]: s for s in json.loads(chifeng("show", RELEASED, "--json"))}
    runs = [r for r in expected["ledger"]["run"] if r["stage"] == "final_revision"]
    used = {(kind, sha256) for kind, sha256, _name in json.loads(runs[-1]["inputs"])}
    assert {(a["kind"], a["sha256"]) for a in states["final_revision"]["inputs"]} == used
    assert all(Path(a["path"]).is_file() for s in states.values() for a in s["inputs"])


def test_the_board_shows_the_same(chifeng: Chifeng, expected: Any) -> None:
    board = json.loads(chifeng("status", "--json"))["subjects"]
    found = {
        subject["subject"]: {s["stage"]: (s["status"], s["since_ms"]) for s in subject["stages"]}
        for subject in board
    }
    assert found == {
        slug: {name: (s["status"], s["since_ms"]) for name, s in stages.items()}
        for slug, stages in expected["states"].items()
    }


def test_every_key_is_computed_as_it_was(home: Path, expected: Any) -> None:
    assert work_keys(home) == {
        slug: {name: state["key"] for name, state in stages.items()}
        for slug, stages in expected["states"].items()
    }


def test_nothing_runs_again(home: Path, chifeng: Chifeng, expected: Any) -> None:
    chifeng("produce", "--all")
    for table in ("run", "output", "failure", "signoff", "deposit"):
        rows = expected["ledger"][table]
        assert _same_columns(_rows(home, table), rows) == rows, table
    assert _states(chifeng, expected["states"]) == _without_keys(expected["states"])


def test_audit_and_verification_find_nothing(chifeng: Chifeng, expected: Any) -> None:
    files = {row["sha256"] for table in ("deposit", "output") for row in expected["ledger"][table]}
    found = json.loads(chifeng("audit", "--json"))
    assert found["signoffs"] == len(expected["ledger"]["signoff"])
    assert found["files"] == len(files)
    chifeng("verify")


def test_notes_and_unfinished_subtitles_are_there(
    home: Path, chifeng: Chifeng, expected: Any
) -> None:
    notes = json.loads(chifeng("notes", "su-guiying/02", "--all", "--json"))
    assert [(note["text"], note["open"]) for note in notes] == [
        ("这里听不清", False), ("年份请核实", True),
    ]  # fmt: skip
    assert draft_texts(home, "su-guiying/02", "7", "李编辑") == expected["draft"]


def test_release_and_deliveries_are_still_there(
    home: Path, chifeng: Chifeng, expected: Any
) -> None:
    master = expected["states"][RELEASED]["final_revision"]["outputs"]
    folder = Path(chifeng("open", RELEASED, "--path").strip())
    assert folder.is_relative_to(home / "released")
    assert {_digest(folder / made["name"]) for made in master} == {m["sha256"] for m in master}
    for profile in ("web", "listening"):
        before = _delivered_files(folder / "delivery" / profile, master)
        assert before
        chifeng("deliver", RELEASED, "--profile", profile)  # another ffmpeg makes it again
        assert _delivered_files(folder / "delivery" / profile, master) == before


def test_the_station_gets_the_film_without_subtitles(home: Path, chifeng: Chifeng) -> None:
    """It is made from the picture behind the release, which an earlier version did not find."""
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            "\n[delivery.tv]\nfiles = ['h264_clean']\nwidth = 640\nheight = 360\n"
            "preset = 'ultrafast'\n"
        )
    chifeng("deliver", RELEASED, "--profile", "tv")
    (folder,) = (home / "released").glob("*/*/delivery/tv")
    assert (folder / "film-clean.mp4").stat().st_size > 10_000


def _states(chifeng: Chifeng, expected: Any) -> Any:
    """Return the state of every stage as `chifeng show` reports it.

    Inputs of which the earlier version did not tell are left out.
    """
    found: Any = {}
    for slug, told in expected.items():
        states = {s["stage"]: _comparable(s) for s in json.loads(chifeng("show", slug, "--json"))}
        found[slug] = {
            name: {**state, "inputs": state["inputs"] if told[name]["inputs"] else []}
            for name, state in states.items()
        }
    return found


def _comparable(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out paths, which are this machine's, and sentences, which may be reworded."""
    fields = {k: v for k, v in state.items() if k not in ("key", "reason", "findings")}
    for files in ("inputs", "outputs"):
        fields[files] = [{k: v for k, v in f.items() if k != "path"} for f in state[files]]
    return fields


def _without_keys(states: Any) -> Any:
    return {s: {name: _comparable(state) for name, state in on.items()} for s, on in states.items()}


def _rows(home: Path, table: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(home / "ledger.sqlite")) as ledger:
        ledger.row_factory = sqlite3.Row
        return [dict(row) for row in ledger.execute(f"SELECT * FROM {table}")]


def _same_columns(
    rows: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Leave out the columns that came later."""
    names = {name for row in expected for name in row}
    return [{k: v for k, v in row.items() if k in names} for row in rows]


def _delivered_files(folder: Path, released: list[dict[str, Any]]) -> set[str]:
    """Return the names of what was delivered, after comparing it with its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["made_of"]["master"] in {made["sha256"] for made in released}
    for file in manifest["files"]:
        assert _digest(folder / file["name"]) == file["sha256"]
    return {file["name"] for file in manifest["files"]}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_crew_member_who_was_an_interviewees_account_is_told_apart(
    home: Path, chifeng: Chifeng
) -> None:
    with closing(sqlite3.connect(home / "ledger.sqlite")) as ledger, ledger:
        (name,) = ledger.execute("SELECT name FROM subject WHERE parent_id IS NULL").fetchone()
        roles = json.dumps(["editor", "interviewee"])
        ledger.execute("UPDATE person SET roles = ? WHERE name = ?", (roles, name))
        ((old_id,),) = ledger.execute("SELECT id FROM person WHERE name = ?", (name,)).fetchall()
    people = {row["name"]: row for row in json.loads(chifeng("person", "list", "--json"))}
    assert people[name]["roles"] == ["interviewee"] and people[name]["id"] != old_id
    crew = people[f"{name}（editor）"]
    assert (crew["roles"], crew["id"]) == (["editor"], old_id)
    chifeng("audit", "--ledger-only")
