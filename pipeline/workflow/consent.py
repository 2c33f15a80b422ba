"""Check an interviewee's consent.

It is checked each time a stage starts: it can expire or be withdrawn between two stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.core.files import read_json
from pipeline.i18n import _
from pipeline.settings import Settings

__all__ = ["refusal", "refusals"]


def refusal(interviewee_file: Path, today: date, settings: Settings) -> str | None:
    """Return why consent forbids recording and everything after on this day; None if it does not.

    Reads `settings.consent`.
    """
    reasons = refusals(read_json(interviewee_file)["consent"], today, settings)
    return " ".join(reasons) or None


def refusals(consent: dict[str, Any], today: date, settings: Settings) -> tuple[str, ...]:
    """Return every reason why this consent (as the interviewee_file holds it) does not suffice."""
    return (*_unsigned(consent), *_not_in_force(consent, today), *_missing_uses(consent, settings))


def _unsigned(consent: dict[str, Any]) -> Iterator[str]:
    if not consent.get("form_sha256"):
        yield _("There is no scan of a signed consent form.")
    if not consent.get("signer") or not consent.get("signed_on"):
        yield _("The consent is not signed: signer or date is missing.")


def _not_in_force(consent: dict[str, Any], today: date) -> Iterator[str]:
    begins = max(filter(None, (consent.get("signed_on"), consent.get("valid_from"))), default=None)
    if begins and date.fromisoformat(begins) > today:
        yield _("The consent is not valid before {date}.").format(date=begins)
    ends = consent.get("valid_until")
    if ends and date.fromisoformat(ends) < today:
        yield _("The consent expired after {date}.").format(date=ends)
    withdrawn = consent.get("withdrawn_on")
    if withdrawn and date.fromisoformat(withdrawn) <= today:
        yield _("The consent was withdrawn on {date}.").format(date=withdrawn)


def _missing_uses(consent: dict[str, Any], settings: Settings) -> Iterator[str]:
    missing = [use for use in settings.consent.required_uses if use not in consent.get("uses", ())]
    if missing:
        yield _("The consent does not cover: {uses}.").format(uses=", ".join(map(_, missing)))
