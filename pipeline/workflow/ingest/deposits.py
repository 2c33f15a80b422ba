"""Deposits: files that people bring, checked, copied into the store and recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.captions.formats.markup import without_controls
from pipeline.captions.formats.reader import check_subtitles
from pipeline.documents import forms
from pipeline.editing.edit_lists import check_edit_list, split_by_episode
from pipeline.editing.original_names import camera_name, distinct_name, with_card
from pipeline.errors import InputError, NotFoundError, SignOffError
from pipeline.i18n import _
from pipeline.kinds import KINDS, Kind
from pipeline.media.ffmpeg import check_media
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_person, find_subject
from pipeline.repository.store import Stored
from pipeline.repository.tables import DepositRow, SubjectRow
from pipeline.speech.language_segments import read_languages
from pipeline.speech.prompt import read_terms
from pipeline.workflow.ingest.check_process import SMALL_BYTES, check_apart
from pipeline.workflow.ingest.signature_images import check_signature
from pipeline.workflow.ingest.version_conflicts import latest_deposit, require_latest_base
from pipeline.workflow.ingest.voice_notes import check_voice
from pipeline.workflow.production import DepositCheck, Production
from pipeline.workflow.stage_state import StageState

__all__ = [
    "CHECKS",
    "Deposited",
    "deposit",
    "plain_name",
    "refuse_large",
    "revised_version",
    "take_back",
]

_MAX_LENGTH = 200
_ORIGINALS = "camera_originals"

CHECKS: dict[str, DepositCheck] = {
    **forms.CHECKS,
    "camera_originals": check_media,
    "edit_list": check_edit_list,
    "glossary": read_terms,
    "spoken_languages": read_languages,
    "finished_cut": partial(check_media, picture=True, sound=True),
    "proofreading_correction": check_subtitles,
    "interviewee_correction": check_subtitles,
    "final_correction": check_subtitles,
    "correction_file": check_subtitles,
    "signature": check_signature,
    "voice_note": check_voice,
}
"""The checks of deposited files by kind; each raises an InputError that says what is wrong."""

_PARSED = frozenset({"edit_list", *(slug for slug, c in CHECKS.items() if c is check_subtitles)})


@dataclass(frozen=True)
class Deposited:
    """A deposit as recorded. `new` is False where the very same file was there already."""

    subject: str
    kind: str
    sha256: str
    name: str
    size_bytes: int
    new: bool


def deposit(
    production: Production,
    slug: str,
    kind: Kind,
    path: Path,
    person: str,
    *,
    base: str | None = None,
    supersedes: str | None = None,
    name: str = "",
    card: str = "",
    uploaded: bool = False,
) -> list[Deposited]:
    """Deposit a file for an interviewee or an episode.

    `name` is the file's name where the path does not have it; `card` is the card or roll that tells
    a camera original from another of the same name (without it, a number does); `uploaded` links
    a file that is in the home already instead of copying it. `base` is the digest of the version a
    correction or a request was made upon (the present one if not given). `supersedes` is the digest
    of the deposit the person began from (empty: from none); if another was made since,
    StaleBaseError says whose.
    An edit list for an interviewee is divided among the episodes it names. Raises InputError for a
    file that cannot be used.
    """
    _check(production, kind, path)
    name = plain_name(name) if name else path.name
    if card and kind.slug != _ORIGINALS:
        raise InputError(
            _("{kind} does not come from a card.").format(kind=kind.label),
            remedy=_("Leave out its name."),
        )
    with production.ledger.read() as session:
        row = find_subject(session, slug)
        find_person(session, person)
        _check_subject(production, session, row, kind)
        require_latest_base(session, row.id, kind.slug, supersedes)
    if kind.slug == "edit_list" and row.parent_id is None:
        return _divide(production, row, kind, path, person, name)
    if kind.base and base is None:
        base = revised_version(production.states(row.slug), kind)
    stored = production.store.import_link(path) if uploaded else production.store.import_copy(path)
    with production.ledger.write() as session:
        _check_subject(production, session, row, kind)  # it may have been released meanwhile
        require_latest_base(session, row.id, kind.slug, supersedes)
        if kind.slug == _ORIGINALS:
            name = _original_name(session, row, stored.sha256, name, card)
        return [_record(session, row, kind, stored, name, person, base)]


def plain_name(name: str) -> str:
    """Return a file name on one line, without folders and of at most 200 characters; the last ones
    are kept, since they hold the suffix."""
    plain = without_controls(name)
    for mark in "/\\\n\t":
        plain = plain.replace(mark, "_")
    plain = plain.strip() or "_"
    return plain if len(plain) <= _MAX_LENGTH else f"{plain[: _MAX_LENGTH - 21]}…{plain[-20:]}"


def take_back(production: Production, slug: str, kind: Kind, sha256: str, person: str) -> None:
    """Take a deposit back; the file stays in the store. Raises NotFoundError."""
    with production.ledger.write() as session:
        row = find_subject(session, slug)
        who = find_person(session, person)
        _check_subject(production, session, row, kind)
        last = latest_deposit(session, row.id, kind.slug, sha256)
        if last is None or last.removed:
            raise NotFoundError(
                _("{slug} has no {kind} with the digest {sha256}.").format(
                    slug=slug, kind=kind.label, sha256=sha256[:12]
                ),
                remedy=_("“chifeng show {slug}” lists what there is.").format(slug=slug),
            )
        session.add(
            DepositRow(
                subject_id=row.id, kind=kind.slug, sha256=last.sha256, name=last.name,
                suffix=last.suffix, size_bytes=last.size_bytes, base_sha256=last.base_sha256,
                person=who.name, removed=True, at_ms=now_ms(),
            )
        )  # fmt: skip


def _check(production: Production, kind: Kind, path: Path) -> None:
    if not kind.deposit:
        raise InputError(
            _("{kind} is made by the program, not deposited.").format(kind=kind.label),
            remedy=_("To correct it, deposit: {kinds}.").format(
                kinds=", ".join(k.slug for k in KINDS.values() if k.deposit)
            ),
        )
    if not path.is_file():
        raise InputError(
            _("There is no file {path}.").format(path=path),
            remedy=_("Check the name and the folder."), path=path,
        )  # fmt: skip
    if path.suffix.lower() not in kind.suffixes:
        raise InputError(
            _("{name} cannot be a {kind}.").format(name=path.name, kind=kind.label),
            remedy=_("Accepted are: {suffixes}.").format(suffixes=" ".join(kind.suffixes)),
            path=path,
        )
    size_bytes = path.stat().st_size
    refuse_large(kind, path.name, size_bytes)
    checks = CHECKS if production.deposit_checks is None else production.deposit_checks
    if checks is CHECKS and kind.slug in _PARSED and size_bytes > SMALL_BYTES:
        check_apart(kind, path)
    elif kind.slug in checks:
        checks[kind.slug](path)


def refuse_large(kind: Kind, name: str, size_bytes: int) -> None:
    """Raise InputError for a file that is larger than any of its kind. It is not read for that."""
    if kind.max_bytes is not None and size_bytes > kind.max_bytes:
        most = kind.max_bytes
        shown = f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} kB"
        raise InputError(
            _("{name} is larger than any {kind} ({limit}).").format(
                name=plain_name(name), kind=kind.label, limit=shown
            ),
            remedy=_("Check that it is the right file."),
        )


def _divide(
    production: Production, interviewee: SubjectRow, kind: Kind, path: Path, person: str, name: str
) -> list[Deposited]:
    """Give each episode its own lines; an episode with the same lines keeps its deposit."""
    name = f"{Path(name).stem}.csv"
    texts = split_by_episode(path)
    with production.ledger.read() as session:
        rows = {n: find_subject(session, f"{interviewee.slug}/{n}") for n in texts}
        had = {n: last.sha256 for n, row in rows.items() if (last := _in_force(session, row, kind))}
    stored: dict[int, Stored] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, text in texts.items():
            own = Path(folder) / name
            own.write_text(text, "utf-8", newline="")
            stored[number] = production.store.import_copy(own)
    changed = {n for n in texts if had.get(n) != stored[n].sha256}
    with production.ledger.write() as session:
        for number in changed:
            _check_subject(production, session, rows[number], kind)
        return [
            _record(session, rows[n], kind, kept, name, person, None)
            if n in changed
            else Deposited(rows[n].slug, kind.slug, kept.sha256, name, kept.size_bytes, new=False)
            for n, kept in stored.items()
        ]


def _check_subject(production: Production, session: Session, row: SubjectRow, kind: Kind) -> None:
    scope = "interviewee" if row.parent_id is None else "episode"
    if scope not in kind.deposit:
        whose = _("an interviewee") if "interviewee" in kind.deposit else _("an episode")
        raise InputError(
            _("{kind} belongs to {whose}, and {slug} is not one.").format(
                kind=kind.label, whose=whose, slug=row.slug
            ),
            remedy=_("Episodes are named like NAME/01."),
        )
    if row.parent_id is not None and production.released(session, row.slug) is not None:
        raise SignOffError(
            _("{slug} is released.").format(slug=row.slug),
            remedy=_("Reopen it first: chifeng send-back {slug} 12 --to STAGE.").format(
                slug=row.slug
            ),
        )


def revised_version(states: Sequence[StageState], kind: Kind) -> str | None:
    """Return the digest of the version that a deposit of this kind is now made upon."""
    made = (a for state in states for a in state.outputs)
    return next((a.sha256 for a in made if a.kind == kind.base), None)


def _in_force(session: Session, row: SubjectRow, kind: Kind) -> DepositRow | None:
    last = latest_deposit(session, row.id, kind.slug)
    return None if last is None or last.removed else last


def _original_name(session: Session, row: SubjectRow, sha256: str, name: str, card: str) -> str:
    """Return a name that no other original has. One that is there already keeps its name, unless
    `card` gives it another. Raises InputError where that is taken."""
    query = select(DepositRow).where(
        DepositRow.subject_id == row.id, DepositRow.kind == _ORIGINALS
    )  # fmt: skip
    last = {each.sha256: each for each in session.scalars(query.order_by(DepositRow.id))}
    names = {digest: each.name for digest, each in last.items() if not each.removed}
    own = names.pop(sha256, None)
    if card:
        wanted = plain_name(with_card(name, card))
        if distinct_name(wanted, names.values()) != wanted:
            raise InputError(
                _("There is another original called {name}.").format(name=wanted),
                remedy=_("Give the card or roll of this one."),
            )
        return wanted
    if own is not None and camera_name(own) == name:
        return own
    return distinct_name(name, names.values())


def _record(
    session: Session, row: SubjectRow, kind: Kind, stored: Stored, name: str, person: str,
    base: str | None,
) -> Deposited:  # fmt: skip
    last = latest_deposit(session, row.id, kind.slug, stored.sha256 if kind.many else None)
    new = last is None or last.removed or (last.sha256, last.name) != (stored.sha256, name)
    if new:
        session.add(
            DepositRow(
                subject_id=row.id, kind=kind.slug, sha256=stored.sha256, name=name,
                suffix=stored.suffix, size_bytes=stored.size_bytes, base_sha256=base,
                person=person, removed=False, at_ms=now_ms(),
            )
        )  # fmt: skip
    return Deposited(row.slug, kind.slug, stored.sha256, name, stored.size_bytes, new)
