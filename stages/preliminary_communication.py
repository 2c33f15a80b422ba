"""Preliminary communication: who the interviewee is, and what they consented to.

Needs the contact record, the scans of the signed consent form and its terms as typed; makes one
checked record of them, the interviewee_file. The producer signs it. A consent that does not suffice
still gives a file, so that the producer sees what is lacking, but it cannot be signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.clock import today
from pipeline.core.files import read_json, write_json
from pipeline.documents.forms import ConsentTerms, read_consent_terms, read_contact_record
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
    """One record of it all."""

    interviewee_file: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Put contact record and consent together.

    Raises FormError when a form cannot be read.
    """
    record = read_contact_record(needs.contact_record.path)
    terms = read_consent_terms(needs.consent_terms.path)
    told = record.model_dump(mode="json")
    told["life"] = sorted(told["life"], key=lambda station: (station["year"], station["text"]))
    told["birth_year"] = record.birth_year
    told["field"] = record.field or needs.subject.field
    told["registered"] = {"name": needs.subject.interviewee, "field": needs.subject.field}
    told["contact_record_sha256"] = needs.contact_record.sha256
    told["consent"] = _consent(terms, needs)
    return Makes(write_json(folder / "interviewee.json", told))


def _consent(terms: ConsentTerms, needs: Needs) -> dict[str, Any]:
    return {
        **terms.model_dump(mode="json"),
        "uses": sorted(terms.uses),
        "form_sha256": sorted(form.sha256 for form in needs.consent_form),
        "terms_sha256": needs.consent_terms.sha256,
    }


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Say whether the consent suffices today, and what is incomplete or contradictory."""
    told = read_json(makes.interviewee_file)
    lacking = refusals(told["consent"], today(), settings)
    return (*(Finding("error", reason) for reason in lacking), *_contradictions(told), *_gaps(told))


def _contradictions(told: dict[str, Any]) -> list[Finding]:
    found = []
    registered, consent = told["registered"], told["consent"]
    if consent["name"] != told["name"]:
        message = _("The consent is {consent}'s, the contact record {record}'s.")
        text = message.format(consent=consent["name"], record=told["name"])
        found.append(Finding("error", text))
    if registered["name"] != told["name"]:
        message = _("Registered as {registered}, but the contact record says {record}.")
        text = message.format(registered=registered["name"], record=told["name"])
        found.append(Finding("warning", text))
    if registered["field"] != told["field"]:
        message = _(
            "Registered under the field {registered}, but the contact record says {record}."
        )
        text = message.format(registered=registered["field"], record=told["field"])
        found.append(Finding("warning", text))
    for station in told["life"]:
        if station["year"] < told["birth_year"]:
            message = _("{year}, {text}: that is before the birth.")
            found.append(Finding("warning", message.format(**station)))
    return found


def _gaps(told: dict[str, Any]) -> list[Finding]:
    found = []
    if len(told["life"]) < 3:
        message = _(
            "The contact record holds {n} stations of life; the outline is drafted from them."
        )
        found.append(Finding("warning", message.format(n=len(told["life"]))))
    if told["consent"]["pseudonym"]:
        message = _("The interviewee appears under a pseudonym: {name}.")
        found.append(Finding("note", message.format(name=told["consent"]["pseudonym"])))
    for restriction in told["consent"]["restrictions"]:
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
