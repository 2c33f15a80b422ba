"""The release record: which files went in, which came out, who signed, on what terms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.core.interviewee_file import published_name
from pipeline.media.redaction import RedactionPlan
from pipeline.settings import Settings
from pipeline.stage import Artefact, SignedLine, Subject

__all__ = ["release_record"]

_CHUNK = 1 << 20


def release_record(
    subject: Subject,
    told: Mapping[str, Any],
    *,
    inputs: Iterable[Artefact],
    outputs: Mapping[str, Path],
    signoffs: Sequence[SignedLine],
    withheld: RedactionPlan,
    settings: Settings,
    tables: Sequence[str],
    tools: Mapping[str, str],
) -> dict[str, Any]:
    """Return the record; equal arguments give an equal record.

    It may be published, so that it keeps what is private: of withheld passages it tells when, not
    why or what, of sign-offs not the reason; and under a pseudonym the name nowhere.
    """
    hidden = bool(told["consent"].get("pseudonym"))
    record: dict[str, Any] = {
        "subject": asdict(subject) | ({"slug": ""} if hidden else {}),
        "consent": _terms(told["consent"]),
        "inputs": sorted((_input(a) for a in inputs), key=lambda i: (i["kind"], i["sha256"])),
        "outputs": [_output(kind, path) for kind, path in sorted(outputs.items())],
        "signoffs": [_signoff(line) for line in signoffs],
        "withheld": [
            {"start_ms": start, "end_ms": end, "action": passage.action}
            for passage in withheld.passages
            for start, end in withheld.spans_ms([passage])
        ],
        "settings": {table: settings.digest((table,)) for table in tables},
        "tools": dict(tools),
    }
    if not hidden:
        return record
    names = {subject.interviewee, str(told.get("name", ""))} - {""}
    return {
        key: _renamed(part, names, published_name(subject, told)) for key, part in record.items()
    }


def _terms(consent: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("uses", "valid_from", "valid_until", "pseudonym", "restrictions", "form_sha256")
    return {key: consent[key] for key in wanted if key in consent}


def _input(artefact: Artefact) -> dict[str, Any]:
    return {"kind": artefact.kind, "sha256": artefact.sha256, "size_bytes": artefact.size_bytes}


def _output(kind: str, path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    size = path.stat().st_size
    return {"kind": kind, "file": path.name, "sha256": digest.hexdigest(), "size_bytes": size}


def _signoff(line: SignedLine) -> dict[str, Any]:
    return {key: value for key, value in asdict(line).items() if key != "reason"}


def _renamed(value: Any, names: set[str], to: str) -> Any:
    """Return the value with every name in its texts replaced."""
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, to)
        return value
    if isinstance(value, dict):
        return {key: _renamed(item, names, to) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names, to) for item in value]
    return value
