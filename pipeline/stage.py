"""What a stage is. Read this to write one.

A stage module in stages/ holds, in this order: a docstring (its step in the paper's words, what it
needs, makes, and who signs), a frozen dataclass `Needs`, a frozen dataclass `Makes`, the function
`run`, optionally `check`, and last `STAGE`, which ties them together; stages/__init__.py lists it.

- The field names of `Needs` and `Makes` are artefact kinds (kinds.py) or, in `Needs` alone, one of
  the two words of context below. A field of `Needs` is an `Artefact`, `Artefact | None` (works
  without), or `tuple[Artefact, ...]` (at least one). A field of `Makes` is a `Path`, `Path | None`
  or `tuple[Path, ...]`.
- `subject: Subject` in `Needs` gives who and which episode this is. It is part of what decides
  whether the work must be done again; ask for it only where it shows in the result.
- `signoffs: tuple[SignedLine, ...]` in `Needs` gives the sign-offs so far, for reading out. It does
  not cause work to be done again.
- `ONE_OF = (("edit_list", "finished_cut"),)` on `Needs` says that of these optional deposits one
  must be there; where several are, the latest counts and the others are None.
- `ONLY_WITH = {"words": "titles"}` on `Needs` says that a field is needed while that table of
  settings is in use (settings.py, `idle`); otherwise it is None, and no part of the key.
- `USES = {"interviewee_file": function}` on `Needs` says what the stage uses of an input: the
  function takes the Needs and returns a value to compare. While that stays the same, another
  version of the input causes nothing to be done again. It must return all that `run` may read of
  it; best, both read through one function (IntervieweeFile.only). It may raise a ChifengError.
- `UNTIL_SIGNED = {"glossary": "initial_proofreading"}` says that once that stage was signed upon
  what this one made, a change of the input causes nothing to be done again; a send-back does.
- `LASTING = {"recording_report": ("camera_originals",)}` says that while this input waits to be
  signed anew, the version signed last is used, with only those of the other inputs that it was
  made from, if all that the stage USES is among them.
- `run(needs, settings, folder)` reads its needs, writes only below `folder` (fresh and empty),
  remembers nothing, and returns where it wrote. Equal needs and settings must give equal bytes:
  no clock, no random numbers, no host name in what it writes. It raises a ChifengError, or lets
  one pass, to say that it cannot. It calls `progress.report` when it takes more than seconds.
- `settings` names the parts of Settings that `run` and `check` read; they see no others.
- `version` grows when a change of the code must cause the work to be done again.
- `needs_consent` is False for what happens before the consent is there.
- `page` is the page of the desk on which people decide about the stage; empty: beside the others on
  the page of the episode. `signed_on_draft` says that the page `proofread` takes the signature too;
  else what the stage makes of the corrections is looked at first.
- A signature binds to everything the stage made; `signs` names the inputs the signer looks at as
  well, such as the film itself: where one of those changes, the signature lapses too.
- `check(makes, settings)` looks at the result and returns findings. It runs after `run` and again
  before a person may sign; an `error` among them forbids the signature, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pipeline.errors import NotFoundError
from pipeline.i18n import _, language
from pipeline.queues import Queue
from pipeline.settings import Settings

__all__ = [
    "AnyStage", "Artefact", "Finding", "Makes", "Needs", "Role", "Scope", "SignedLine", "Stage",
    "Subject", "find_stage",
]  # fmt: skip

Needs = TypeVar("Needs")
Makes = TypeVar("Makes")


class Scope(StrEnum):
    """How often a stage is performed."""

    INTERVIEWEE = "interviewee"
    EPISODE = "episode"


class Role(StrEnum):
    """Who people are in the production (the paper's division of work)."""

    ADMINISTRATOR = "administrator"
    PRODUCER = "producer"
    DIRECTOR = "director"
    CINEMATOGRAPHER = "cinematographer"
    EDITOR = "editor"
    TECHNICIAN = "technician"
    INTERVIEWEE = "interviewee"
    LEADER = "leader"

    @property
    def label(self) -> str:
        """Name the role in the reader's language."""
        return _(self.value)


@dataclass(frozen=True)
class Artefact:
    """A file of a known kind, immutable, named by its SHA-256.

    `name` is what people call the file; `place` is where it lies, or will, once it is asked for.
    `base` is, for a correction, the automatic version it was made upon. `fetch` is what
    brings the file to its place.
    """

    kind: str
    sha256: str
    name: str
    place: Path
    size_bytes: int
    base: Artefact | None = None
    fetch: Callable[[Path], Path] | None = field(default=None, repr=False, compare=False)

    @property
    def path(self) -> Path:
        """The file, read-only; fetched first where the store keeps it elsewhere.

        Raises StorageUnavailableError, and IntegrityError where the file differs from its digest.
        """
        return self.place if self.fetch is None else self.fetch(self.place)


_DISTINCTION = re.compile("（[^（）]*）$")


@dataclass(frozen=True)
class Subject:
    """Whose work this is: an interviewee, or one of their episodes.

    `slug` is `wang-guilan` or `wang-guilan/01`. `number` and `title` are an episode's; for an
    interviewee they are 0 and empty. `language` is a Whisper code such as `zh`.
    """

    slug: str
    scope: Scope
    interviewee: str
    field: str
    phase: int
    language: str
    number: int = 0
    title: str = ""

    @property
    def plain_name(self) -> str:
        """The interviewee's name without what tells them from others: 王芳 of 王芳（1938）."""
        return _DISTINCTION.sub("", self.interviewee) or self.interviewee

    def named(self, person: str = "") -> str:
        """Name the episode as it stands above what is made of it, under the person's own name or
        the one given: `王桂兰 01 童年`."""
        return f"{person or self.interviewee} {self.number:02d} {self.title}".strip()


@dataclass(frozen=True)
class SignedLine:
    """One sign-off as it is read out in a dossier. `at_ms` is Unix time in milliseconds,
    `evidence` as in the ledger (repository/evidence.py)."""

    stage: str
    action: str
    person: str
    role: str
    via: str
    reason: str
    at_ms: int
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Something a check saw. Times are milliseconds from the start of the episode."""

    level: Literal["error", "warning", "note"]
    message: str
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True)
class Stage(Generic[Needs, Makes]):
    """One of the twelve. `number` is its place in the paper's order, `title` its Chinese name,
    `queue` what it needs of the machine that performs it."""

    number: int
    slug: str
    title: str
    scope: Scope
    needs: type[Needs]
    makes: type[Makes]
    run: Callable[[Needs, Settings, Path], Makes]
    signed_by: Role | None = None
    settings: tuple[str, ...] = ()
    version: int = 1
    check: Callable[[Makes, Settings], tuple[Finding, ...]] | None = None
    signs: tuple[str, ...] = ()
    queue: Queue = Queue.LIGHT
    needs_consent: bool = True
    page: Literal["", "proofread", "review"] = ""
    signed_on_draft: bool = False

    @property
    def label(self) -> str:
        """Name the stage with its number, as it stands on every board: `06 字幕初稿`."""
        return f"{self.number:02d} {self.title if language() == 'zh' else self.english}"

    @property
    def task_name(self) -> str:
        """Name the stage for Prefect, in Chinese whoever reads it."""
        return f"{self.number:02d} {self.title}"

    @property
    def english(self) -> str:
        """Name the stage in the paper's English words."""
        return self.slug.replace("_", " ").capitalize()


AnyStage = Stage[Any, Any]


def find_stage(stages: Sequence[AnyStage], name: str) -> AnyStage:
    """Return a stage by its slug, its number or its Chinese title; raises NotFoundError."""
    wanted = name.strip().replace("-", "_").replace(" ", "_").lower()
    for stage in stages:
        if wanted in (stage.slug, str(stage.number), f"{stage.number:02d}", stage.title):
            return stage
    raise NotFoundError(
        _("There is no stage called “{name}”.").format(name=name),
        remedy=_("The stages are: {stages}.").format(
            stages=", ".join(f"{s.number:02d} {s.slug}" for s in stages)
        ),
    )
