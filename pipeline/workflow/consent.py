"""Check an interviewee's consent.

It is checked each time a stage starts: it can expire or be withdrawn between two stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pipeline.core.artefacts.interviewee_file import Consent, IntervieweeFile
from pipeline.i18n import _
from pipeline.settings import Settings

__all__ = ["refusal", "refusals"]


def refusal(interviewee_file: Path, today: date, settings: Settings) -> str | None:
    """Return why consent forbids recording and everything after on this day; None if it does not.

    Reads `settings.consent`.
    """
    reasons = refusals(IntervieweeFile.read(interviewee_file).consent, today, settings)
    return " ".join(reasons) or None


def refusals(consent: Consent, today: date, settings: Settings) -> tuple[str, ...]:
    """Return every reason why this consent does not suffice."""
    return (*_unsigned(consent), *_not_in_force(consent, today), *_missing_uses(consent, settings))


def _unsigned(consent: Consent) -> Iterator[str]:
    if not consent.form_sha256:
        yield _("There is no scan of a signed consent form.")
    if not consent.signer or not consent.signed_on:
        yield _("The consent is not signed: signer or date is missing.")


def _not_in_force(consent: Consent, today: date) -> Iterator[str]:
    begins = max(filter(None, (consent.signed_on, consent.valid_from)), default=None)
    if begins and begins > today:
        yield _("The consent is not valid before {date}.").format(date=begins)
    ends = consent.valid_until
    if ends and ends < today:
        yield _("The consent expired after {date}.").format(date=ends)
    withdrawn = consent.withdrawn_on
    if withdrawn and withdrawn <= today:
        yield _("The consent was withdrawn on {date}.").format(date=withdrawn)


def _missing_uses(consent: Consent, settings: Settings) -> Iterator[str]:
    missing = [use for use in settings.consent.required_uses if use not in consent.uses]
    if missing:
        yield _("The consent does not cover: {uses}.").format(uses=", ".join(map(_, missing)))
