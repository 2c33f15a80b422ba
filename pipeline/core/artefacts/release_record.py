"""The release record: which files went in, which came out, who signed, on what terms."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from pipeline.core.artefacts.base import JsonArtefact, Record
from pipeline.core.artefacts.restrictions import Action
from pipeline.stage import Subject

__all__ = [
    "ConsentSummary",
    "InputFile",
    "OutputFile",
    "RedactedPassage",
    "ReleaseRecord",
    "RevisedPassage",
    "SignOffSummary",
]


class ConsentSummary(Record):
    """The terms of the consent that may be published. `valid_until` None means for good."""

    uses: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    pseudonym: str | None = None
    restrictions: tuple[str, ...] = ()
    form_sha256: tuple[str, ...] = ()


class InputFile(Record):
    """An artefact the release was made from."""

    kind: str
    sha256: str
    size_bytes: int


class OutputFile(InputFile):
    """An artefact of the release; `file` is its name."""

    file: str


class SignOffSummary(Record):
    """A sign-off without its reason. `at_ms` is Unix time in milliseconds."""

    stage: str
    action: str
    person: str
    role: str
    via: str
    at_ms: int


class RedactedPassage(Record):
    """A passage that was masked or cut, in milliseconds of the picture before cuts."""

    start_ms: int
    end_ms: int
    action: Action


class RevisedPassage(Record):
    """Where the director's last corrections changed the words, in milliseconds of the picture."""

    start_ms: int
    end_ms: int
    kind: Literal["text", "time", "added", "removed", "split", "joined", "lines"]


class ReleaseRecord(JsonArtefact):
    """It may be published: of what is withheld it tells when, not why or what. `settings` holds the
    digest of each table of settings, `tools` the version of each tool."""

    subject: Subject | None = None
    consent: ConsentSummary = Field(default_factory=ConsentSummary)
    inputs: tuple[InputFile, ...] = ()
    outputs: tuple[OutputFile, ...] = ()
    signoffs: tuple[SignOffSummary, ...] = ()
    withheld: tuple[RedactedPassage, ...]
    settings: dict[str, str] = Field(default_factory=dict)
    tools: dict[str, str] = Field(default_factory=dict)
    revised: tuple[RevisedPassage, ...] = ()
