"""A backup made while people work is whole, or not there; a home made of it is proved."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toys import TOYS

from pipeline import settings as settings_module
from pipeline.errors import BusyError, IntegrityError, StorageError
from pipeline.preservation import backup as module
from pipeline.preservation import backup_set
from pipeline.preservation.audit import audit, recorded_artefacts
from pipeline.preservation.backup import back_up, backup_folder
from pipeline.preservation.restore import restore
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.production import Production, is_home, open_home
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.requests import request

pytestmark = pytest.mark.both_databases

sqlite_is_enough = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
"""For what is the same wherever the ledger is."""


@pytest.fixture
def worked(production: Production, bring) -> Production:
    """Some files in the store, a signature, a record and the papers of a release."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring("wang-guilan/01", "finished_cut", "picture")
    advance(production, "wang-guilan/01")
    released = production.folder / "released" / "0001 王桂兰" / "01 童年"
    released.mkdir(parents=True)
    (released / "文稿.md").write_text("# 童年\n", "utf-8")
    (released / "成片.mp4").write_bytes(b"film")
    return production


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "备份 disk"


def new_place(tmp_path: Path, request: pytest.FixtureRequest, name: str) -> str:
    """Return an address for a restored ledger, of the kind the production of the test has."""
    if "sqlite" in request.node.name:
        return ""
    server = request.getfixturevalue("postgresql")
    return server.empty(name).render_as_string(hide_password=False)


def contents(production: Production) -> dict[str, Any]:
    """Return everything a board shows, to compare two homes."""
    return {
        slug: [(s.stage.slug, s.status, s.signs, [a.sha256 for a in s.outputs]) for s in states]
        for slug, states in production.board().items()
    }


def test_a_home_made_of_a_backup_is_the_home(worked, target, tmp_path, request):
    made = back_up(worked, target, with_store=True)
    assert made.copied == made.manifest.artefacts > 0
    assert not made.damaged
    url = new_place(tmp_path, request, f"restored{os.getpid()}")
    restored = restore(made.folder, tmp_path / "new", TOYS, ledger_url=url)
    assert restored.with_store
    assert not restored.audit.faults
    assert restored.audit.files == made.manifest.artefacts
    opened = open_home(tmp_path / "new", TOYS)
    assert opened.ledger.url.get_backend_name() == worked.ledger.url.get_backend_name()
    assert opened.ledger.url != worked.ledger.url
    assert contents(opened) == contents(worked)
    film = Path("0001 王桂兰", "01 童年")
    assert (opened.folder / "released" / film / "文稿.md").read_text("utf-8") == "# 童年\n"
    assert not (opened.folder / "released" / film / "成片.mp4").exists()
    # it can be worked in, and what is written there does not touch the other
    add_episode(opened, "wang-guilan", "老年")
    assert not audit(opened).faults
    assert len(worked.board()) == 3
    opened.ledger.close()


def test_the_ledger_may_move_to_a_file(worked, target, tmp_path):
    made = back_up(worked, target)
    restored = restore(made.folder, tmp_path / "new", TOYS)
    assert not restored.with_store
    assert not restored.audit.faults
    opened = open_home(tmp_path / "new", TOYS)
    assert opened.ledger.url.get_backend_name() == "sqlite"
    assert contents(opened) == contents(worked)
    opened.ledger.close()


@sqlite_is_enough
def test_each_file_is_copied_once_and_never_linked(worked, target, bring):
    back_up(worked, target, with_store=True)
    again = back_up(worked, target, with_store=True)
    assert again.copied == 0
    bring("wang-guilan/02", "finished_cut", "another picture")
    third = back_up(worked, target, with_store=True)
    assert third.copied == 1
    with worked.ledger.read() as session:
        for sha256, suffix in recorded_artefacts(session):
            copy = backup_set.shared_store(target).path(sha256, suffix)
            assert copy.stat().st_nlink == 1
            assert not copy.samefile(worked.store.path(sha256, suffix))


@sqlite_is_enough
def test_the_newest_are_kept(worked, target, tmp_path):
    care = worked.settings.care.model_copy(update={"backup_keep": 2})
    few = worked.settings.model_copy(update={"care": care})
    kept = replace(worked, settings=few)
    # another production's backups in the same folder are none of ours
    stranger = target / "chifeng-20200101-000000"
    stranger.mkdir(parents=True)
    backup_set.write(stranger, backup_set.Manifest("of another", 0, "0001", 0, 0, False, {}))
    made = [back_up(kept, target).folder for _n in range(4)]
    assert backup_set.backups(target) == [stranger, *made[-2:]]
    assert [back_up(kept, target).removed for _n in range(2)] == [1, 1]


@sqlite_is_enough
def test_it_says_where_backups_cannot_go(worked, tmp_path):
    with pytest.raises(StorageError, match="No folder for backups"):
        backup_folder(worked)
    with pytest.raises(StorageError, match="in the home itself"):
        backup_folder(worked, worked.folder / "backups")
    assert backup_folder(worked, tmp_path / "x") == tmp_path / "x"


@sqlite_is_enough
def test_two_at_once_are_not_made(worked, target):
    target.mkdir()
    with backup_set.exclusive(target), pytest.raises(BusyError):
        back_up(worked, target)


