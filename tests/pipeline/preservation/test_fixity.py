"""The store is read again part by part; what is damaged is known until it is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from posting import opened as post_opened

from pipeline.core.clock import CHINA_TIME
from pipeline.errors import StorageError
from pipeline.preservation import alerts as alarm_module
from pipeline.preservation.alerts import current_alerts, send_alerts
from pipeline.preservation.audit import recorded_artefacts
from pipeline.preservation.fixity import check_part
from pipeline.preservation.job_log import Job, read_records, update_record
from pipeline.preservation.jobs import run_backup, run_fixity
from pipeline.settings import Reminders
from pipeline.workflow.production import Production

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def changed(production: Production, **values: object) -> Production:
    care = production.settings.care.model_copy(update=values)
    settings = production.settings.model_copy(update={"care": care})
    return replace(production, settings=settings)


@pytest.fixture
def filled(production: Production, bring) -> Production:
    """Twelve files of one size in the store; a third of them is read a night."""
    for n in range(12):
        bring("wang-guilan", "consent_form", f"{n:04d}")
    return changed(production, fixity_days=3)


def files(production: Production) -> list[Path]:
    with production.ledger.read() as session:
        return [production.store.path(*each) for each in recorded_artefacts(session)]


def damage(path: Path) -> bytes:
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"x" * len(data))
    return data


def test_all_of_it_is_read_in_as_many_nights_as_settings_say(filled, monkeypatch):
    read: list[str] = []
    verify = type(filled.store).verify
    monkeypatch.setattr(
        type(filled.store), "verify",
        lambda self, sha256, suffix: (read.append(sha256), verify(self, sha256, suffix)),
    )  # fmt: skip
    for _night in range(3):
        part = check_part(filled)
        assert (part.files, part.of, part.damaged) == (4, 12, ())
    assert sorted(read) == sorted(path.stem for path in files(filled))
    check_part(filled)
    assert read[12:] == read[:4], "then it begins again"
    assert check_part(filled, whole=True).files == 12


def test_missed_nights_are_made_up_for(filled):
    update_record(filled, Job.FIXITY, done_ms=_now() - 2 * DAY_MS)
    assert check_part(filled).files == 8
    update_record(filled, Job.FIXITY, done_ms=_now() - 30 * DAY_MS)
    assert check_part(filled).files == 12


def test_damage_is_known_until_it_is_mended(filled):
    path = files(filled)[1]
    data = damage(path)
    assert [error.path for error in check_part(filled).damaged] == [path]
    assert path.stem[:12] in current_alerts(filled)[0]
    # it is looked at every night, though the turn of others has come
    assert [error.path for error in check_part(filled).damaged] == [path]
    path.unlink()
    assert "missing" in check_part(filled).damaged[0].what
    path.write_bytes(data)
    assert check_part(filled).damaged == ()
    assert current_alerts(filled) == []


def _now() -> int:
    return int(datetime.now(CHINA_TIME).timestamp() * 1000)


def test_how_it_went_is_written_down(filled, tmp_path, monkeypatch):
    kept = changed(filled, backup_folder=str(tmp_path / "disk"))
    line, damaged = run_backup(kept)
    assert str(tmp_path / "disk") in line
    assert damaged == ()
    run_fixity(kept, whole=True)
    found = read_records(kept)
    assert min(found[Job.BACKUP].done_ms, found[Job.FIXITY].done_ms) > _now() - 60_000
    assert current_alerts(kept) == []
    (tmp_path / "file").write_text("")
    broken = changed(filled, backup_folder=str(filled.folder / "inside"))
    with pytest.raises(StorageError):
        run_backup(broken)
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    assert "最近一次备份失败" in current_alerts(broken)[0]
    update_record(kept, Job.BACKUP, trouble="", done_ms=_now() - 5 * DAY_MS)
    assert current_alerts(kept) == ["最近一次备份已是 5 天前。"]


def test_a_message_goes_out_once_a_day(filled, monkeypatch):
    damage(files(filled)[0])
    check_part(filled, whole=True)
    with post_opened() as post:
        rule = Reminders(urls=(post.url,), from_hour=0, to_hour=24, retry_minutes=30)
        told = replace(filled, settings=filled.settings.model_copy(update={"reminders": rule}))
        assert (send_alerts(told), send_alerts(told)) == (1, 0)
        assert "损坏或缺失" in str(post.messages[0])
        later = _now() + DAY_MS
        monkeypatch.setattr(alarm_module, "now_ms", lambda: later)
        assert send_alerts(told) == 1
    monkeypatch.setattr(alarm_module, "now_ms", lambda: later + DAY_MS)
    assert send_alerts(told) == 0  # nobody answers
    monkeypatch.setattr(alarm_module, "now_ms", lambda: later + DAY_MS + HOUR_MS)
    with post_opened() as post:
        rule = rule.model_copy(update={"urls": (post.url,)})
        settings = told.settings.model_copy(update={"reminders": rule})
        again = replace(told, settings=settings)
        assert send_alerts(again) == 1


def test_a_diary_that_cannot_be_read_costs_only_time(filled):
    check_part(filled)
    (filled.folder / "records" / "care.json").write_text("{", "utf-8")
    assert check_part(filled).files == 4
    assert read_records(filled)[Job.FIXITY].after
