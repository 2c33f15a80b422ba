"""Commands that look closely: one subject, one stage, one file."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.cli import labels, options
from desk.cli.commands.status import actions_table
from desk.cli.console import ago, clock, echo, out, print_json, printable, size, table
from desk.cli.context import production
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.kinds import kind
from pipeline.repository.records import find_subject
from pipeline.repository.tables import DepositRow, OutputRow, RunRow, SubjectRow
from pipeline.review import signoff
from pipeline.stage import Artefact
from pipeline.workflow.production import Production
from pipeline.workflow.status import StageState

__all__ = ["show", "show_interviewee"]

_DIGITS = frozenset("0123456789abcdef")
_SHORTEST_DIGEST = 8


def show(
    ctx: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT", help="An interviewee, an episode, or the digest of a file."
        ),
    ],
    stage_name: Annotated[
        str, typer.Argument(metavar="STAGE", help="Only this stage, in full.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Show one interviewee, episode or file: what there is, why, and who is next."""
    opened = production(ctx)
    if len(subject) >= _SHORTEST_DIGEST and set(subject) <= _DIGITS:
        found = _of_digest(opened, subject)
        if found:
            _show_file(found, as_json)
            return
    states = opened.states(subject)
    if stage_name:
        wanted = opened.stage(stage_name)
        states = [s for s in states if s.stage.slug == wanted.slug]
        if not states:
            raise NotFoundError(
                _("{stage} is not a stage of {slug}.").format(stage=wanted.label, slug=subject),
                remedy=_(
                    "Stages 1 to 3 belong to an interviewee, 4 to 12 to an episode (NAME/01)."
                ),
            )
    if as_json:
        print_json([_stage_json(opened, state) for state in states])
        return
    _show_stages(opened, states, whole=bool(stage_name))


def show_interviewee(
    ctx: typer.Context,
    interviewee: Annotated[str, typer.Argument(metavar="INTERVIEWEE", help="Short name or name.")],
    as_json: options.Json = False,
) -> None:
    """Show an interviewee: what is known of them, and where their stages stand."""
    opened = production(ctx)
    with opened.ledger.read() as session:
        row = find_subject(session, interviewee)
    if not as_json:
        echo(f"{row.slug}  {row.name}  {_(row.field)}  {row.language}", "bold")
    show(ctx, row.slug, as_json=as_json)


def _show_stages(opened: Production, states: list[StageState], *, whole: bool) -> None:
    shown = table(_("Stage"), _("State"), _("Since"), _("Signed by"), _("Files"))
    for state in states:
        shown.add_row(
            state.stage.label, labels.status_label(state.status),
            f"{clock(state.since_ms)} ({ago(state.since_ms)})" if state.run else "",
            printable(state.approval.person) if state.approval else "",
            "\n".join(_file_line(a) for a in state.outputs),
        )  # fmt: skip
    out().print(shown)
    out().print()
    out().print(actions_table(opened, {states[0].subject.slug: states}))
    if whole:
        for state in states:
            _show_details(opened, state)


def _show_details(opened: Production, state: StageState) -> None:
    echo(_("Made from:"), "bold")
    for artefact in state.inputs:
        echo(f"  {_file_line(artefact)}  {artefact.place}")
    echo(_("Made:"), "bold")
    for artefact in state.outputs:
        echo(f"  {_file_line(artefact)}  {artefact.place}")
    for finding in signoff.findings(opened, state):
        echo(f"{_(finding.level)}: {finding.message}")


def _file_line(artefact: Artefact) -> str:
    label = kind(artefact.kind).label
    return (
        f"{label}  {printable(artefact.name)}  {size(artefact.size_bytes)}  {artefact.sha256[:12]}"
    )


def _stage_json(opened: Production, state: StageState) -> dict[str, Any]:
    return {
        "number": state.stage.number,
        "stage": state.stage.slug,
        "status": state.status.value,
        "missing": list(state.missing),
        "reason": state.reason,
        "since_ms": state.since_ms,
        "signed_by": state.approval.person if state.approval else None,
        "inputs": [_file_json(a) for a in state.inputs],
        "outputs": [_file_json(a) for a in state.outputs],
        "findings": [vars(f) for f in signoff.findings(opened, state)],
    }


def _file_json(artefact: Artefact) -> dict[str, Any]:
    return {
        "kind": artefact.kind, "name": artefact.name, "sha256": artefact.sha256,
        "size_bytes": artefact.size_bytes, "path": str(artefact.place),
    }  # fmt: skip


def _of_digest(opened: Production, digest: str) -> list[dict[str, Any]]:
    """Return every place where a file of that digest appears."""
    with opened.ledger.read() as session:
        return [*_deposits(opened, session, digest), *_outputs(opened, session, digest)]


def _deposits(opened: Production, session: Session, digest: str) -> list[dict[str, Any]]:
    rows = session.execute(
        select(DepositRow, SubjectRow.slug)
        .join(SubjectRow, SubjectRow.id == DepositRow.subject_id)
        .where(DepositRow.sha256.startswith(digest))
    )
    return [
        _place(opened, row, slug) | {"person": row.person, "removed": row.removed}
        for row, slug in rows
    ]


def _outputs(opened: Production, session: Session, digest: str) -> list[dict[str, Any]]:
    rows = session.execute(
        select(OutputRow, RunRow, SubjectRow.slug)
        .join(RunRow, RunRow.id == OutputRow.run_id)
        .join(SubjectRow, SubjectRow.id == RunRow.subject_id)
        .where(OutputRow.sha256.startswith(digest))
    )
    return [
        _place(opened, row, slug)
        | {"stage": run.stage, "at_ms": run.finished_ms, "from": run.inputs}
        for row, run, slug in rows
    ]


def _place(opened: Production, row: DepositRow | OutputRow, slug: str) -> dict[str, Any]:
    path = opened.store.place(row.sha256, row.suffix)
    return {
        "subject": slug, "kind": row.kind, "name": row.name, "sha256": row.sha256,
        "size_bytes": row.size_bytes, "path": str(path),
    } | ({"at_ms": row.at_ms} if isinstance(row, DepositRow) else {})  # fmt: skip


def _show_file(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for place in found:
        echo(
            f"{place['subject']}  {kind(place['kind']).label}  {place['name']}  "
            f"{size(place['size_bytes'])}  {clock(place['at_ms'])}"
        )
        echo(f"  SHA-256 {place['sha256']}")
        echo(f"  {place['path']}")
        if place.get("person"):
            echo(f"  {_('brought by {person}').format(person=place['person'])}")
        for slug, sha256, name in place.get("from", ()):
            echo(f"  {_('made from')} {kind(slug).label}  {name}  {sha256[:12]}")
