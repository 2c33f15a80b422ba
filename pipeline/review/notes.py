"""Time-coded notes: remarks on a place in an episode that somebody must answer before the release.

A note is bound to a version and to the text of a cue; on a later version it is shown where that
text is now. Replies, resolving and waiving are rows of their own:
nothing anybody wrote is changed. Open notes keep the final review from being signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.captions.cues import Cue
from pipeline.errors import InputError, NotFoundError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_person, find_subject
from pipeline.repository.tables import NoteRow
from pipeline.workflow.production import Production

__all__ = ["Note", "add_note", "anchor", "notes", "reply", "resolve", "waive"]

_MIN_SIMILARITY = 0.6
_MAX_DISTANCE_MS = 30_000


@dataclass(frozen=True)
class Note:
    """A note with what was said to it. `open` until it is resolved or waived; times in ms."""

    id: int
    kind: str
    sha256: str
    start_ms: int
    end_ms: int
    quote: str
    text: str
    person: str
    at_ms: int
    replies: tuple[NoteRow, ...]

    @property
    def open(self) -> bool:
        """Tell whether nobody has resolved or waived it yet."""
        return all(r.action == "reply" for r in self.replies)


def add_note(
    production: Production, slug: str, person: str, text: str, *, kind: str, sha256: str,
    start_ms: int, end_ms: int, quote: str = "",
) -> int:  # fmt: skip
    """Leave a note on a place of one version of an artefact; return its number.

    `quote` is the cue's text there. Raises InputError for an empty note or an impossible time.
    """
    if not 0 <= start_ms <= end_ms:
        raise InputError(
            _("A note cannot be at that time."), remedy=_("Give a start before its end.")
        )
    with production.ledger.write() as session:
        row = NoteRow(
            subject_id=find_subject(session, slug).id, parent_id=None, action="note", kind=kind,
            sha256=sha256, start_ms=start_ms, end_ms=end_ms, quote=quote, text=_required_text(text),
            person=find_person(session, person).name, at_ms=now_ms(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def reply(production: Production, note: int, person: str, text: str) -> None:
    """Answer a note. Raises NotFoundError, InputError."""
    _answer(production, note, person, "reply", _required_text(text))


def resolve(production: Production, note: int, person: str, text: str = "") -> None:
    """Say that what the note asks for is done. Raises NotFoundError."""
    _answer(production, note, person, "resolve", text.strip())


def waive(production: Production, note: int, person: str, text: str) -> None:
    """Let the note stand without being done, with a reason. Raises NotFoundError, InputError."""
    _answer(production, note, person, "waive", _required_text(text))


def notes(session: Session, slug: str) -> list[Note]:
    """Return the notes on an episode, in the order of their time in it."""
    subject = find_subject(session, slug)
    rows = session.scalars(
        select(NoteRow).where(NoteRow.subject_id == subject.id).order_by(NoteRow.id)
    ).all()
    listed = [
        Note(
            row.id, row.kind, row.sha256, row.start_ms, row.end_ms, row.quote, row.text,
            row.person, row.at_ms, tuple(r for r in rows if r.parent_id == row.id),
        )
        for row in rows
        if row.parent_id is None
    ]  # fmt: skip
    return sorted(listed, key=lambda note: (note.start_ms, note.id))


def anchor(note: Note, cues: Sequence[Cue]) -> tuple[int, int]:
    """Return where the note belongs in another version: where its words are now, else its time.

    Among cues within half a minute, the one most like the quoted words is taken, the nearest of
    equals; nothing like them there, the note keeps its time.
    """
    candidates = (
        [c for c in cues if abs(c.start_ms - note.start_ms) <= _MAX_DISTANCE_MS]
        if note.quote
        else []
    )
    ranked = [
        (SequenceMatcher(None, note.quote, c.text).ratio(), -abs(c.start_ms - note.start_ms), c)
        for c in candidates
    ]
    best = max(ranked, key=lambda entry: entry[:2], default=None)
    if best is None or best[0] < _MIN_SIMILARITY:
        return note.start_ms, note.end_ms
    return best[2].start_ms, best[2].end_ms


def _required_text(text: str) -> str:
    if not text.strip():
        raise InputError(_("The note is empty."), remedy=_("Say what should be looked at."))
    return text.strip()


def _answer(production: Production, note: int, person: str, action: str, text: str) -> None:
    with production.ledger.write() as session:
        parent = session.get(NoteRow, note)
        if parent is None or parent.parent_id is not None:
            raise NotFoundError(
                _("There is no note {n}.").format(n=note),
                remedy=_("“chifeng notes EPISODE” lists them."),
            )
        session.add(
            NoteRow(
                subject_id=parent.subject_id, parent_id=parent.id, action=action,
                kind=parent.kind, sha256=parent.sha256, start_ms=parent.start_ms,
                end_ms=parent.end_ms, quote=parent.quote, text=text,
                person=find_person(session, person).name, at_ms=now_ms(),
            )
        )  # fmt: skip
