"""How a sign-off was given: what stands in `SignOffRow.evidence` besides its person and role.

`deputy_for` is in whose place a deputy signed, `withdraws` the numbers of the rows a withdrawal
takes back. Of an interviewee's signature it says by which link it came (`link`), who made the link
(`link_by`) and who handed over its code (`code_by`), from what `address` and `device` it was
signed, and who confirmed it (`confirmed_by`), or who registered and confirmed a paper
(`registered_by`, `confirmed_by`).

Of what was given on the command line, `system_user` is who ran the command (of a confirmation,
`confirmed_by_user`), and `number` the number of the paper shown for an interviewee. Of a signature
on the proofreading, `doubts` counts the doubtful places of the first version: `found`, `corrected`,
`found_right`, `untouched` (review/doubtful_places.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.repository.tables import SignOffRow

__all__ = ["Evidence", "deputised", "paper_handlers", "voices", "withdrawn"]

_DEVICE_LENGTH = 200  # characters of a User-Agent that are kept
_DEPUTY = re.compile(r"代 (?P<name>.+?)。")


@dataclass(frozen=True)
class Evidence:
    """How an interviewee came to sign at the desk.

    `link` is the number of the link, 0 for an account whose password `link_by` gave. Lengths of
    what a browser says are limited.
    """

    link: int
    link_by: str
    code_by: str
    address: str
    device: str

    @property
    def one_hand(self) -> bool:
        """Tell whether one person had both the link and its code."""
        return self.link_by == self.code_by

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept in the ledger."""
        return {
            "link": self.link, "link_by": self.link_by, "code_by": self.code_by,
            "address": self.address[:100], "device": self.device[:_DEVICE_LENGTH],
        }  # fmt: skip


def deputised(row: SignOffRow) -> str:
    """Return in whose place a deputy signed; empty for one's own signature."""
    if row.evidence is not None:
        return str(row.evidence.get("deputy_for", ""))
    # Earlier versions wrote it before the reason.
    match = _DEPUTY.match(row.reason)
    return match["name"] if match else ""


def voices(row: SignOffRow) -> frozenset[str]:
    """Return whose voice is used up by a signature: the signer's and that of whom they stand for.

    The interviewee's paper has the interviewee's alone.
    """
    return frozenset({row.person, deputised(row)} - {""})


def paper_handlers(row: SignOffRow) -> frozenset[str]:
    """Return who registered and who confirmed the interviewee's signature, if it was so given."""
    known = row.evidence or {}
    found = {str(known.get(key, "")) for key in ("registered_by", "confirmed_by")}
    if row.evidence is None and row.via == "paper":  # earlier versions wrote it as the reason
        found |= (
            set(row.reason.partition(";")[0].split(" + ")) if row.action == "approve" else set()
        )
        found |= {row.person} if row.action == "register" else set()
    return frozenset(found - {""})


def withdrawn(evidence: Mapping[str, Any]) -> frozenset[int]:
    """Return the numbers of the rows that a withdrawal takes back."""
    return frozenset(int(each) for each in evidence.get("withdraws", ()))
