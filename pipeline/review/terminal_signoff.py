"""Sign-offs given on the command line, where nobody proves who they are.

The system user who ran the command is kept with the sign-off (evidence.py). Whoever signs in the
interviewee's name shows the number of the paper that the interviewee signed (稿号), or says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.errors import SignOffError
from pipeline.i18n import _
from pipeline.repository.records import SubjectRecords
from pipeline.review.paper_number import must_be_the_signed_version, paper_number
from pipeline.stage import Role
from pipeline.workflow.stage_state import StageState

__all__ = ["Terminal", "must_be_proven"]


@dataclass(frozen=True)
class Terminal:
    """Who ran the command: the system user; `number` is that of the interviewee's paper."""

    system_user: str
    number: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept in the ledger."""
        number = "".join(self.number.split()).lower()
        return {"system_user": self.system_user[:100]} | ({"number": number} if number else {})


def must_be_proven(
    terminal: Terminal, role: str, reason: str, own: SubjectRecords, state: StageState
) -> None:
    """Refuse a signature in the interviewee's name without the paper's number or a reason.

    Raises SignOffError, also where the paper shows other words than those to be approved.
    """
    if role != Role.INTERVIEWEE:
        return
    if terminal.number.strip() and paper_number(state):
        must_be_the_signed_version(own, state, terminal.number)
    elif not reason.strip():
        raise SignOffError(
            _("This is signed in the interviewee's name: {person}.").format(
                person=own.subject.interviewee
            ),
            remedy=_(
                "Give the number of the paper that was signed (--number), or say with --reason how "
                "you know what the interviewee decided."
            ),
        )
