"""Remind people of what waits for them: once when it begins to, and daily once it is late.

Every address gets one message with all of it, and of each gate at most one a day. Before a message
is sent the ledger says so, so that nobody is reminded twice, whatever crashes; if it could not be
sent the ledger says that too, and it is tried again.
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
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import ReminderRow, SubjectRow
from pipeline.stage import Role
from pipeline.tracking.pending_actions import PendingAction, pending_actions
from pipeline.workflow.production import Production

__all__ = ["remind", "time_to_remind"]

_LINES = 30  # WeCom takes 4096 bytes
_DAY_MS = 86_400_000


def remind(production: Production) -> int:
    """Send what is due now; return how many messages were taken. Quiet without addresses.

    To be called again and again, every few minutes. Not fatal: what fails is in the log.
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
    taken = send(url, _title(production, due), _body(due))
    if not taken:
        with production.ledger.write() as session:
            _note(session, channel, due, failed=True)
    return taken


def _claim(
    production: Production, channel: str, open_: Sequence[PendingAction]
) -> list[PendingAction]:
    """Choose what is to be sent, and write that it is."""
    with production.ledger.write() as session:
        last = _last(session, channel)
        retry_ms = production.settings.reminders.retry_minutes * 60_000
        due = [w for w in open_ if _is_due(w, last.get(_gate(w)), retry_ms)]
        _note(session, channel, due, failed=False)
    return due


def _is_due(turn: PendingAction, last: ReminderRow | None, retry_ms: int) -> bool:
    if last is None:
        return True
    if last.failed:
        return now_ms() >= last.at_ms + retry_ms
    if last.day == _today():
        return False
    return turn.late or last.since_ms != turn.since_ms


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


def _note(session: Session, channel: str, turns: Iterable[PendingAction], *, failed: bool) -> None:
    ids = {row.slug: row.id for row in session.execute(select(SubjectRow.slug, SubjectRow.id))}
    session.add_all(
        ReminderRow(
            subject_id=ids[turn.state.subject.slug], stage=turn.state.stage.slug, channel=channel,
            day=_today(), since_ms=turn.since_ms, failed=failed, at_ms=now_ms(),
        )
        for turn in turns
    )  # fmt: skip


def _gate(turn: PendingAction) -> tuple[str, str]:
    return turn.state.subject.slug, turn.state.stage.slug


def _title(production: Production, due: Sequence[PendingAction]) -> str:
    late = sum(turn.late for turn in due)
    return _("{production}: {n} to do, {late} of them late").format(
        production=production.settings.project.name, n=len(due), late=late
    )


def _body(due: Sequence[PendingAction]) -> str:
    lines = [_line(turn) for turn in due[:_LINES]]
    if len(due) > _LINES:
        lines.append(_("… and {n} more: “chifeng waiting” lists all.").format(n=len(due) - _LINES))
    return "\n".join(lines)


def _line(turn: PendingAction) -> str:
    subject = turn.state.subject
    text = _("late, {days} days: {who}: {why} ({people})") if turn.late else _(
        "due {date}: {who}: {why} ({people})"
    )  # fmt: skip
    return text.format(
        days=max(1, (now_ms() - turn.due_ms) // _DAY_MS),
        date=f"{datetime.fromtimestamp(turn.due_ms / 1000, CHINA_TIME):%m-%d}",
        who=subject.named() if subject.number else subject.interviewee,
        why=_why(turn),
        people=_(", ").join(turn.people or [Role(role).label for role in turn.roles]),
    )


def _why(turn: PendingAction) -> str:
    if turn.status == "gate":
        return _("{stage} is to be signed").format(stage=turn.state.stage.label)
    return turn.why.rstrip(".。")


def _now() -> datetime:
    return datetime.fromtimestamp(now_ms() / 1000, CHINA_TIME)


def _today() -> str:
    return _now().date().isoformat()
