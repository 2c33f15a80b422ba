"""When each duty is due: at its hour of the night, or at once where a night was missed."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.core.clock import CHINA_TIME
from pipeline.preservation.job_log import Job, JobRecord, read_records
from pipeline.workflow.production import Production

__all__ = ["due_ms"]

_HOUR_MS = 3_600_000
_AFTER_A_FAILURE_MS = 4 * _HOUR_MS
_AFTER_A_CRASH_MS = _HOUR_MS
_WEEK = 7
_DAYS = {Job.FIXITY: 1, Job.BACKUP: 1, Job.REPORT: _WEEK}
"""How many days lie between two times."""


def due_ms(production: Production, duty: Job, now_ms: int) -> int | None:
    """Return when the duty is to be done next, Unix milliseconds; None where it is not wanted.

    What was missed while the machine was off is due now, once. What failed is tried again after
    four hours, what was cut short after one.
    """
    if not _wanted(production, duty):
        return None
    entry = read_records(production)[duty]
    last, period_ms = _last_ms(production, duty, now_ms), _DAYS[duty] * 24 * _HOUR_MS
    if max(entry.done_ms, _begun_ms(production)) >= last:
        return last + period_ms
    if entry.tried_ms < last:
        return now_ms
    return max(now_ms, entry.tried_ms + _pause_ms(entry))


def _wanted(production: Production, duty: Job) -> bool:
    care = production.settings.care
    return {
        Job.FIXITY: care.fixity_days > 0,
        Job.BACKUP: bool(care.backup_folder),
        Job.REPORT: care.weekly_report,
    }[duty]


def _pause_ms(entry: JobRecord) -> int:
    return _AFTER_A_FAILURE_MS if entry.trouble else _AFTER_A_CRASH_MS


def _last_ms(production: Production, duty: Job, now_ms: int) -> int:
    """Return the latest moment at which the duty was due: by night, what is weekly on Mondays."""
    now = datetime.fromtimestamp(now_ms / 1000, CHINA_TIME)
    at = now.replace(hour=production.settings.care.hour, minute=0, second=0, microsecond=0)
    if _DAYS[duty] == _WEEK:
        at -= timedelta(days=at.weekday())
    return int((at if at <= now else at - timedelta(days=_DAYS[duty])).timestamp() * 1000)


def _begun_ms(production: Production) -> int:
    """Return when the home was made: nothing was due before."""
    return int((production.folder / "chifeng-home.json").stat().st_mtime * 1000)
