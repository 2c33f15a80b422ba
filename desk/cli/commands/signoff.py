"""Commands for the people who decide: signing, sending back, withdrawing."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from desk.cli import options
from desk.cli.commands import schedule
from desk.cli.console import echo, err, out, print_json, printable, size, table
from desk.cli.context import production, system_user
from desk.cli.progress import progress_bar
from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import _
from pipeline.kinds import kind
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_subject
from pipeline.repository.tables import SignOffRow
from pipeline.review import signoff
from pipeline.review.deputies import delegate
from pipeline.review.signoff_rules import require_reason
from pipeline.review.terminal_signoff import Terminal
from pipeline.stage import AnyStage
from pipeline.workflow.impact import plan
from pipeline.workflow.production import Production
from pipeline.workflow.status import StageState

__all__ = ["confirm_paper", "deputise", "register_paper", "send_back", "sign", "withdraw"]


def sign(
    ctx: typer.Context,
    subjects: options.SubjectNames,
    stage_name: options.StageName,
    by: options.By,
    reason: options.Reason = "",
    number: Annotated[
        str,
        typer.Option(
            "--number",
            metavar="NUMBER",
            help="In the interviewee's name: the number on the paper they signed (稿号).",
        ),
    ] = "",
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Approve what a stage has made. The signature binds to exactly these files.

    Several episodes are signed one after the other; the first refusal ends it. In the interviewee's
    name it needs the number of the signed paper, or a reason. The system user who ran the command
    is kept with it.
    """
    opened = production(ctx)
    stage = opened.stage(stage_name)
    terminal = Terminal(system_user(), number)
    with opened.ledger.read() as session:  # a wrong name is found before anything is signed
        slugs = list(dict.fromkeys(find_subject(session, name).slug for name in subjects))
    rows: list[SignOffRow] = []
    try:
        for subject in slugs:
            rows.append(_sign_one(opened, subject, stage, by, reason, terminal, yes, as_json))
    finally:
        if as_json and rows:
            print_json(_as_json(rows[0]) if len(subjects) == 1 else [*map(_as_json, rows)])


def _sign_one(
    opened: Production, subject: str, stage: AnyStage, by: str, reason: str, terminal: Terminal,
    yes: bool, as_json: bool,
) -> SignOffRow:  # fmt: skip
    state = _state(opened, subject, stage)
    if not as_json and state is not None and state.signs:
        echo(state.subject.named(), "bold")
        _show_outputs(opened, state)
        if not yes and sys.stdin.isatty():
            typer.confirm(_("Sign this as {person}?").format(person=by), abort=True)
    seen = state.signs if state is not None else None
    folders: list[Path] = []
    row = signoff.approve(
        opened, subject, stage, by, reason=reason, seen=seen, on_release=folders.append,
        terminal=terminal,
    )  # fmt: skip
    if not as_json:
        _show(row, stage, as_json)
    for folder in folders:
        err().print(_("Released: {folder}").format(folder=folder), soft_wrap=True)
    return row


