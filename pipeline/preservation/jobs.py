"""The preservation jobs, each recorded in the job log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from pipeline.delivery.release import update_releases
from pipeline.errors import ChifengError, IntegrityError
from pipeline.i18n import _, use_language
from pipeline.preservation.backup import back_up, backup_folder
from pipeline.preservation.fixity import check_part
from pipeline.preservation.job_log import Job, update_record
from pipeline.repository.ledger import now_ms
from pipeline.tracking.weekly_report.tables import heading, summary
from pipeline.tracking.weekly_report.write import write_report
from pipeline.workflow.production import Production

__all__ = ["Outcome", "run_backup", "run_fixity", "run_report"]

Outcome = tuple[str, tuple[IntegrityError, ...]]
"""A line on what was done, and the damaged artefacts."""


def run_fixity(production: Production, *, whole: bool = False) -> Outcome:
    """Check the part of the store that is due, or all of it."""

    def work() -> Outcome:
        update_releases(production)  # a consent may have expired since yesterday
        found = check_part(production, whole=whole)
        line = _("{n} of {of} files were read again ({gb} GB).").format(
            n=found.files, of=found.of, gb=f"{found.size_bytes / 1e9:.1f}"
        )
        return line, found.damaged

    return _recorded(production, Job.FIXITY, work)


def run_backup(production: Production) -> Outcome:
    """Make a backup as the settings say."""

    def work() -> Outcome:
        folder = backup_folder(production)
        made = back_up(production, folder, with_store=production.settings.care.backup_with_store)
        line = _("The backup is in {folder}.").format(folder=made.folder)
        return line, made.damaged

    return _recorded(production, Job.BACKUP, work)


def run_report(production: Production, *, day: date | None = None) -> Outcome:
    """Write the report of the week of a day, or of the last whole week."""

    def work() -> Outcome:
        of = day or production.today() - timedelta(weeks=1)
        week, files = write_report(production, of)
        figures = "，".join(f"{name} {value}" for name, value in summary(week))
        return "\n\n".join([heading(week), figures, *map(str, files)]), ()

    return _recorded(production, Job.REPORT, work)


def _recorded(production: Production, job: Job, work: Callable[[], Outcome]) -> Outcome:
    update_record(production, job, tried_ms=now_ms(), trouble="")
    try:
        with use_language("zh"):  # the log is read by everybody
            outcome = work()
    except Exception as error:
        why = error.what if isinstance(error, ChifengError) else repr(error)
        update_record(production, job, trouble=why)
        raise
    update_record(production, job, done_ms=now_ms())
    return outcome
