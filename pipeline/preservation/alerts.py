"""Say what threatens the production: damaged files, backups that fail or are long ago."""

from __future__ import annotations

from pipeline.core.notifications import send
from pipeline.i18n import _, ngettext, use_language
from pipeline.preservation.job_log import Job, JobRecord, read_records, update_record
from pipeline.repository.ledger import now_ms
from pipeline.workflow.production import Production

__all__ = ["current_alerts", "send_alerts"]

_DAY_MS = 86_400_000
_OLD_MS = 3 * _DAY_MS
_NAMED = 3


def current_alerts(production: Production) -> list[str]:
    """Return what is to be seen to, a line each; nothing where all is well."""
    found = read_records(production)
    return [line for duty, entry in found.items() for line in _lines(production, duty, entry)]


def send_alerts(production: Production) -> int:
    """Send what is to be seen to, to every address, once a day; return how many took it."""
    rule = production.settings.reminders
    with use_language("zh"):
        lines = current_alerts(production)
        told_ms = read_records(production)[Job.FIXITY].told_ms
        if not lines or now_ms() < told_ms + _DAY_MS:
            return 0
        update_record(
            production, Job.FIXITY, told_ms=now_ms()
        )  # before, so that it is never sent twice
        title = _("{production}: its files need looking after").format(
            production=production.settings.project.name
        )
        taken = sum(send(url, title, "\n".join(lines)) for url in rule.urls)
    if not taken:
        again_ms = now_ms() - _DAY_MS + rule.retry_minutes * 60_000
        update_record(production, Job.FIXITY, told_ms=again_ms)
    return taken


def _lines(production: Production, duty: Job, entry: JobRecord) -> list[str]:
    lines = []
    if entry.damaged:
        n = len(entry.damaged)
        some = ", ".join(name[:12] for name in sorted(entry.damaged)[:_NAMED])
        lines.append(ngettext(
            "{n} file of the store is damaged or missing: {some}. Restore it from the backup.",
            "{n} files of the store are damaged or missing: {some}. Restore them from the backup.",
            n,
        ).format(n=n, some=some))  # fmt: skip
    if duty is Job.FIXITY and entry.trouble:
        lines.append(_("The store could not be checked: {why}").format(why=entry.trouble))
    if duty is Job.REPORT and entry.trouble:
        lines.append(_("The weekly report could not be written: {why}").format(why=entry.trouble))
    if duty is Job.BACKUP and production.settings.care.backup_folder:
        lines += _about_backups(entry)
    return lines


def _about_backups(entry: JobRecord) -> list[str]:
    if entry.trouble:
        return [_("The last backup failed: {why}").format(why=entry.trouble)]
    age_ms = now_ms() - entry.done_ms
    if entry.done_ms and age_ms > _OLD_MS:
        return [_("The last backup is {n} days old.").format(n=age_ms // _DAY_MS)]
    return []
