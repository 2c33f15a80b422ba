"""Pause and resume the whole production: recorded in the ledger, so it outlasts any restart.

While it is paused no stage starts on any machine. Running stages finish; people go on signing and
depositing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.core.clock import CHINA_TIME
from pipeline.errors import NotReadyError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.tables import PauseRow
from pipeline.workflow.production import Production

__all__ = ["Pause", "current_pause", "pause", "require_not_paused", "resume"]


@dataclass(frozen=True)
class Pause:
    """Who paused the production, why, and since when (Unix milliseconds)."""

    by: str
    reason: str
    at_ms: int

    @property
    def words(self) -> str:
        """Describe the pause in one line."""
        at = datetime.fromtimestamp(self.at_ms / 1000, CHINA_TIME)
        text = _("The production is paused: {person}, {moment}. {reason}").format(
            person=self.by, moment=f"{at:%Y-%m-%d %H:%M}", reason=self.reason
        )
        return f"⏸ {text}".strip()


def pause(production: Production, *, by: str, reason: str = "") -> bool:
    """Let no stage start; return False where the production was paused already."""
    return _append(production, paused=True, by=by, reason=reason)


def resume(production: Production, *, by: str) -> bool:
    """End the pause; return whether there was one."""
    return _append(production, paused=False, by=by, reason="")


def current_pause(production: Production) -> Pause | None:
    """Return the present pause, or None."""
    with production.ledger.read() as session:
        row = _latest(session)
    return Pause(row.by, row.reason, row.at_ms) if row is not None and row.paused else None


def require_not_paused(production: Production) -> None:
    """Raise NotReadyError while the production is paused."""
    found = current_pause(production)
    if found is not None:
        raise NotReadyError(found.words, remedy=_("It goes on with: chifeng resume"))


def _append(production: Production, *, paused: bool, by: str, reason: str) -> bool:
    with production.ledger.write() as session:
        last = _latest(session)
        if (last is not None and last.paused) is paused:
            return False
        session.add(PauseRow(paused=paused, by=by, reason=reason, at_ms=now_ms()))
        return True


def _latest(session: Session) -> PauseRow | None:
    return session.scalar(select(PauseRow).order_by(PauseRow.id.desc()).limit(1))
