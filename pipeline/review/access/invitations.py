"""Invite an interviewee to look through an episode: a link to open, a code to hear by telephone.

The crew makes and withdraws invitations. The link opens one episode and nothing else, and ends on
its day, when it is withdrawn, or after too many wrong codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from pipeline.errors import NotFoundError, NotReadyError, SignOffError
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import find_person
from pipeline.repository.records import find_subject
from pipeline.repository.tables import LinkRow, SessionRow
from pipeline.review.access.accounts import (
    Link,
    close_link,
    find_link,
    links,
    make_link,
    take_over_code,
)
from pipeline.stage import AnyStage, Role
from pipeline.workflow.executor import explain
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, Status

__all__ = [
    "INVITERS", "Invitation", "find_episode_link", "interviewee_stage", "interviewee_state",
    "invitations", "invite", "take_over", "withdraw_invitation",
]  # fmt: skip

INVITERS = frozenset({Role.PRODUCER, Role.DIRECTOR, Role.EDITOR, Role.ADMINISTRATOR})
"""Whose work it is to bring the interviewee to the film."""


@dataclass(frozen=True)
class Invitation:
    """A link as the crew sees it. Times are Unix milliseconds; `used_ms` is 0 before anybody came
    in by it, `code_by` who hands over the code, `ended_ms` 0 as long as nobody withdrew it
    and no wrong codes ended it."""

    id: int
    by: str
    at_ms: int
    expires_ms: int
    used_ms: int
    ended_ms: int
    wrong_codes: int
    code_by: str

    @property
    def open(self) -> bool:
        """Tell whether it still lets somebody in."""
        return not self.ended_ms and self.expires_ms > now_ms()


def interviewee_stage(production: Production) -> AnyStage:
    """Return the stage an interviewee signs."""
    return next(s for s in production.stages if s.signed_by is Role.INTERVIEWEE)


def interviewee_state(production: Production, slug: str) -> StageState:
    """Return where the interviewee's stage of an episode stands; raises NotFoundError."""
    stage = interviewee_stage(production)
    for state in production.states(slug):
        if state.stage.slug == stage.slug:
            return state
    raise NotFoundError(
        _("A link is for one episode, and {slug} is an interviewee.").format(slug=slug),
        remedy=_("Episodes are named like NAME/01."),
    )


def invite(production: Production, slug: str, by: str) -> Link:
    """Make a link for an episode that waits for its interviewee.

    Raises NotReadyError where there is nothing to review, SignOffError for other roles.
    """
    _must_be_inviter(production, by)
    state = interviewee_state(production, slug)
    if state.status is not Status.GATE:
        raise NotReadyError(
            _("There is nothing for the interviewee to look at: {why}").format(why=explain(state)),
            remedy=_("Make the link when the episode waits for the interviewee."),
        )
    return make_link(production, state.subject.slug, by=by)


def take_over(production: Production, slug: str, link_id: int, by: str) -> str:
    """Make this person the one who hands over the code of a link, and return a new code.

    Raises NotFoundError, and SignOffError for other roles.
    """
    _must_be_inviter(production, by)
    if link_id not in {row.id for row in links(production, slug)}:
        raise NotFoundError(_("There is no link {n}.").format(n=link_id))
    return take_over_code(production, link_id, by=by)


def withdraw_invitation(production: Production, slug: str, link_id: int, by: str) -> None:
    """Withdraw a link of this episode: whoever is in by it is out. Raises NotFoundError."""
    _must_be_inviter(production, by)
    if link_id not in {row.id for row in links(production, slug)}:
        raise NotFoundError(_("There is no link {n}.").format(n=link_id))
    close_link(production, link_id)


def invitations(production: Production, slug: str) -> Sequence[Invitation]:
    """Return the invitations ever made for an episode, the newest first."""
    rows = links(production, slug)
    query = select(SessionRow.link_id, func.max(SessionRow.seen_ms)).group_by(SessionRow.link_id)
    query = query.where(SessionRow.link_id.in_([row.id for row in rows]))
    with production.ledger.read() as session:
        last_used_ms = {each.link_id: each[1] for each in session.execute(query)}
    return [
        Invitation(
            row.id, row.by, row.at_ms, row.expires_ms, last_used_ms.get(row.id, 0),
            row.ended_ms or 0, row.attempts, row.code_by or row.by,
        )
        for row in rows
    ]  # fmt: skip


def find_episode_link(production: Production, slug: str, token: str) -> LinkRow | None:
    """Return the link with this token if it opens this episode now."""
    row = find_link(production, token)
    with production.ledger.read() as session:
        subject = find_subject(session, slug)
    return row if row is not None and row.subject_id == subject.id else None


def _must_be_inviter(production: Production, name: str) -> None:
    with production.ledger.read() as session:
        person = find_person(session, name)
    if not INVITERS & set(person.roles):
        raise SignOffError(
            _("{person} may not make or withdraw links.").format(person=person.name),
            remedy=_("That is for: {roles}.").format(
                roles=", ".join(sorted(role.label for role in INVITERS))
            ),
        )
