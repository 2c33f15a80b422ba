"""The ledger's tables. Rows are added and never changed; what is current is derived from them.

Only sessions, links and codes change, which say nothing about the work.

Longer than other modules: every table of the ledger is here.

All times are Unix milliseconds, all sizes bytes, all digests SHA-256 in hexadecimal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "REVISION", "AccountRow", "Base", "CodeRow", "DepositRow", "DraftRow", "FailureRow",
    "JournalRow", "LinkRow", "NoteRow", "OutputRow", "PauseRow", "PersonRow", "ReminderRow",
    "RequestRow", "RosterChangeRow", "RunRow", "SessionRow", "SignOffRow", "SubjectRow",
]  # fmt: skip

REVISION = "0008"
"""The newest migration in migrations/versions: what this program reads and writes."""


class Base(DeclarativeBase):
    """All tables. Constraints are named, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PersonRow(Base):
    """A person who deposits and signs. `roles` holds Role values.

    `name` is unique: where two people are called alike, it holds what tells them apart, as in
    王芳（1938）. `subject_id` is the interviewee whom the person is. `retired_ms` is when they
    left; None for those who are there. Changes of these are entered in `roster_change`.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[str]] = mapped_column(JSON)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), index=True)
    retired_ms: Mapped[int | None] = mapped_column(BigInteger)


class RosterChangeRow(Base):
    """A change of a person (`person_id`), or of an interviewee or episode (`subject_id`).

    `what` is name (also an episode's title), roles, retire or reinstate; `before` and `after` hold
    what was written there. A name somebody had before leads to them for good.
    """

    __tablename__ = "roster_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), index=True)
    what: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class SubjectRow(Base):
    """An interviewee, or (with `parent_id`) one of their episodes."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("parent_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), index=True)
    name: Mapped[str]
    field: Mapped[str]
    phase: Mapped[int]
    language: Mapped[str]
    number: Mapped[int]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class DepositRow(Base):
    """A file somebody deposited, or (`removed`) took back. The file itself stays in the store."""

    __tablename__ = "deposit"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    name: Mapped[str]
    suffix: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    base_sha256: Mapped[str | None]
    person: Mapped[str]
    removed: Mapped[bool]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class RunRow(Base):
    """One finished run of a stage. `inputs` lists [kind, sha256, name]."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("subject_id", "stage", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    stage: Mapped[str]
    key: Mapped[str]
    inputs: Mapped[list[list[str]]] = mapped_column(JSON)
    tools: Mapped[dict[str, Any]] = mapped_column(JSON)
    started_ms: Mapped[int] = mapped_column(BigInteger)
    finished_ms: Mapped[int] = mapped_column(BigInteger)
    outputs: Mapped[list[OutputRow]] = relationship(order_by="OutputRow.id", lazy="selectin")


class OutputRow(Base):
    """A file a run made."""

    __tablename__ = "output"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    kind: Mapped[str]
    sha256: Mapped[str]
    name: Mapped[str]
    suffix: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)


class FailureRow(Base):
    """A run that failed, with the reason."""

    __tablename__ = "failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    stage: Mapped[str]
    key: Mapped[str]
    message: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class RequestRow(Base):
    """A request to produce a subject, or (not `wanted`) to stop.

    `due_ms` is by when it is to be released, if this request says so.
    """

    __tablename__ = "request"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    wanted: Mapped[bool]
    via: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int | None] = mapped_column(BigInteger)


class PauseRow(Base):
    """The whole production was paused or (not `paused`) resumed."""

    __tablename__ = "pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    paused: Mapped[bool]
    by: Mapped[str]
    reason: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class NoteRow(Base):
    """A time-coded note (no `parent_id`), or a reply to one.

    `action` is note, reply, resolve or waive.
    """

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("note.id"))
    action: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[str]
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    quote: Mapped[str]
    text: Mapped[str]
    person: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class ReminderRow(Base):
    """A reminder that is about to be sent, or (`failed`) that could not be.

    `channel` stands for the address, which may hold a password. `since_ms` is since when it waits.
    """

    __tablename__ = "reminder"
    __table_args__ = (Index(None, "channel", "subject_id", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    stage: Mapped[str]
    channel: Mapped[str]
    day: Mapped[str]
    since_ms: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[bool]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class SignOffRow(Base):
    """A sign-off. `hash` covers every other column and the hash of the row before: a chain.

    `action` is approve, send_back or withdraw; register (a signed paper or a signature by link came
    in, which another person still has to confirm); or, without subject and stage, delegate.
    `evidence` says how it was signed (repository/evidence.py); None in rows of earlier versions.
    """

    __tablename__ = "signoff"
    __table_args__ = (Index(None, "subject_id", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    stage: Mapped[str]
    action: Mapped[str]
    digests: Mapped[list[list[str]]] = mapped_column(JSON)
    person: Mapped[str]
    role: Mapped[str]
    via: Mapped[str]
    reason: Mapped[str]
    from_stage: Mapped[str]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    at_ms: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class JournalRow(Base):
    """A row was written: its table, its number, the SHA-256 of its content.

    `hash` covers these and the hash of the entry before: a chain over all tables (journal.py).
    """

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    of_table: Mapped[str]
    of_id: Mapped[int]
    digest: Mapped[str]
    hash: Mapped[str]


class DraftRow(Base):
    """One change in a draft of subtitles; no change is ever overwritten.

    `base_sha256` is the version the draft is of, `cue` which cue of it (its number, or a name for
    a new one). `before` and `after` hold start_ms, end_ms, text, speaker, mark; None where
    there is no cue. The changes of one save share a `key`, which the browser chooses: saved twice,
    it is recorded once. A row without `cue` ends the draft: `after` says what became of it.
    """

    __tablename__ = "draft"
    __table_args__ = (Index(None, "subject_id", "kind", "base_sha256"), Index(None, "key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    kind: Mapped[str]
    base_sha256: Mapped[str]
    cue: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    key: Mapped[str]
    person: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class AccountRow(Base):
    """A person's password; the latest row counts. Empty: no access."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    password_hash: Mapped[str]
    by: Mapped[str]
    at_ms: Mapped[int] = mapped_column(BigInteger)


class LinkRow(Base):
    """A link that opens one episode to its interviewee, with a code given by telephone.

    Only digests are kept. `attempts` counts wrong codes; `ended_ms` is set when it is withdrawn.
    `code_by` is who has the code to hand over: None where it is who made the link.
    """

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str]
    attempts: Mapped[int]
    by: Mapped[str]
    code_by: Mapped[str | None]
    at_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)


class CodeRow(Base):
    """A one-time code with which a person signs at a form that asks for no password.

    `shown` stands for what lay at the gate when it was asked for; `attempts` counts wrong codes.
    The latest row of a person and gate counts.
    """

    __tablename__ = "code"
    __table_args__ = (Index(None, "person_id", "subject_id", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    stage: Mapped[str]
    shown: Mapped[str]
    code_hash: Mapped[str]
    attempts: Mapped[int]
    at_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    used_ms: Mapped[int | None] = mapped_column(BigInteger)


class SessionRow(Base):
    """A session at the desk of a person or a link; `ended_ms` is when it ended."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"), index=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
