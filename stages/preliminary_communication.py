"""Preliminary communication: who the interviewee is, and what they consented to.

Needs the contact record, the scans of the signed consent form and its terms as typed; makes one
checked record of them, the interviewee_file. The producer signs it. A consent that does not suffice
still gives a file, so that the producer sees what is lacking, but it cannot be signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.artefacts.interviewee_file import (
    Consent,
    Contacts,
    IntervieweeFile,
    LifeStation,
    Registration,
)
from pipeline.core.clock import today
from pipeline.documents.forms import (
    ConsentTerms,
    ContactRecord,
    read_consent_terms,
    read_contact_record,
)
from pipeline.i18n import _
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage, Subject
from pipeline.workflow.consent import refusals

__all__ = ["STAGE", "Makes", "Needs"]


@dataclass(frozen=True)
class Needs:
    """What people bring from the first contact."""

    subject: Subject
    contact_record: Artefact
    consent_form: tuple[Artefact, ...]
    consent_terms: Artefact


@dataclass(frozen=True)
class Makes:
    """The one record."""

    interviewee_file: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Join contact record and consent in one file.

    Raises FormError when a form cannot be read.
    """
    record = read_contact_record(needs.contact_record.path)
    terms = read_consent_terms(needs.consent_terms.path)
    content = {
        **record.model_dump(),
        "birth_year": record.birth_year,
        "contacts": Contacts(**record.contacts.model_dump()),
        "field": record.field or needs.subject.field,
        "life": _life(record),
        "registered": Registration(name=needs.subject.plain_name, field=needs.subject.field),
        "contact_record_sha256": needs.contact_record.sha256,
        "consent": _consent(terms, needs),
    }
    return Makes(IntervieweeFile(**content).write(folder / "interviewee.json"))


def _life(record: ContactRecord) -> tuple[LifeStation, ...]:
    stations = sorted(record.life, key=lambda station: (station.year, station.text))
    return tuple(LifeStation(**station.model_dump()) for station in stations)


def _consent(terms: ConsentTerms, needs: Needs) -> Consent:
    content = {
        **terms.model_dump(),
        "uses": tuple(sorted(terms.uses)),
        "form_sha256": tuple(sorted(form.sha256 for form in needs.consent_form)),
        "terms_sha256": needs.consent_terms.sha256,
    }
    return Consent(**content)


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Say whether the consent suffices today, and what is incomplete or contradictory."""
    file = IntervieweeFile.read(makes.interviewee_file)
    reasons = refusals(file.consent, today(), settings)
    return (
        *(Finding("error", reason) for reason in reasons),
        *_contradictions(file),
        *_gaps(file),
    )


def _contradictions(file: IntervieweeFile) -> list[Finding]:
    found = []
    if file.consent.name != file.name:
        message = _("The consent is {consent}'s, the contact record {record}'s.")
        text = message.format(consent=file.consent.name, record=file.name)
        found.append(Finding("error", text))
    if file.registered.name != file.name:
        message = _("Registered as {registered}, but the contact record says {record}.")
        text = message.format(registered=file.registered.name, record=file.name)
        found.append(Finding("warning", text))
    if file.registered.field != file.field:
        message = _(
            "Registered under the field {registered}, but the contact record says {record}."
        )
        text = message.format(registered=file.registered.field, record=file.field)
        found.append(Finding("warning", text))
    for station in file.life:
        if station.year < file.birth_year:
            message = _("{year}, {text}: that is before the birth.")
            text = message.format(year=station.year, text=station.text)
            found.append(Finding("warning", text))
    return found


def _gaps(file: IntervieweeFile) -> list[Finding]:
    found = []
    if len(file.life) < 3:
        message = _(
            "The contact record holds {n} stations of life; the outline is drafted from them."
        )
        found.append(Finding("warning", message.format(n=len(file.life))))
    if file.consent.pseudonym:
        message = _("The interviewee appears under a pseudonym: {name}.")
        found.append(Finding("note", message.format(name=file.consent.pseudonym)))
    for restriction in file.consent.restrictions:
        found.append(Finding("note", _("The consent restricts: {text}.").format(text=restriction)))
    return found


STAGE = Stage(
    number=1,
    slug="preliminary_communication",
    title="前期沟通",
    scope=Scope.INTERVIEWEE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.PRODUCER,
    settings=("consent",),
    check=check,
    needs_consent=False,
)
