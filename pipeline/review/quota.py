"""How much may come from an interviewee about one episode in a day, by whatever link or account.

An interviewee's link is in the hands of whoever has the paper and the code. The limits (`[desk]` in
the settings) are far above what anybody says or types in a day; what was saved stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_subject
from pipeline.repository.tables import DepositRow, DraftRow, NoteRow
from pipeline.review.drafts import Change
from pipeline.workflow.production import Production

__all__ = ["QuotaError", "require_answers", "require_note", "require_upload"]

_DAY_MS = 86_400_000


class QuotaError(ChifengError):
    """More than may come from one interviewee in a day."""


def require_upload(
    production: Production, slug: str, person: str, size_bytes: int, unfinished_bytes: int = 0
) -> None:
    """Raise QuotaError where a file of this size is too much on top of the last day's.

    `unfinished_bytes` are those announced and not deposited yet.
    """
    with production.ledger.read() as session:
        came = session.scalar(
            select(func.coalesce(func.sum(DepositRow.size_bytes), 0)).where(
                *_of_today(session, DepositRow, slug, person)
            )
        )
    most = production.settings.desk.link_upload_mb_per_day * 1e6
    if int(came or 0) + unfinished_bytes + size_bytes > most:
        raise _reached(production)


def require_note(production: Production, slug: str, person: str) -> None:
    """Raise QuotaError where one more note is too many on top of the last day's."""
    with production.ledger.read() as session:
        came = session.scalar(
            select(func.count()).where(
                *_of_today(session, NoteRow, slug, person), NoteRow.action == "note"
            )
        )
    if int(came or 0) >= production.settings.desk.link_notes_per_day:
        raise _reached(production)


def require_answers(
    production: Production, slug: str, person: str, changes: Sequence[Change]
) -> None:
    """Raise QuotaError where these answers are too many, or too long, on top of the last day's."""
    desk = production.settings.desk
    with production.ledger.read() as session:
        stored = func.length(cast(DraftRow.after, Text)) + func.length(cast(DraftRow.before, Text))
        rows, text = session.execute(
            select(func.count(), func.coalesce(func.sum(stored), 0)).where(
                *_of_today(session, DraftRow, slug, person)
            )
        ).one()
    new = sum(len(c.before.text) + len(c.after.text) for c in changes if c.before and c.after)
    if (
        rows + len(changes) > desk.link_answers_per_day
        or text + new > desk.link_text_mb_per_day * 1e6
    ):
        raise _reached(production)


def _of_today(
    session: Session, table: type[DepositRow | NoteRow | DraftRow], slug: str, person: str
) -> tuple[ColumnElement[bool], ...]:
    return (
        table.subject_id == find_subject(session, slug).id,
        table.person == person,
        table.at_ms > now_ms() - _DAY_MS,
    )


def _reached(production: Production) -> QuotaError:
    telephone = production.settings.desk.telephone
    return QuotaError(
        _("That is very much for one day. All that was kept before stays kept."),
        remedy=_("Please go on tomorrow, or call us: {telephone}").format(telephone=telephone)
        if telephone
        else _("Please go on tomorrow, or call us."),
    )
