"""A home whose artefacts were moved to a bucket works, is looked after, and comes back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from toys import TOYS

from pipeline.delivery.release import release
from pipeline.errors import StorageError
from pipeline.preservation.audit import audit, recorded_artefacts
from pipeline.preservation.backup import back_up
from pipeline.preservation.fixity import check_part
from pipeline.preservation.restore import restore
from pipeline.repository.store_migration import move_to_bucket
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.production import Production, open_home

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True)

EPISODE = "wang-guilan/01"


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    """The folder that is the bucket."""
    folder = tmp_path / "nas"
    folder.mkdir()
    return folder


@pytest.fixture
def moved(production: Production, bring, nas: Path) -> Iterator[Production]:
    """A production that began with a store of its own, at the director's gate of its episode."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    with (production.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[store]\nurl = "file://{nas}"\n')
    with pytest.raises(StorageError, match="chifeng cache --upload"):
        open_home(production.folder, TOYS)
    moving = open_home(production.folder, TOYS, moving=True)
    with moving.ledger.read() as session:
        assert move_to_bucket(moving.store, f"file://{nas}", recorded_artefacts(session)) == []
    moving.ledger.close()
    made = open_home(production.folder, TOYS)
    yield made
    made.ledger.close()


def empty(production: Production) -> None:
    """Have no copies here, as on a machine that comes new."""
    for folder in production.store.folder.glob("??"):
        shutil.rmtree(folder)


def test_work_goes_on_without_copies(moved):
    for number in (4, 7, 12):
        empty(moved)
        approve(moved, EPISODE, moved.stage(str(number)), "李编辑")
        advance(moved, EPISODE)
    empty(moved)
    folder = release(moved, EPISODE)
    assert (folder / "out.mp4").read_text("utf-8") == "picture+picture\n"
    assert audit(moved).faults == ()


def test_a_backup_with_the_files_makes_a_home_of_its_own(moved, nas, tmp_path):
    made = back_up(moved, tmp_path / "backups", with_store=True)
    assert (made.copied, made.damaged) == (made.manifest.artefacts, ())
    assert back_up(moved, tmp_path / "backups", with_store=True).copied == 0
    shutil.rmtree(nas)  # the bucket is gone
    restored = restore(made.folder, tmp_path / "new", TOYS)
    assert restored.with_store
    assert restored.audit.faults == ()
    opened = open_home(tmp_path / "new", TOYS)
    assert opened.store.bucket is None
    opened.ledger.close()


def test_a_backup_without_the_files_goes_on_with_the_bucket(moved, tmp_path):
    made = back_up(moved, tmp_path / "backups")
    restored = restore(made.folder, tmp_path / "new", TOYS)
    assert not restored.with_store
    opened = open_home(tmp_path / "new", TOYS)
    assert opened.store.bucket is not None
    assert audit(opened).faults == ()
    opened.ledger.close()


def test_the_nightly_check_reads_the_bucket(moved, nas):
    assert check_part(moved, whole=True).damaged == ()
    path = next(nas.rglob("*.mp4"))
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"x" * len(data))
    (wrong,) = check_part(moved, whole=True).damaged
    assert str(nas) in wrong.what
    path.write_bytes(data)
    assert check_part(moved).damaged == ()


def test_settings_that_forget_the_bucket_are_refused(moved):
    settings = moved.folder / "settings.toml"
    settings.write_text(settings.read_text("utf-8").partition("[store]")[0], "utf-8")
    with pytest.raises(StorageError, match="no longer name"):
        open_home(moved.folder, TOYS)


@pytest.mark.parametrize(
    "url", ["http://x/y", "s3://", "s3://KEY:SECRET@bucket", "s3://b?key=SECRET", "bucket"]
)
def test_no_other_place_is_taken_and_no_key(tmp_path, url, place):
    from pipeline.errors import SettingsError
    from pipeline.settings import load

    (tmp_path / "settings.toml").write_text(f'[store]\nurl = "{url}"\n', "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert caught.value.key == "store.url"
    assert "SECRET" not in str(caught.value)
