"""The forms people fill in: what they must say, read strictly, refused with file, key and line.

A form is a YAML file, a Markdown file whose head between two lines of `---` is YAML, or JSON. Keys
may be Chinese or English. To add a form: write a module with a subclass of `Form` (see base.py), a
commented template of the kind's name in config/templates/, and a line in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.captions.formats.text_file import read_text_file
from pipeline.documents.forms.base import Form, read_form
from pipeline.documents.forms.consent_terms import ConsentTerms
from pipeline.documents.forms.contact_record import ContactRecord, Contacts, LifeStation
from pipeline.documents.forms.scans import check_scan
from pipeline.documents.forms.withholding_request import RequestedPassage, WithholdingRequest
from pipeline.settings import config_folder

__all__ = [
    "CHECKS",
    "ConsentTerms",
    "ContactRecord",
    "Contacts",
    "Form",
    "LifeStation",
    "RequestedPassage",
    "WithholdingRequest",
    "check_form",
    "read_consent_terms",
    "read_contact_record",
    "read_withholding_request",
    "template",
]


def read_contact_record(path: Path) -> ContactRecord:
    """Read a contact record. Raises FormError."""
    return read_form(ContactRecord, path)


def read_consent_terms(path: Path) -> ConsentTerms:
    """Read the terms of a consent. Raises FormError."""
    return read_form(ConsentTerms, path)


def read_withholding_request(path: Path) -> WithholdingRequest:
    """Read a request to withhold passages. Raises FormError."""
    return read_form(WithholdingRequest, path)


CHECKS: dict[str, Callable[[Path], object]] = {
    "contact_record": read_contact_record,
    "consent_terms": read_consent_terms,
    "consent_form": check_scan,
    "signed_paper": check_scan,
    "signature": check_scan,
    "withholding_request": read_withholding_request,
    "outline_revision": read_text_file,
}


def check_form(kind: str, path: Path) -> None:
    """Refuse a deposit of this kind if it cannot be used; kinds that are no forms pass.

    Raises FormError.
    """
    reader = CHECKS.get(kind)
    if reader is not None:
        reader(path)


def template(kind: str, config: Path | None = None) -> Path | None:
    """Return the commented template of that kind to fill in; None where there is none."""
    path = (config or config_folder()) / "templates" / f"{kind}.yaml"
    return path if path.exists() else None
