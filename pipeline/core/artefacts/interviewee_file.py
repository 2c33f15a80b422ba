"""The interviewee file: who the interviewee is and what they consented to."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from pipeline.core.artefacts.base import JsonArtefact, Record
from pipeline.stage import Subject

__all__ = ["Consent", "Contacts", "IntervieweeFile", "LifeStation", "Registration"]


class Contacts(Record):
    """How to reach the interviewee."""

    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    address: str | None = None
    relative: str | None = None
    relative_phone: str | None = None


class LifeStation(Record):
    """One dated station of a life. `until` is the last year of a span."""

    year: int
    text: str
    until: int | None = None


class Registration(Record):
    """The name and field the interviewee was registered under before the first contact."""

    name: str = ""
    field: str = ""


class Consent(Record):
    """What may be published where and until when, and the scans that prove it.

    `valid_until` None means for good.
    """

    name: str = ""
    uses: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    pseudonym: str | None = None
    restrictions: tuple[str, ...] = ()
    signer: str | None = None
    relation: str | None = None
    signed_on: date | None = None
    withdrawn_on: date | None = None
    notes: str | None = None
    form_sha256: tuple[str, ...] = ()
    terms_sha256: str = ""


class IntervieweeFile(JsonArtefact):
    """Contact record and consent, checked. `born` is `1940`, `1940-05` or `1940-05-12`."""

    consent: Consent
    name: str = ""
    born: str = ""
    birth_year: int = 0
    hometown: str = ""
    gender: str | None = None
    ethnicity: str | None = None
    field: str = ""
    position: str | None = None
    contacts: Contacts = Field(default_factory=Contacts)
    life: tuple[LifeStation, ...] = ()
    topics: tuple[str, ...] = ()
    selection: str | None = None
    recommender: str | None = None
    speech: str | None = None
    care: str | None = None
    first_contact: date | None = None
    contacted_by: str | None = None
    notes: str | None = None
    registered: Registration = Field(default_factory=Registration)
    contact_record_sha256: str = ""

    def only(self, *names: str) -> IntervieweeFile:
        """Return a file with these fields alone; `consent.pseudonym` is one of the consent.

        A stage reads through it, so that it uses no more than it says (`USES`, pipeline/stage.py).
        """
        content = self.model_dump(exclude_unset=True)
        kept: dict[str, Any] = {"consent": {}}
        for name in names:
            part, _dot, field = name.rpartition(".")
            source = content.get(part, {}) if part else content
            if field in source:
                (kept.setdefault(part, {}) if part else kept)[field] = source[field]
        return IntervieweeFile(**kept)

    def published_name(self, subject: Subject) -> str:
        """Return the name the episode is published under: the consent's pseudonym, or the name."""
        return self.consent.pseudonym or self.name or subject.plain_name
