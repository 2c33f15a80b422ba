"""Who else on the machine can read what the program writes: nobody, but for what is released.

Everything here is written under the umask 0, which would leave all of it open to all.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.cli import main
from flows.server.supervisor import free_port
from pipeline.core.permissions import open_paths, private_folder, share, shared_folder
from pipeline.preservation.backup import back_up
from pipeline.preservation.restore import restore
from pipeline.workflow.production import Production, create_home, open_places
from stages import STAGES

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _umask_0() -> Iterator[None]:
    before = os.umask(0)
    yield
    assert os.umask(before) == 0, "a command left its umask behind"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def opened(folder: Path) -> None:
    """Make all of it what an earlier version or a copy may have left."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def command(home: Path, *words: str) -> int:
    return main(["--home", str(home), *words], deposit_checks={})


def test_what_commands_write_is_for_this_account_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CHIFENG_STAGES", "toys:TOYS")
    home, disk, back = tmp_path / "家 home", tmp_path / "disk", tmp_path / "back"
    record = tmp_path / "record.yaml"
    record.write_text("姓名: 王桂兰\n", "utf-8")
    for words in (
        ("init",),
        ("person", "add", "孙编辑", "--role", "editor"),
        ("interviewee", "add", "wang-guilan", "王桂兰", "--field", "culture"),
        ("episode", "add", "wang-guilan", "文化馆的早年"),
        ("deposit", "wang-guilan", "contact_record", str(record), "--by", "孙编辑"),
        ("status",),
        ("backup", "--to", str(disk), "--with-store"),
    ):
        assert command(home, *words) == 0, words
        assert list(open_places(home)) == [], words
    (made,) = disk.glob("chifeng-*")
    assert command(home, "restore", str(made), "--to", str(back)) == 0
    assert list(open_places(back)) == []
    assert list(open_paths(disk)) == []
    assert mode(home) == mode(disk) == mode(back) == 0o700
    assert mode(home / "ledger.sqlite") == mode(home / "settings.toml") == 0o600
    assert mode(home / "released") == mode(back / "released") == 0o755
    assert [mode(path) for path in (home / "store").rglob("*.yaml")] == [0o400]


def test_what_the_desk_writes_is_for_this_account_alone(tmp_path: Path):
    home = tmp_path / "home"
    create_home(home, STAGES).ledger.close()
    port = free_port(0)
    process = subprocess.Popen(
        [sys.executable, "-m", "desk.web.server", str(port)],
        env={**os.environ, "CHIFENG_HOME": str(home), "PYTHONPATH": str(_ROOT)},
    )
    try:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
                    assert answer.status == 200
                break
            except OSError:
                time.sleep(0.2)
        assert process.poll() is None
        assert (home / "ledger.sqlite-wal").exists()
        assert list(open_places(home)) == []
    finally:
        process.terminate()
        process.wait()


def test_the_functions_say_so_themselves(production: Production, tmp_path: Path):
    """Whatever the umask of who calls them: another program, a test, a flow."""
    home = tmp_path / "new"
    (home / "demo").mkdir(parents=True)
    (home / "settings.toml").write_text("", "utf-8")
    create_home(home, STAGES).ledger.close()
    assert list(open_places(home)) == []
    disk = tmp_path / "disk"
    made = back_up(production, disk, with_store=True).folder
    assert [mode(path) for path in (disk, disk / "store", made)] == [0o700] * 3
    assert all(mode(path) == 0o400 for path in (disk / "store").glob("*/*.*"))
    opened(disk)
    back = restore(made, tmp_path / "back", production.stages).folder
    assert mode(back) == 0o700
    assert not mode(back / "settings.toml") & 0o077


def test_an_open_home_stays_so_until_the_doctor_is_told_to_mend_it(
    production: Production, capsys: pytest.CaptureFixture[str]
):
    home = production.folder
    (home / "released" / "0001 王桂兰").mkdir()
    opened(home)
    assert command(home, "status") == 0
    assert mode(home) == 0o755
    command(home, "doctor", "--json")
    assert str(home) in capsys.readouterr().out
    assert mode(home / "ledger.sqlite") == 0o644
    command(home, "doctor", "--mend", "--json")
    assert "nobody else on this machine" in capsys.readouterr().out
    assert list(open_places(home)) == []
    assert mode(home / "released" / "0001 王桂兰") == 0o755


def test_a_folder_on_another_disk_is_looked_into(production: Production, tmp_path: Path):
    store = production.folder / "store"
    elsewhere = store.rename(tmp_path / "disk")
    store.symlink_to(elsewhere)
    opened(elsewhere)
    assert set(open_places(production.folder)) >= {elsewhere, *elsewhere.glob("*")}
    assert command(production.folder, "doctor", "--mend") >= 0
    assert mode(elsewhere) == 0o700


def test_an_open_cache_is_closed_when_it_is_written_to(tmp_path: Path):
    cache = tmp_path / "heard"
    cache.mkdir(0o755)
    assert mode(private_folder(cache)) == 0o700


def test_what_is_released_can_be_read_by_all(tmp_path: Path):
    os.umask(0o077)
    shared_folder(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "film.mp4").touch()
    share(tmp_path / "a" / "b")
    assert [mode(path) for path in (tmp_path / "a", *(tmp_path / "a").rglob("*"))] == [
        0o755, 0o755, 0o644,
    ]  # fmt: skip
    os.umask(0)
