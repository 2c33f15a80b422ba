"""Which of the sign-offs on a stage count."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.facts import Facts
from pipeline.models import SignOffRow
from pipeline.stage import AnyStage

__all__ = ["counting", "signoffs_of"]


def signoffs_of(own: Facts, stage: AnyStage) -> list[SignOffRow]:
    """Return the sign-offs of one stage, oldest first."""
    return [s for s in own.signoffs if s.stage == stage.slug]


def counting(signoffs: Sequence[SignOffRow], signs: list[list[str]]) -> tuple[SignOffRow, ...]:
    """Return the approvals that count: on just these digests, and not taken back or sent back."""
    found: dict[str, SignOffRow] = {}
    for row in signoffs:
        if row.action == "send_back":
            found.clear()
        elif row.action in ("withdraw", "approve"):
            found.pop(row.person, None)
            if row.action == "approve" and row.digests == signs:
                found[row.person] = row
    return tuple(found.values())
