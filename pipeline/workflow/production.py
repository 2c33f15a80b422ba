"""A production in its home: a folder with the ledger, the store and the settings.

settings.toml   what differs from config/
ledger.sqlite   the ledger (unless settings name another database)
store/          the artefacts, or copies of them where the settings name a bucket
work/           folders of running stages and unfinished uploads
locks/          locks of running stages
cache/          derived files, made again when missing
released/       released episodes: copies, made again when missing; with modes to copy for all
withdrawn/      what was in released/ and may not be there any more; for this account alone
prefect/ logs/ backups/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from pipeline.core import clock
from pipeline.core.permissions import make_private, open_paths, private_folder, shared_folder
from pipeline.errors import StorageError
from pipeline.i18n import _
from pipeline.repository.home_folder import require_local_disk
from pipeline.repository.journal import HeadFile
from pipeline.repository.ledger import Ledger
from pipeline.repository.locks import HeldLock, Locks, open_locks
from pipeline.repository.object_storage import open_bucket
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.repository.store import Store, storage_errors
from pipeline.repository.store_migration import require_location
from pipeline.settings import Settings, StorePlace, load
from pipeline.stage import AnyStage, find_stage
from pipeline.workflow import consent
from pipeline.workflow.board.cache import BoardCache
from pipeline.workflow.board.file import BoardFile
from pipeline.workflow.stage_state import StageSummary, is_released
from pipeline.workflow.status import ConsentCheck, StageState, derive_status

__all__ = [
    "DepositCheck", "Production", "create_home", "is_home", "open_home", "open_places",
    "require_local_ledger",
]  # fmt: skip

ConsentPolicy = Callable[[Path, date, Settings], str | None]
"""Says why an interviewee file forbids work on a day; None where it does not."""

DepositCheck = Callable[[Path], object]
"""Raises an InputError that says why a file cannot be deposited."""

_MARK = "chifeng-home.json"
_SETTINGS = """\
# Settings of this production. Only what differs from the program's config/ folder stands
# here, under the same names, for example:
# [speech]
# model = "small"
"""
_EARLY = ("README.md", "settings.toml", "demo")  # may be there before the home is made
_SHARED = frozenset(("released", "demo"))
_FOLDERS = ("store", "work", "locks", "cache", "released", "records", "logs", "backups")


@dataclass(frozen=True)
class Production:
    """An opened home: everything the commands, the desk and the flows need to do their work.

    `consent_policy` says why consent forbids work on a day; `deposit_checks` are the checks of
    deposited files by kind, those of pipeline/workflow/ingest/deposits.py if None.
    """

    folder: Path
    settings: Settings
    ledger: Ledger
    store: Store
    stages: tuple[AnyStage, ...]
    locks: Locks
    consent_policy: ConsentPolicy = consent.refusal
    deposit_checks: Mapping[str, DepositCheck] | None = None
    _board: BoardCache[StageState] = field(
        default_factory=BoardCache, init=False, repr=False, compare=False
    )
    _summaries: BoardFile = field(default_factory=BoardFile, init=False, repr=False, compare=False)

    def stage(self, slug: str) -> AnyStage:
        """Return a stage by slug, number or Chinese title; raises NotFoundError."""
        return find_stage(self.stages, slug)

    def states(self, slug: str) -> list[StageState]:
        """Return the state of every stage of an interviewee or episode."""
        with self.ledger.read() as session:
            return self.derive(*load_records(session, find_subject(session, slug)))

    def derive(self, own: SubjectRecords, parent: SubjectRecords | None) -> list[StageState]:
        """Return the states that follow from these records of a subject and its interviewee."""
        return derive_status(
            self.stages, own, parent, self.settings, self.store, self.consent_check()
        )

    def released(self, session: Session, slug: str) -> list[StageState] | None:
        """Return the states of an episode that is released; None where it is not.

        They are derived only where the last stage was approved at some time.
        """
        own, parent = load_records(session, find_subject(session, slug))
        final = self.stages[-1].slug
        if not any(row.stage == final and row.action == "approve" for row in own.signoffs):
            return None
        states = self.derive(own, parent)
        return states if is_released(states) else None

    def board(self) -> dict[str, list[StageState]]:
        """Return the states of every stage of every subject, by slug, in order."""
        return self._board.refresh(self)

    def summaries(self) -> dict[str, list[StageSummary]]:
        """Return the same without inputs and outputs; quick in a new process too."""
        return self._summaries.refresh(self)

    def today(self) -> date:
        """Return the production's calendar day."""
        return clock.today()

    def locked(self, slug: str) -> AbstractContextManager[HeldLock]:
        """Lock the subject against every other process on any machine. Raises BusyError."""
        return self.locks.hold(slug)

    def consent_check(self, day: date | None = None) -> ConsentCheck:
        """Return what tells whether an interviewee file allows work on a day, today if None."""
        on = day or self.today()

        @cache  # a board asks for every stage of every episode
        def check(path: Path) -> str | None:
            return self.consent_policy(path, on, self.settings)

        return check


