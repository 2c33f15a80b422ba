"""Everything that can go wrong and whose fault it is.

    ChifengError                 exit code 1
    ├── NotFoundError            2   no such interviewee, episode, stage, kind or person
    ├── InputError               3   what was brought cannot be used; nothing of it was kept
    │   ├── MediaError               picture or sound
    │   ├── SubtitleError            subtitles
    │   └── FormError                contact record, consent, edit list, withholding request, …
    ├── SignOffError             4   signing what is not ready, twice, or without the right to
    │   └── StaleBaseError           somebody else saved a correction meanwhile
    ├── NotReadyError            5   a deposit, a signature or consent is still missing
    ├── BusyError                6   somebody else is at it: another process, a locked database
    ├── MissingTool              7   ffmpeg, font, speech model, Prefect server
    ├── ToolFailed               8   an outside program ran and failed
    ├── StorageError             9   disk full, folder not writable, home of another version
    │   ├── IntegrityError           a stored file is not what the ledger says
    │   ├── StorageUnavailableError  the object storage does not answer; it may again
    │   └── RecordError              a row of the ledger is not what was written
    └── SettingsError           10   a key in config/ or settings.toml is unknown or wrong

Every message says what happened; `remedy` says what to do about it. Both are translated where
they are raised. The exit code belongs to the class.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

__all__ = [
    "BusyError",
    "ChifengError",
    "FormError",
    "InputError",
    "IntegrityError",
    "MediaError",
    "MissingTool",
    "NotFoundError",
    "NotReadyError",
    "RecordError",
    "SettingsError",
    "SignOffError",
    "StaleBaseError",
    "StorageError",
    "StorageUnavailableError",
    "SubtitleError",
    "ToolFailed",
]


class ChifengError(Exception):
    """Say what happened in one line, and what to do.

    `path` is the file concerned, where there is one.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, remedy: str = "", path: Path | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.path = path

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class NotFoundError(ChifengError):
    """Name something the ledger does not hold."""

    exit_code = 2


class InputError(ChifengError):
    """Refuse what was brought."""

    exit_code = 3


class MediaError(InputError):
    """Refuse picture or sound."""


class SubtitleError(InputError):
    """Refuse subtitles. `line` counts from 1, where it is known."""

    def __init__(
        self, what: str, *, remedy: str = "", path: Path | None = None, line: int | None = None
    ) -> None:
        super().__init__(what, remedy=remedy, path=path)
        self.line = line


class FormError(InputError):
    """Refuse a form that is incomplete or wrong. `key` and `line` (from 1) say where, if known."""

    def __init__(
        self,
        what: str,
        *,
        remedy: str = "",
        path: Path | None = None,
        key: str = "",
        line: int | None = None,
    ) -> None:
        super().__init__(what, remedy=remedy, path=path)
        self.key = key
        self.line = line


class SignOffError(ChifengError):
    """Refuse a signature."""

    exit_code = 4


class StaleBaseError(SignOffError):
    """Refuse a correction begun from another version than the latest: it would undo that one.

    `began` and `latest` are digests (`began` is empty where it was begun from nothing), `kind` is
    the slug of what was corrected, `person` saved the latest, `at_ms` (Unix milliseconds) is when.
    """

    def __init__(
        self, what: str, *, began: str, latest: str, kind: str, person: str, at_ms: int,
        remedy: str = "",
    ) -> None:  # fmt: skip
        super().__init__(what, remedy=remedy)
        self.began = began
        self.latest = latest
        self.kind = kind
        self.person = person
        self.at_ms = at_ms


class NotReadyError(ChifengError):
    """Say what a stage still waits for."""

    exit_code = 5


class BusyError(ChifengError):
    """Another process holds what this one needs."""

    exit_code = 6


class MissingTool(ChifengError):
    """An outside program, font or model is not there."""

    exit_code = 7


class ToolFailed(ChifengError):
    """An outside program failed; `detail` holds the end of what it printed."""

    exit_code = 8

    def __init__(
        self, what: str, *, remedy: str = "", path: Path | None = None, detail: str = ""
    ) -> None:
        super().__init__(what, remedy=remedy, path=path)
        self.detail = detail


class StorageError(ChifengError):
    """The disk or the home does not do what it must."""

    exit_code = 9


class IntegrityError(StorageError):
    """A stored file differs from its recorded digest."""

    def __init__(
        self, what: str, *, expected: str, found: str, path: Path, remedy: str = ""
    ) -> None:
        super().__init__(what, remedy=remedy, path=path)
        self.expected = expected
        self.found = found


class StorageUnavailableError(StorageError):
    """The object storage does not answer now. It says nothing about what was asked of it."""


class RecordError(StorageError):
    """A row of the ledger was changed, removed, put in or moved past the program."""


class SettingsError(ChifengError):
    """A settings file is wrong; `path` and `key` say where."""

    exit_code = 10

    def __init__(self, what: str, *, path: Path, key: str = "", remedy: str = "") -> None:
        super().__init__(what, remedy=remedy, path=path)
        self.key = key