@sqlite_is_enough
def test_a_damaged_artefact_is_named_and_the_rest_is_kept(worked, target, tmp_path):
    with worked.ledger.read() as session:
        (hurt, *_rest) = [worked.store.path(*each) for each in recorded_artefacts(session)]
    hurt.chmod(0o644)
    hurt.write_bytes(b"x" * hurt.stat().st_size)
    made = back_up(worked, target, with_store=True)
    assert [error.path for error in made.damaged] == [hurt]
    assert made.copied == made.manifest.artefacts - 1
    restored = restore(made.folder, tmp_path / "new", TOYS)
    assert [fault.what for fault in restored.audit.faults if hurt.name in fault.what]
    assert len(restored.audit.faults) == 1


@sqlite_is_enough
def test_what_was_copied_whole_before_stays_when_the_home_is_damaged(worked, target, tmp_path):
    back_up(worked, target, with_store=True)
    with worked.ledger.read() as session:
        hurt = worked.store.path(*recorded_artefacts(session)[0])
    hurt.unlink()
    made = back_up(worked, target, with_store=True)
    assert [error.path for error in made.damaged] == [hurt]
    assert not restore(made.folder, tmp_path / "new", TOYS).audit.faults


@sqlite_is_enough
def test_nothing_is_restored_over_something(worked, target, tmp_path):
    made = back_up(worked, target)
    with pytest.raises(StorageError, match="there already"):
        restore(made.folder, worked.folder, TOYS)
    (tmp_path / "new").mkdir()
    assert is_home(restore(made.folder, tmp_path / "new", TOYS).folder)  # an empty one will do
    with pytest.raises(StorageError, match="no whole backup"):
        restore(target, tmp_path / "newer", TOYS)


@sqlite_is_enough
@pytest.mark.parametrize("name", ["ledger.sqlite", "home/settings.toml"])
def test_a_damaged_backup_makes_no_home(worked, target, tmp_path, name):
    made = back_up(worked, target)
    data = bytearray((made.folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (made.folder / name).write_bytes(data)
    with pytest.raises(IntegrityError, match="damaged or missing"):
        restore(made.folder, tmp_path / "new", TOYS)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".new*"))


def interrupt(*_args: object, **_options: object) -> None:
    raise KeyboardInterrupt


@sqlite_is_enough
def test_an_interrupted_restoration_goes_on(worked, target, tmp_path, monkeypatch):
    made = back_up(worked, target, with_store=True)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.preservation.restore.audit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            restore(made.folder, tmp_path / "new", TOYS)
    assert not (tmp_path / "new").exists()
    restored = restore(made.folder, tmp_path / "new", TOYS)
    assert not restored.audit.faults
    assert restored.audit.files == made.manifest.artefacts


@pytest.mark.parametrize(
    "said",
    [
        '[ledger]\nurl = "postgresql://x"\n\n[flows]\nport = 1\n',
        '[flows]\nport = 1\n[ledger]  # there\nurl="postgresql://x"',
        'ledger.url = "postgresql://x"\n[flows]\nport = 1\n',
        'ledger = { url = "postgresql://x" }\n[flows]\nport = 1\n',
        "[flows]\nport = 1\n",
    ],
)
@pytest.mark.parametrize("url", ["", "postgresql+psycopg://a:b@/家?host=/run"])
def test_restored_settings_never_name_the_old_ledger(tmp_path, said, url):
    from pipeline.preservation.restore import _set_url

    (tmp_path / "settings.toml").write_text(said, "utf-8")
    _set_url(tmp_path / "settings.toml", "ledger", url)
    found = settings_module.load(tmp_path)
    assert (found.ledger.url, found.flows.port) == (url, 1)


def _write_on(home: Path, told: Any) -> None:
    """Register interviewees and ask for them, without a pause, as another process."""
    production = open_home(home, TOYS)
    for n in range(10_000):
        add_interviewee(production, f"p{n}", f"某某{n}", field="culture")
        request(production, f"p{n}", via="test")
        told.value = n


def test_while_another_process_writes(worked, target, tmp_path):
    context = multiprocessing.get_context("spawn")
    told = context.Value("i", -1)
    writer = context.Process(target=_write_on, args=(worked.folder, told))
    writer.start()
    try:
        made = []
        for n in range(3):
            until = time.monotonic() + 60
            while told.value < 5 * n and time.monotonic() < until:
                time.sleep(0.01)
            made.append(back_up(worked, target, with_store=n == 2))
        assert writer.is_alive()
    finally:
        writer.kill()
        writer.join()
    entries = [backup.manifest.entries for backup in made]
    assert entries == sorted(set(entries)), "it went on writing"
    for n, backup in enumerate(made):
        restored = restore(backup.folder, tmp_path / f"new{n}", TOYS)
        assert not restored.audit.faults
        assert restored.audit.entries == backup.manifest.entries


def _back_up_slowly(home: Path, target: Path) -> None:
    original = module.sync
    module.sync = lambda path: (time.sleep(0.02), original(path))
    production = open_home(home, TOYS)
    while True:
        back_up(production, target, with_store=True)


@sqlite_is_enough
def test_killed_at_any_moment_it_leaves_whole_backups_or_none(worked, target, tmp_path):
    context = multiprocessing.get_context("spawn")
    found = 0
    for n in range(4):
        process = context.Process(target=_back_up_slowly, args=(worked.folder, target))
        process.start()
        until = time.monotonic() + 60
        while not list(target.glob(".chifeng-*")) and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(0.07 * n)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        there = list(target.glob("chifeng-*"))
        assert sorted(there) == sorted(backup_set.backups(target))
        for path in there:
            backup_set.check(path, backup_set.read(path))
        found += len(list(target.glob(".chifeng-*")))
    assert found, "at least once it was killed half-way"
    made = back_up(worked, target, with_store=True)
    assert not list(target.glob(".chifeng-*"))
    assert not restore(made.folder, tmp_path / "new", TOYS).audit.faults
