"""Access to the desk: passwords, sessions, and links for interviewees.

Passwords are stored as Argon2id hashes, tokens of sessions and links as SHA-256 digests, so that
nobody can sign in with the ledger. Wrong passwords are counted in the desk.

Longer than other modules: passwords, sessions and links open and end access by the same rules.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from pipeline.core.secret_hashes import dummy_hash, hash_secret, verify_secret
from pipeline.errors import InputError, NotFoundError, SignOffError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import find_person, lookup, names_of
from pipeline.repository.records import find_subject
from pipeline.repository.tables import (  # fmt: skip
    AccountRow,
    CodeRow,
    LinkRow,
    PersonRow,
    SessionRow,
    SubjectRow,
)
from pipeline.workflow.production import Production

__all__ = [
    "AuthenticatedSession", "Link", "authenticate", "check_password", "close_link", "close_session",
    "end_access", "enter_by_link", "find_link", "find_session", "generate_password",
    "has_accounts", "links", "make_link", "open_session", "password_given_by", "set_password",
    "take_over_code",
]  # fmt: skip

_SHORTEST = 10  # NIST SP 800-63B asks for 8 and for no rules about which characters
_LONGEST = 256
_SEEN_EVERY_MS = 60_000
_DAY_MS = 86_400_000
_CODE_DIGITS = 6


@dataclass(frozen=True)
class AuthenticatedSession:
    """Whose session it is: a person of the crew or an interviewee with an account (`person`), or
    whoever opened a link (`link`, for the episode `slug`)."""

    session_id: int
    person: PersonRow | None
    link: LinkRow | None
    slug: str

    @property
    def name(self) -> str:
        """Name the person; a link's visitor is named by the episode's interviewee elsewhere."""
        return self.person.name if self.person is not None else ""


@dataclass(frozen=True)
class Link:
    """A link that has just been made: what to send, and what to say on the telephone."""

    id: int
    token: str
    code: str
    expires_ms: int


def set_password(production: Production, person: str, password: str, *, by: str) -> None:
    """Give a person a password; every session of theirs ends. Raises NotFoundError, InputError."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise InputError(
            _("A password has {least} to {most} characters.").format(
                least=_SHORTEST, most=_LONGEST
            ),
            remedy=_("A sentence of four or five words is good and easy to remember."),
        )
    password_hash = hash_secret(password)
    with production.ledger.write() as session:
        row = find_person(session, person)
        session.add(
            AccountRow(person_id=row.id, password_hash=password_hash, by=by, at_ms=now_ms())
        )
        for each in session.scalars(_open_sessions().where(SessionRow.person_id == row.id)):
            each.ended_ms = now_ms()


