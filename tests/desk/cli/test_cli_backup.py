"""A backup is made and made a home of by command."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest


@pytest.fixture
def record(tmp_path: Path) -> str:
    path = tmp_path / "联系记录.yaml"
    path.write_text("王桂兰\n", "utf-8")
    return str(path)


def test_there_and_back(peopled, tmp_path, record):
    deposit = ("deposit", "wang-guilan", "contact_record", record, "--by", "孙编辑")
    assert peopled(*deposit).code == 0
    disk = tmp_path / "disk"
    answer = peopled("backup", "--to", str(disk), "--with-store")
    assert answer.code == 0
    assert "1 of 1 files were new" in answer.out
    assert "same disk" in answer.err
    (made,) = disk.glob("chifeng-*")
    back = peopled("restore", str(made), "--to", str(tmp_path / "new"))
    assert back.code == 0
    assert "All of it is as it was recorded." in back.out
    before = peopled("status", "--json").json["subjects"]
    after = peopled("--home", str(tmp_path / "new"), "status", "--json").json["subjects"]
    assert after == before
    again = peopled("restore", str(made), "--to", str(tmp_path / "new"))
    assert again.code == 9
    assert "there already" in again.err


def test_the_folder_may_stand_in_the_settings(peopled, tmp_path, record):
    refused = peopled("backup")
    assert refused.code == 9
    assert "backup_folder under [care]" in refused.err
    settings = tmp_path / "home" / "settings.toml"
    assert not tomllib.loads(settings.read_text("utf-8"))
    settings.write_text(f"[care]\nbackup_folder = '{tmp_path / 'disk'}'\n", "utf-8")
    told = peopled("backup", "--json").json
    assert (told["artefacts"], told["copied"], told["damaged"]) == (0, 0, [])
    back = peopled("restore", told["folder"], "--to", str(tmp_path / "new"), "--json")
    assert (back.code, back.json["with_store"], back.json["faults"]) == (0, False, [])


def test_damage_is_named_and_shows_in_the_exit_code(peopled, tmp_path, record):
    assert peopled("deposit", "wang-guilan", "contact_record", record, "--by", "孙编辑").code == 0
    (kept,) = (tmp_path / "home" / "store").rglob("*.yaml")
    kept.unlink()
    answer = peopled("backup", "--to", str(tmp_path / "disk"), "--with-store")
    assert answer.code == 9
    assert "is missing" in answer.err
    (made,) = (tmp_path / "disk").glob("chifeng-*")
    back = peopled("restore", str(made), "--to", str(tmp_path / "new"))
    assert back.code == 9
    assert kept.name in back.err
    assert (tmp_path / "new" / "ledger.sqlite").exists()
