"""Who may use a route. Each route names one of these in its arguments.

    @router.get("/episode/{slug}/{number}")
    def show(request: Request, visitor: Annotated[Visitor, CREW], ...)

`PUBLIC` is for the few pages before signing in, `CREW` for people of the production, `SIGNED_IN`
also for interviewees with an account, `ADMINISTRATOR` for administrators, `BY_LINK` for visitors
by an interviewee's link, `OWN` for them and for interviewees with an account, `INVITER` for those
who make such links, `DIRECTOR` for those who follow the production in Prefect,
`ANYBODY` for everybody with a session. `visitor.may_see(slug)` refuses other
people's episodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from desk.web.security import SESSION, cookie_name
from pipeline.errors import ChifengError
from pipeline.i18n import _
from pipeline.repository.people import names_of
from pipeline.repository.records import find_subject
from pipeline.review.access import accounts
from pipeline.review.access.accounts import AuthenticatedSession
from pipeline.review.access.invitations import INVITERS
from pipeline.stage import Role
from pipeline.workflow.production import Production

__all__ = [
    "ADMINISTRATOR", "ANYBODY", "BY_LINK", "CREW", "DIRECTOR", "INVITER", "OWN", "PUBLIC",
    "SIGNED_IN", "Access", "Forbidden", "SignInFirst", "Visitor", "access_names", "has_session",
    "production_of", "still_fits",
]  # fmt: skip


_PREFECT = frozenset(map(str, (Role.DIRECTOR, Role.PRODUCER, Role.ADMINISTRATOR)))


class SignInFirst(ChifengError):
    """Nobody is signed in, or no longer."""


class Forbidden(ChifengError):
    """Whoever is signed in may not do this."""


@dataclass(frozen=True)
class Visitor:
    """The person behind a request. `session` is None for somebody who is not signed in."""

    production: Production
    session: AuthenticatedSession | None

    @property
    def name(self) -> str:
        """Name the person of the production who asks; raises SignInFirst for anybody else."""
        if self.session is None or self.session.person is None:
            raise SignInFirst(_("Please sign in."))
        return self.session.person.name

    @property
    def names(self) -> frozenset[str]:
        """Every name under which the ledger knows the person."""
        if self.session is None or self.session.person is None:
            return frozenset()
        with self.production.ledger.read() as session:
            return names_of(session, self.session.person)

    @property
    def roles(self) -> frozenset[str]:
        """The roles the person holds."""
        person = self.session.person if self.session else None
        return frozenset(person.roles) if person is not None else frozenset()

    @property
    def crew(self) -> bool:
        """Tell whether the person is more than an interviewee."""
        return bool(self.roles - {Role.INTERVIEWEE.value})

    @property
    def director(self) -> bool:
        """Tell whether the person may have the password of Prefect."""
        return bool(self.roles & _PREFECT)

    @property
    def administrator(self) -> bool:
        """Tell whether the person may manage accounts."""
        return Role.ADMINISTRATOR.value in self.roles

    def may_see(self, slug: str) -> None:
        """Refuse an interviewee or episode that is none of the visitor's business."""
        if self.crew or (self.session is not None and self.session.slug == slug):
            return
        with self.production.ledger.read() as session:
            subject = find_subject(session, slug)
        person = self.session.person if self.session is not None else None
        own = subject.parent_id or subject.id
        if person is not None and Role.INTERVIEWEE in self.roles and person.subject_id == own:
            return
        raise Forbidden(_("This episode is not yours to see."))


class Access:
    """What somebody must be to use a route."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request: Request) -> Visitor:
        """Return who asks, or raise SignInFirst or Forbidden."""
        visitor = _visitor(request)
        if not self.fits(visitor):
            if visitor.session is None:
                raise SignInFirst(_("Please sign in."))
            raise Forbidden(_("That is not for your role."))
        request.state.visitor = visitor
        return visitor

    def fits(self, visitor: Visitor) -> bool:
        """Tell whether this visitor may come."""
        session = visitor.session
        return {
            "public": True,
            "crew": visitor.crew,
            "signed in": session is not None and session.person is not None,
            "administrator": visitor.administrator,
            "director": visitor.director,
            "by link": session is not None and session.link is not None,
            "anybody": session is not None,
            "own": session is not None
            and (session.link is not None or Role.INTERVIEWEE in visitor.roles),
            "inviter": bool(visitor.roles & INVITERS),
        }[self.name]


def has_session(connection: HTTPConnection) -> bool:
    """Tell whether whoever asks has signed in or come by a link."""
    production: Production = connection.app.state.production
    secure = connection.scope["state"]["secure"]
    token = connection.cookies.get(cookie_name(SESSION, secure), "")
    return bool(token) and accounts.authenticate(production, token) is not None


PUBLIC: Any = Depends(Access("public"))
CREW: Any = Depends(Access("crew"))
SIGNED_IN: Any = Depends(Access("signed in"))
ADMINISTRATOR: Any = Depends(Access("administrator"))
BY_LINK: Any = Depends(Access("by link"))
ANYBODY: Any = Depends(Access("anybody"))
OWN: Any = Depends(Access("own"))
DIRECTOR: Any = Depends(Access("director"))
INVITER: Any = Depends(Access("inviter"))


def still_fits(production: Production, session_id: int, dependency: Any) -> bool:
    """Tell whether whoever has this session may still come, now that time has passed."""
    access: Access = dependency.dependency
    return access.fits(Visitor(production, accounts.find_session(production, session_id)))


def _visitor(request: Request) -> Visitor:
    production = production_of(request)
    token = request.cookies.get(cookie_name(SESSION, request.state.secure), "")
    return Visitor(production, accounts.authenticate(production, token) if token else None)


def production_of(request: Request) -> Production:
    """Return the production this desk serves."""
    found: Production = request.app.state.production
    return found


def access_names(route: Any) -> Iterator[str]:
    """Yield the names of what a route asks for."""
    for each in route.dependant.dependencies:
        if isinstance(each.call, Access):
            yield each.call.name
