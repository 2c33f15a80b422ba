"""Request every interviewee of a phase at once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pipeline.core.clock import CHINA_TIME
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.workflow.production import Production
from pipeline.workflow.roster import find_field, subjects
from pipeline.workflow.scheduling.requests import request

__all__ = ["end_of", "request_phase"]


def request_phase(
    production: Production, phase: int, field: str = "", *, due_ms: int = 0, via: str
) -> list[str]:
    """Request every interviewee of a phase, or of one field of it; return their names.

    `field` is a slug or its Chinese name. Raises NotFoundError listing the phases and fields.
    """
    wanted = find_field(production, field) if field.strip() else ""
    interviewees = [row for row in subjects(production) if row.parent_id is None]
    chosen = [
        row for row in interviewees
        if row.phase == phase and wanted in ("", row.field)
    ]  # fmt: skip
    if not chosen:
        known = sorted({(row.phase, _(row.field)) for row in interviewees})
        listed = (_("phase {n}").format(n=n) + f" {field}" for n, field in known)
        raise NotFoundError(
            _("There is no interviewee of phase {n} {field}.").format(n=phase, field=field),
            remedy=_("There are: {known}.").format(known=_(", ").join(listed) or _("none yet")),
        )
    for row in chosen:
        request(production, row.slug, via=via, due_ms=due_ms)
    return [row.name for row in chosen]


def end_of(day: date) -> int:
    """Return the end of a day of the production's calendar, Unix milliseconds."""
    after = datetime.combine(day + timedelta(days=1), time(), CHINA_TIME)
    return int(after.timestamp() * 1000)
