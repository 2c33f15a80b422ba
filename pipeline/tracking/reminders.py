"""Reminders of pending actions: once when an action begins to wait, and daily once it is late.

Every address gets one message with all of them, and each action at most once a day. A message is
recorded before it is sent, so that nobody is reminded twice after a crash; a message that could not
be sent is recorded too and sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.core.clock import CHINA_TIME
from pipeline.core.notifications import send
from pipeline.i18n import _, use_language
from pipeline.repository.journal import newest_entry, short_head
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import ReminderRow, SubjectRow
from pipeline.stage import Role
from pipeline.tracking.pending_actions import PendingAction, pending_actions
from pipeline.workflow.production import Production

__all__ = ["remind", "time_to_remind"]

_LINES = 30  # WeCom takes 4096 bytes
_DAY_MS = 86_400_000


def remind(production: Production) -> int:
    """Send the reminders due now; return how many messages were accepted.

    To be called every few minutes. Errors are logged, not raised.
    """
    if not time_to_remind(production):
        return 0
    with use_language("zh"):
        open_ = pending_actions(production)
        return sum(_remind(production, url, open_) for url in production.settings.reminders.urls)


def time_to_remind(production: Production) -> bool:
    """Tell whether there are addresses, and messages may go out at this hour."""
    rule = production.settings.reminders
    return bool(rule.urls) and rule.from_hour <= _now().hour < rule.to_hour


def _remind(production: Production, url: str, open_: Sequence[PendingAction]) -> bool:
    channel = hashlib.sha256(url.encode()).hexdigest()[:16]
    due = _claim(production, channel, open_)
    if not due:
        return False
    with production.ledger.read() as session:
        newest = newest_entry(session)
    # Kept by whoever gets the message, it proves that nothing was cut off (chifeng audit --head).
    head = _("Head of the journal: {head}").format(head=short_head(newest)) if newest else ""
    taken = send(url, _title(production, due), f"{_body(due)}\n{head}".strip())
    if not taken:
        with production.ledger.write() as session:
            _note(session, channel, due, failed=True)
    return taken


def _claim(
    production: Production, channel: str, open_: Sequence[PendingAction]
) -> list[PendingAction]:
    """Choose the actions to send, and record them."""
    with production.ledger.write() as session:
        last = _last(session, channel)
        retry_ms = production.settings.reminders.retry_minutes * 60_000
        due = [w for w in open_ if _is_due(w, last.get(_gate(w)), retry_ms)]
        _note(session, channel, due, failed=False)
    return due


def _is_due(action: PendingAction, last: ReminderRow | None, retry_ms: int) -> bool:
    if last is None:
        return True
    if last.failed:
        return now_ms() >= last.at_ms + retry_ms
    if last.day == _today():
        return False
    return action.late or last.since_ms != action.since_ms


def _last(session: Session, channel: str) -> dict[tuple[str, str], ReminderRow]:
    """Return the latest row of every gate."""
    latest = (
        select(func.max(ReminderRow.id))
        .where(ReminderRow.channel == channel)
        .group_by(ReminderRow.subject_id, ReminderRow.stage)
    )
    rows = session.execute(
        select(SubjectRow.slug, ReminderRow)
        .join(SubjectRow, SubjectRow.id == ReminderRow.subject_id)
        .where(ReminderRow.id.in_(latest))
    )
    return {(slug, row.stage): row for slug, row in rows}


def _note(
    session: Session, channel: str, actions: Iterable[PendingAction], *, failed: bool
) -> None:
    ids = {row.slug: row.id for row in session.execute(select(SubjectRow.slug, SubjectRow.id))}
    session.add_all(
        ReminderRow(
            subject_id=ids[action.state.subject.slug], stage=action.state.stage.slug,
            channel=channel, day=_today(), since_ms=action.since_ms, failed=failed, at_ms=now_ms(),
        )
        for action in actions
    )  # fmt: skip


def _gate(action: PendingAction) -> tuple[str, str]:
    return action.state.subject.slug, action.state.stage.slug


def _title(production: Production, due: Sequence[PendingAction]) -> str:
    late = sum(action.late for action in due)
    return _("{production}: {n} to do, {late} of them late").format(
        production=production.settings.project.name, n=len(due), late=late
    )


def _body(due: Sequence[PendingAction]) -> str:
    lines = [_line(action) for action in due[:_LINES]]
    if len(due) > _LINES:
        lines.append(_("… and {n} more: “chifeng waiting” lists all.").format(n=len(due) - _LINES))
    return "\n".join(lines)


def _line(action: PendingAction) -> str:
    subject = action.state.subject
    text = _("late, {days} days: {who}: {why} ({people})") if action.late else _(
        "due {date}: {who}: {why} ({people})"
    )  # fmt: skip
    return text.format(
        days=max(1, (now_ms() - action.due_ms) // _DAY_MS),
        date=f"{datetime.fromtimestamp(action.due_ms / 1000, CHINA_TIME):%m-%d}",
        who=subject.named() if subject.number else subject.interviewee,
        why=_why(action),
        people=_(", ").join(action.people or [Role(role).label for role in action.roles]),
    )


def _why(action: PendingAction) -> str:
    if action.status == "gate":
        return _("{stage} is to be signed").format(stage=action.state.stage.label)
    return action.why.rstrip(".。")


def _now() -> datetime:
    return datetime.fromtimestamp(now_ms() / 1000, CHINA_TIME)


def _today() -> str:
    return _now().date().isoformat()
