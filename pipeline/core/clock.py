"""The clock: the one time zone of a production."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

__all__ = ["CHINA_TIME", "today"]

CHINA_TIME = timezone(timedelta(hours=8), "UTC+8")
"""Dates and times shown, and dates on forms, are China's, wherever the machine stands."""


def today() -> date:
    """Return the date in China."""
    return datetime.now(CHINA_TIME).date()