def create_home(folder: Path, stages: Sequence[AnyStage]) -> Production:
    """Make a home in an empty or new folder, or take the one that is there, and open it.

    A new home is for the account that makes it alone. One that is there stays as it is: `chifeng
    doctor` says where it is open to others.

    Raises StorageError for a folder that holds other things.
    """
    mark = folder / _MARK
    if folder.exists() and not mark.exists():
        others = [p.name for p in folder.iterdir() if p.name not in (*_EARLY, *_FOLDERS)]
        if others:
            raise StorageError(
                _("{folder} is not empty and not a home of this program.").format(folder=folder),
                remedy=_("Choose an empty folder."), path=folder,
            )  # fmt: skip
    require_local_ledger(folder)
    with storage_errors(folder):
        if not mark.exists():
            private_folder(folder)
        for name in _FOLDERS:
            if name == "released":
                shared_folder(folder / name)
            else:
                (folder / name).mkdir(mode=0o700, exist_ok=True)
        settings = folder / "settings.toml"
        if not settings.exists():
            settings.touch(mode=0o600)
            settings.write_text(_SETTINGS, "utf-8")
        if not mark.exists():
            for early in (folder / name for name in _EARLY):
                if early.is_file():  # settings may hold passwords
                    make_private(early)
            mark.touch(mode=0o600)
            mark.write_text(json.dumps({"program": "chifeng-memory", "format": 1}) + "\n", "utf-8")
    return open_home(folder, stages)


def open_places(home: Path) -> Iterator[Path]:
    """Yield what others on this machine may read in a home, without what is for them: `released/`.

    `demo` is left out too: in a checkout it holds homes of their own.
    """
    return open_paths(home, _SHARED)


def require_local_ledger(folder: Path) -> None:
    """Refuse a home whose ledger is a file on a network share. Raises StorageError."""
    url = make_url(load(folder).ledger.url or f"sqlite:///{folder / 'ledger.sqlite'}")
    if url.get_backend_name() == "sqlite":
        require_local_disk(Path(url.database or folder))


def is_home(folder: Path) -> bool:
    """Tell whether a production is in the folder."""
    return (folder / _MARK).exists()


def open_home(folder: Path, stages: Sequence[AnyStage], *, moving: bool = False) -> Production:
    """Open a home. Raises StorageError where there is none, SettingsError for wrong settings.

    Where the settings name another location for the artefacts than the present one, it is opened
    only for `moving` them (pipeline/repository/store_migration.py).
    """
    if not is_home(folder):
        raise StorageError(
            _("There is no production in {folder}.").format(folder=folder),
            remedy=_("Make one with “chifeng init”, or name another with --home."), path=folder,
        )  # fmt: skip
    settings = load(folder)
    url = settings.ledger.url or f"sqlite:///{folder / 'ledger.sqlite'}"
    head_file = HeadFile(folder / "records" / "journal.txt")
    ledger = Ledger(url, backups=folder / "backups", head_file=head_file)
    locks = open_locks(ledger.url, folder)
    store = _store(folder / "store", settings.store, moving=moving)
    return Production(folder, settings, ledger, store, tuple(stages), locks)


def _store(folder: Path, place: StorePlace, *, moving: bool) -> Store:
    if not moving:
        require_location(folder, place.url)
    return Store(folder, open_bucket(place), int(place.cache_gb * 1e9))