def register_paper(
    ctx: typer.Context,
    subject: options.SubjectName,
    stage_name: options.StageName,
    scan: Annotated[Path, typer.Argument(metavar="SCAN", help="A scan of the signed paper.")],
    by: options.By,
    number: Annotated[
        str,
        typer.Option(
            "--number",
            metavar="NUMBER",
            help="The number on the paper (稿号).",
        ),
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Register that the interviewee signed on paper. Another person must confirm it."""
    opened = production(ctx)
    stage = opened.stage(stage_name)
    with progress_bar(scan.name):
        row = signoff.register_scan(
            opened, subject, stage, scan, by, number=number, terminal=Terminal(system_user())
        )
    _show(row, stage, as_json)


def confirm_paper(
    ctx: typer.Context,
    subject: options.SubjectName,
    stage_name: options.StageName,
    by: options.By,
    as_json: options.Json = False,
) -> None:
    """Confirm what another person registered: from now on the interviewee has signed."""
    opened = production(ctx)
    stage = opened.stage(stage_name)
    row = signoff.confirm_paper(opened, subject, stage, by, terminal=Terminal(system_user()))
    _show(row, stage, as_json)


def deputise(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who is away.")],
    deputy: Annotated[str, typer.Argument(metavar="DEPUTY", help="Who signs meanwhile.")],
    until: Annotated[
        datetime,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="The last day."),
    ],
    reason: options.Reason,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day; now if left out."
        ),
    ] = None,
) -> None:
    """Let somebody sign in another's place for some days."""
    from_ms = _day_ms(since) if since else now_ms()
    until_ms = _day_ms(until + timedelta(days=1))
    row = delegate(
        production(ctx), person, deputy, from_ms=from_ms, until_ms=until_ms, reason=reason
    )
    echo(_("{deputy} may sign for {person} until {date} (entry {n}).").format(
        deputy=deputy, person=person, date=f"{until:%Y-%m-%d}", n=row.id
    ), "green")  # fmt: skip


def _day_ms(day: datetime) -> int:
    """Return the beginning of a day of the production's calendar."""
    return int(day.replace(tzinfo=CHINA_TIME).timestamp() * 1000)


def send_back(
    ctx: typer.Context,
    subject: options.SubjectName,
    stage_name: options.StageName,
    by: options.By,
    to: Annotated[
        str, typer.Option("--to", metavar="STAGE", help="Which stage is to be done again.")
    ],
    reason: options.Reason = "",
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Have an earlier stage done again; also reopens a released episode (from stage 12).

    Shows first what would run again and whose signatures would lapse.
    """
    opened = production(ctx)
    stage = opened.stage(stage_name)
    target = opened.stage(to)
    if not sys.stdin.isatty():
        require_reason(reason)
    if not as_json:
        schedule.preview(plan(opened, subject, send_back_to=target))
    reason = reason or _ask_reason(opened, target)
    if not as_json and not yes and sys.stdin.isatty():
        typer.confirm(_("Send it back as {person}?").format(person=by), abort=True)
    row = signoff.send_back(
        opened, subject, stage, target, by, reason, terminal=Terminal(system_user())
    )
    _show(row, target, as_json)


def withdraw(
    ctx: typer.Context,
    subject: options.SubjectName,
    stage_name: options.StageName,
    by: options.By,
    reason: options.Reason,
    as_json: options.Json = False,
) -> None:
    """Take your own approval back."""
    opened = production(ctx)
    stage = opened.stage(stage_name)
    row = signoff.withdraw(opened, subject, stage, by, reason, terminal=Terminal(system_user()))
    _show(row, stage, as_json)


def _ask_reason(opened: Production, stage: AnyStage) -> str:
    """Offer the usual reasons by number; anything else may be written. Silent without a person."""
    if not sys.stdin.isatty():
        return ""
    usual = opened.settings.reasons.stage.get(stage.slug, ())
    for n, why in enumerate(usual, 1):
        echo(f"{n}  {why}")
    answer: str = typer.prompt(_("Why? A number, or your own words")).strip()
    return usual[int(answer) - 1] if answer.isdigit() and 0 < int(answer) <= len(usual) else answer


def _state(opened: Production, subject: str, stage: AnyStage) -> StageState | None:
    return next((s for s in opened.states(subject) if s.stage.slug == stage.slug), None)


def _show_outputs(opened: Production, state: StageState) -> None:
    shown = table(_("File"), _("Name"), _("Size"), "SHA-256")
    for artefact in state.outputs:
        shown.add_row(
            kind(artefact.kind).label, printable(artefact.name), size(artefact.size_bytes),
            artefact.sha256[:12],
        )  # fmt: skip
    out().print(shown)
    for finding in signoff.findings(opened, state):
        echo(f"{_(finding.level)}: {finding.message}", "red" if finding.level == "error" else "")


def _show(row: SignOffRow, stage: AnyStage, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(row))
        return
    done = {
        "approve": _("{person} approved {stage} (entry {n})."),
        "send_back": _("{person} sent {stage} back (entry {n})."),
        "withdraw": _("{person} withdrew the approval of {stage} (entry {n})."),
        "register": _("{person} registered the signed paper of {stage} (entry {n}).")
        if row.via == "paper"
        else _("{person} signed {stage}; it is to be confirmed (entry {n})."),
    }[row.action]
    echo(done.format(person=row.person, stage=stage.label, n=row.id), "green")


def _as_json(row: SignOffRow) -> dict[str, object]:
    return {
        "number": row.id, "stage": row.stage, "action": row.action, "person": row.person,
        "role": row.role, "via": row.via, "reason": row.reason, "at_ms": row.at_ms,
        "digests": row.digests, "hash": row.hash, "evidence": row.evidence or {},
    }  # fmt: skip
