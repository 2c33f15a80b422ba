"""What may be brought, by whom and for which stage; and taking in what was uploaded or picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.web.access import Forbidden, Visitor
from pipeline.documents import forms
from pipeline.errors import InputError
from pipeline.i18n import _
from pipeline.kinds import KINDS, Kind
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.tables import DepositRow
from pipeline.stage import AnyStage
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.ingest.uploads import Upload, Uploads
from pipeline.workflow.ingest.version_conflicts import digest_in_name, find_base
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState
from pipeline.workflow.status import field_arities

__all__ = [
    "DepositRequest", "ListedDeposit", "deposit_job", "deposit_requests", "require_deposit_right",
    "upload_job",
]  # fmt: skip

_OF_INTERVIEWEES = frozenset({"interviewee_correction", "withholding_request", "signed_paper"})
"""What an interviewee alone brings; the rest is the crew's."""


@dataclass(frozen=True)
class ListedDeposit:
    """A deposit as it is listed; `counts` until it is taken back or another takes its place."""

    row: DepositRow
    counts: bool


@dataclass(frozen=True)
class DepositRequest:
    """A kind of material that can be brought. `awaited` tells whether a stage waits for it now;
    `alternatives` are those of which any one will do in its place."""

    kind: Kind
    stage: AnyStage | None
    required: bool
    alternatives: tuple[Kind, ...]
    awaited: bool
    has_form: bool
    deposits: tuple[ListedDeposit, ...]

    @property
    def latest(self) -> str:
        """Return the digest of the last deposit, or nothing."""
        return self.deposits[0].row.sha256 if self.deposits else ""

    @property
    def is_present(self) -> bool:
        """Tell whether something of it counts."""
        return any(each.counts for each in self.deposits)


def require_deposit_right(visitor: Visitor, slug: str, kind: str = "") -> str:
    """Return the slug as the ledger has it; raises Forbidden for what is not the visitor's to
    bring."""
    with visitor.production.ledger.read() as session:
        slug = find_subject(session, slug).slug
    visitor.may_see(slug)
    allowed = visitor.roles & set(visitor.production.settings.roles.may_deposit)
    own = visitor.crew or kind in (*_OF_INTERVIEWEES, "")
    if not allowed or not own:
        raise Forbidden(_("That is not for your role."))
    return slug


def deposit_requests(visitor: Visitor, slug: str) -> list[DepositRequest]:
    """Return what can be brought for an interviewee or an episode, in the order of the stages."""
    production = visitor.production
    states = production.states(slug)
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
    scope = states[0].subject.scope.value
    found = []
    for kind in KINDS.values():
        if kind.slug == "correction_file":
            continue  # brought where its changes are accepted or declined
        if scope in kind.deposit and (visitor.crew or kind.slug in _OF_INTERVIEWEES):
            rows = [row for row in own.deposits if row.kind == kind.slug]
            found.append(_request(kind, states, rows))
    return sorted(found, key=lambda request: request.stage.number if request.stage else 99)


def _request(kind: Kind, states: Sequence[StageState], rows: list[DepositRow]) -> DepositRequest:
    state = next((s for s in states if kind.slug in field_arities(s.stage.needs)), None)
    required = state is not None and field_arities(state.stage.needs)[kind.slug] != "optional"
    groups = getattr(state.stage.needs, "ONE_OF", ()) if state else ()
    group = next((group for group in groups if kind.slug in group), ())
    alternatives = tuple(KINDS[slug] for slug in group if slug != kind.slug)
    return DepositRequest(
        kind, state.stage if state else None, required, alternatives,
        any(kind.slug in s.missing for s in states), forms.template(kind.slug) is not None,
        _listed_deposits(kind, rows),
    )  # fmt: skip


def _listed_deposits(kind: Kind, rows: list[DepositRow]) -> tuple[ListedDeposit, ...]:
    """Return the deposits, the latest first; of the rows about one file, the last speaks."""
    last = {row.sha256: row for row in rows}
    rest = sorted((row for row in last.values()), key=lambda row: row.id, reverse=True)
    counted = [row for row in rest if not row.removed]
    chosen = counted if kind.many else counted[:1]
    return tuple(ListedDeposit(row, row in chosen) for row in rest)


def upload_job(
    visitor: Visitor, uploads: Uploads, upload: Upload, supersedes: str | None, card: str = ""
) -> Callable[[], dict[str, Any]]:
    """Return the work of taking in what was uploaded. What cannot be used is discarded at once."""

    def work() -> dict[str, Any]:
        path = uploads.path(upload)
        bring = deposit_job(
            visitor, upload.slug, KINDS[upload.kind], path, upload.name, supersedes, card,
            uploaded=True,
        )  # fmt: skip
        try:
            result = bring()
        except InputError:
            uploads.remove(upload)
            raise
        uploads.remove(upload)
        return result

    return work


def deposit_job(
    visitor: Visitor, slug: str, kind: Kind, path: Path, name: str, supersedes: str | None,
    card: str = "", *, uploaded: bool = False,
) -> Callable[[], dict[str, Any]]:  # fmt: skip
    """Return the work of depositing a file; `uploaded` spares the copy of one that is ours."""
    production, person = visitor.production, visitor.name

    def work() -> dict[str, Any]:
        base, replaces = _correction_base(production, slug, kind, name, person, supersedes)
        deposited = deposit(
            production, slug, kind, path, person, base=base, supersedes=replaces, name=name,
            card=card if kind.slug == "camera_originals" else "", uploaded=uploaded,
        )  # fmt: skip
        return {
            "deposits": [
                {"slug": d.subject, "name": d.name, "sha256": d.sha256, "size": d.size_bytes,
                 "new": d.new}
                for d in deposited
            ]
        }  # fmt: skip

    return work


def _correction_base(
    production: Production, slug: str, kind: Kind, name: str, person: str, supersedes: str | None
) -> tuple[str | None, str | None]:
    """Return upon which version a correction was made, and which deposit it replaces: the digest
    in its name says so, as the files that are handed out bear it; else what the page showed."""
    digest = digest_in_name(name)
    if kind.revises and not kind.many and digest:
        return find_base(production, slug, kind, digest, person)
    return None, None if kind.many else supersedes