def generate_password() -> str:
    """Return a password that nobody guesses and everybody can read out: 5 groups of 4."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _n in range(4)) for _group in range(5))


def has_accounts(production: Production) -> bool:
    """Tell whether anybody can sign in at all."""
    with production.ledger.read() as session:
        return session.scalar(select(AccountRow.id).limit(1)) is not None


def check_password(production: Production, person: str, password: str) -> PersonRow | None:
    """Return the person if the password is theirs; as long for a wrong name as for a wrong one."""
    with production.ledger.read() as session:
        row = lookup(session, person)
        if row is not None and row.retired_ms is not None:
            row = None
        account = _account(session, row.id) if row is not None else None
        password_hash = account.password_hash if account is not None else ""
    matches = verify_secret(password_hash or dummy_hash(), password[:_LONGEST])
    return row if password_hash and matches else None


def password_given_by(production: Production, person: PersonRow) -> str:
    """Return who last gave the person a password, which they may have changed since; empty where
    nobody did."""
    with production.ledger.read() as session:
        query = select(AccountRow.by).where(
            AccountRow.person_id == person.id, AccountRow.by.not_in(names_of(session, person))
        )
        return session.scalar(query.order_by(AccountRow.id.desc()).limit(1)) or ""


def end_access(session: Session, person: PersonRow) -> None:
    """End every session, link and code of a person, in this transaction."""
    now = now_ms()
    for each in session.scalars(_open_sessions().where(SessionRow.person_id == person.id)):
        each.ended_ms = now
    made = or_(LinkRow.by.in_(names_of(session, person)), LinkRow.subject_id.in_(
        select(SubjectRow.id).where(SubjectRow.parent_id == person.subject_id)
    ))  # fmt: skip
    for link in session.scalars(select(LinkRow).where(LinkRow.ended_ms.is_(None), made)):
        link.ended_ms = now
    unused = select(CodeRow).where(CodeRow.person_id == person.id, CodeRow.used_ms.is_(None))
    for code in session.scalars(unused):
        code.used_ms = now


def open_session(
    production: Production, *, person_id: int | None = None, link_id: int | None = None
) -> str:
    """Sign somebody in and return the token of the session."""
    token = secrets.token_urlsafe(32)
    with production.ledger.write() as session:
        now = now_ms()
        session.add(
            SessionRow(
                token_sha256=_digest(token), person_id=person_id, link_id=link_id, at_ms=now,
                seen_ms=now, ended_ms=None,
            )
        )  # fmt: skip
    return token


def authenticate(production: Production, token: str) -> AuthenticatedSession | None:
    """Return whose session the token opens, or None where it has ended or run out."""
    now = now_ms()
    with production.ledger.read() as session:
        row = session.scalar(_open_sessions().where(SessionRow.token_sha256 == _digest(token)))
        found = _authenticated(production, session, row)
        stale = row is not None and row.seen_ms + _SEEN_EVERY_MS < now
    if found is not None and stale:
        with production.ledger.write() as session:
            session.get_one(SessionRow, found.session_id).seen_ms = now
    return found


def find_session(production: Production, session_id: int) -> AuthenticatedSession | None:
    """Return a session that still lets somebody in, or None. Unlike `authenticate` this is no
    sign of life: `seen_ms` stays as it is."""
    with production.ledger.read() as session:
        row = session.scalar(_open_sessions().where(SessionRow.id == session_id))
        return _authenticated(production, session, row)


def close_session(production: Production, session_id: int) -> None:
    """End a session."""
    with production.ledger.write() as session:
        session.get_one(SessionRow, session_id).ended_ms = now_ms()


def make_link(production: Production, slug: str, *, by: str) -> Link:
    """Make a link that opens this episode to its interviewee. Raises NotFoundError, InputError."""
    token = secrets.token_urlsafe(24)
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    kept = hash_secret(code)
    with production.ledger.write() as session:
        subject = find_subject(session, slug)
        if subject.parent_id is None:
            raise InputError(
                _("A link is for one episode, and {slug} is an interviewee.").format(slug=slug),
                remedy=_("Episodes are named like NAME/01."),
            )
        now = now_ms()
        row = LinkRow(
            subject_id=subject.id, token_sha256=_digest(token), code_hash=kept, attempts=0,
            by=find_person(session, by).name, at_ms=now,
            expires_ms=now + production.settings.desk.link_days * _DAY_MS, ended_ms=None,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return Link(row.id, token, code, row.expires_ms)


def take_over_code(production: Production, link_id: int, *, by: str) -> str:
    """Give a link another code, which this person hands over, and return it.

    Whoever is in by the link is out, since they may have had the code from who made it. Raises
    NotFoundError for a link that is over.
    """
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    kept = hash_secret(code)
    with production.ledger.write() as session:
        row = session.get(LinkRow, link_id)
        if row is None or not _is_open(row):
            raise NotFoundError(_("There is no link {n}.").format(n=link_id))
        person = find_person(session, by)
        # Who made the link does not become somebody else by another name.
        hands_over = row.by if row.by in names_of(session, person) else person.name
        row.code_hash, row.code_by, row.attempts = kept, hands_over, 0
        for each in session.scalars(_open_sessions().where(SessionRow.link_id == row.id)):
            each.ended_ms = now_ms()
    return code


def links(production: Production, slug: str) -> list[LinkRow]:
    """Return the links ever made for an episode, the newest first."""
    with production.ledger.read() as session:
        subject = find_subject(session, slug)
        query = select(LinkRow).where(LinkRow.subject_id == subject.id)
        return list(session.scalars(query.order_by(LinkRow.id.desc())))


def close_link(production: Production, link_id: int) -> None:
    """Withdraw a link; whoever is in by it is out. Raises NotFoundError."""
    with production.ledger.write() as session:
        row = session.get(LinkRow, link_id)
        if row is None:
            raise NotFoundError(_("There is no link {n}.").format(n=link_id))
        row.ended_ms = row.ended_ms or now_ms()


def find_link(production: Production, token: str) -> LinkRow | None:
    """Return the link with this token if it may still be used."""
    with production.ledger.read() as session:
        row = session.scalar(select(LinkRow).where(LinkRow.token_sha256 == _digest(token)))
        return row if row is not None and _is_open(row) else None


def enter_by_link(production: Production, token: str, code: str) -> str:
    """Return the token of a new session for whoever knows link and code.

    Raises SignOffError for a link that is over or a wrong code; too many of those end the link.
    """
    link = _count_attempt(production, token)
    # Chinese keyboards write full-width digits, and people leave a gap in the middle.
    digits = "".join(c for c in unicodedata.normalize("NFKC", code[:50]) if c.isalnum())
    if not verify_secret(link.code_hash, digits):
        with production.ledger.write() as session:
            row = session.get_one(LinkRow, link.id)
            if row.attempts >= production.settings.desk.link_tries:
                row.ended_ms = row.ended_ms or now_ms()
        raise SignOffError(
            _("The code is not right."), remedy=_("Please look again, or call the library.")
        )
    with production.ledger.write() as session:
        session.get_one(LinkRow, link.id).attempts -= 1
    return open_session(production, link_id=link.id)


def _count_attempt(production: Production, token: str) -> LinkRow:
    """Count a try as wrong before the code is looked at: many at once are no way around it."""
    with production.ledger.write() as session:
        row = session.scalar(select(LinkRow).where(LinkRow.token_sha256 == _digest(token)))
        tries = production.settings.desk.link_tries
        if row is None or not _is_open(row) or row.attempts >= tries:
            raise SignOffError(
                _("This link is no longer valid."),
                remedy=_("Please call the library for a new one."),
            )
        row.attempts += 1
        return row


def _authenticated(
    production: Production, session: Session, row: SessionRow | None
) -> AuthenticatedSession | None:
    """Return whose session this is; None where it, its link, or its time is over."""
    idle_ms = int(production.settings.desk.session_hours * 3_600_000)
    # A session by link has no idle timeout: it ends with the link.
    if row is None or (row.link_id is None and row.seen_ms + idle_ms < now_ms()):
        return None
    person = session.get(PersonRow, row.person_id) if row.person_id is not None else None
    link = session.get(LinkRow, row.link_id) if row.link_id is not None else None
    if person is None and (link is None or not _is_open(link)):
        return None
    if person is not None and person.retired_ms is not None:
        return None
    subject = session.get(SubjectRow, link.subject_id) if link is not None else None
    return AuthenticatedSession(row.id, person, link, subject.slug if subject is not None else "")


def _account(session: Session, person_id: int) -> AccountRow | None:
    query = select(AccountRow).where(AccountRow.person_id == person_id)
    return session.scalar(query.order_by(AccountRow.id.desc()).limit(1))


def _open_sessions() -> Select[tuple[SessionRow]]:
    return select(SessionRow).where(SessionRow.ended_ms.is_(None))


def _is_open(link: LinkRow) -> bool:
    return link.ended_ms is None and link.expires_ms > now_ms()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
