"""Make the release record: which files went in, which came out, who signed, on what terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pipeline.captions.revision.diff import Change
from pipeline.core.artefacts.interviewee_file import Consent, IntervieweeFile
from pipeline.core.artefacts.release_record import (
    ConsentSummary,
    InputFile,
    OutputFile,
    RedactedPassage,
    ReleaseRecord,
    RevisedPassage,
    SignOffSummary,
)
from pipeline.media.redaction import RedactionPlan
from pipeline.repository.store import digest
from pipeline.settings import Settings
from pipeline.stage import Artefact, Role, SignedLine, Subject

__all__ = ["release_record"]


def release_record(
    subject: Subject,
    file: IntervieweeFile,
    *,
    inputs: Iterable[Artefact],
    outputs: Mapping[str, Path],
    signoffs: Sequence[SignedLine],
    withheld: RedactionPlan,
    revised: Iterable[Change],
    settings: Settings,
    tables: Sequence[str],
    tools: Mapping[str, str],
) -> ReleaseRecord:
    """Return the record; equal arguments give an equal record.

    It may be published, so that it keeps what is private: of withheld passages it tells when, not
    why or what, of sign-offs not the reason; and under a pseudonym the name nowhere. `revised` are
    the changes of the last correction, in the time of the picture.
    """
    hidden = bool(file.consent.pseudonym)
    record = ReleaseRecord(
        subject=replace(subject, slug="") if hidden else subject,
        consent=_summary(file.consent),
        inputs=tuple(sorted(map(_input, inputs), key=lambda i: (i.kind, i.sha256))),
        outputs=tuple(_output(kind, path) for kind, path in sorted(outputs.items())),
        signoffs=tuple(_signoff(line) for line in signoffs),
        withheld=tuple(
            RedactedPassage(start_ms=start_ms, end_ms=end_ms, action=passage.action)
            for passage in withheld.passages
            for start_ms, end_ms in withheld.spans_ms([passage])
        ),
        settings={table: settings.digest((table,)) for table in tables},
        tools=dict(tools),
        revised=tuple(
            RevisedPassage(start_ms=c.start_ms, end_ms=c.end_ms, kind=c.kind) for c in revised
        ),
    )
    if not hidden:
        return record
    names = {subject.interviewee, subject.plain_name, file.name}
    # They may have signed under a name that was corrected since.
    names |= {line.person for line in signoffs if line.role == Role.INTERVIEWEE}
    content = record.model_dump(mode="json", exclude_unset=True)
    renamed = _replace_names(content, names - {""}, file.published_name(subject))
    return ReleaseRecord.model_validate(renamed, strict=False)


def _summary(consent: Consent) -> ConsentSummary:
    public = set(ConsentSummary.model_fields)
    return ConsentSummary(**consent.model_dump(include=public, exclude_unset=True))


def _input(artefact: Artefact) -> InputFile:
    return InputFile(kind=artefact.kind, sha256=artefact.sha256, size_bytes=artefact.size_bytes)


def _output(kind: str, path: Path) -> OutputFile:
    size = path.stat().st_size
    return OutputFile(kind=kind, file=path.name, sha256=digest(path), size_bytes=size)


def _signoff(line: SignedLine) -> SignOffSummary:
    return SignOffSummary(
        **{k: v for k, v in asdict(line).items() if k not in ("reason", "evidence")}
    )


def _replace_names(value: Any, names: set[str], to: str) -> Any:
    """Return the value with every name in its texts replaced."""
    if isinstance(value, str):
        for name in sorted(names, key=len, reverse=True):
            value = value.replace(name, to)
        return value
    if isinstance(value, dict):
        return {key: _replace_names(item, names, to) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_names(item, names, to) for item in value]
    return value
