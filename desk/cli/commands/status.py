"""The board: every interviewee and episode across the twelve stages, and whose turn it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from desk.cli import labels, options
from desk.cli.console import ago, echo, err, out, print_json, printable, table
from desk.cli.context import production
from flows.server.endpoints import desk_page
from pipeline.i18n import _
from pipeline.preservation.alerts import current_alerts
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import find_subject
from pipeline.stage import Role
from pipeline.tracking.pending_actions import PendingAction, pending_actions
from pipeline.workflow.production import Production
from pipeline.workflow.roster import subjects
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.rests import standing_still
from pipeline.workflow.stage_state import StageSummary, Status

__all__ = ["actions_table", "list_waiting", "print_actions", "status"]

_REFRESH_S = 2.0

Board = Mapping[str, Sequence[StageSummary]]


def status(
    ctx: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="Only this interviewee or episode.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Keep it current until Ctrl-C.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show where every episode stands and who is next."""
    opened = production(ctx)
    if as_json:
        print_json(_as_json(opened, _select_subjects(opened, subject)))
    elif watch:
        with Live(console=out(), auto_refresh=False) as live:
            while True:
                live.update(_render(opened, _select_subjects(opened, subject)), refresh=True)
                time.sleep(_REFRESH_S)
    else:
        out().print(_render(opened, _select_subjects(opened, subject)))


def list_waiting(
    ctx: typer.Context,
    person: Annotated[
        str, typer.Option("--for", metavar="NAME", help="Only what waits for this person.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """List everything that waits for somebody, the longest due first."""
    opened = production(ctx)
    found = pending_actions(opened, person or None)
    if as_json:
        print_json(
            [{"subject": t.state.subject.slug, **_stage(t.state, t), "why": t.why} for t in found]
        )
        return
    still = standing_still(opened, opened.summaries())
    for line in still.values():
        echo(line, "bold yellow")
    if not found:
        if not still:
            echo(_("Nothing is open."))
        return
    shown = _empty_table()
    for turn in found:
        _add_row(shown, turn.state, _who(turn), late=turn.late)
    out().print(shown)


def print_actions(opened: Production, slugs: list[str]) -> None:
    """Say on standard error who is next, after work was done."""
    board = {slug: states for slug, states in opened.summaries().items() if slug in slugs}
    err().print(actions_table(opened, board))
    for line in standing_still(opened, board).values():
        err().print(Text(line, "bold yellow"))


def actions_table(opened: Production, board: Board) -> Table | str:
    """Return a table of all that stands still: who is next, what they have to do, since when."""
    people = [turn for turn in pending_actions(opened) if turn.state.subject.slug in board]
    machine = [s for states in board.values() for s in states if s.status is Status.READY]
    if not people and not machine:
        return _("Nothing is open.")
    shown = _empty_table()
    for turn in people:
        _add_row(shown, turn.state, _who(turn), late=turn.late)
    still = standing_still(opened, board)
    for state in machine:
        resting = state.subject.slug in still
        _add_row(shown, state, _("nobody: it rests") if resting else _("the machine"))
    return shown


def _empty_table() -> Table:
    return table(_("Subject"), _("Stage"), _("Next"), _("To do"), _("Waiting"), _("Why"))


def _add_row(shown: Table, state: StageSummary, who: str, late: bool = False) -> None:
    waited = f"{ago(state.since_ms)}{_(' (late)') if late else ''}"
    shown.add_row(
        state.subject.slug, state.stage.label, printable(who), labels.task_label(state),
        Text(waited, "bold red" if late else ""), printable(state.reason),
    )  # fmt: skip


def _who(turn: PendingAction) -> str:
    roles = "/".join(Role(role).label for role in turn.roles)
    return f"{roles} {_(', ').join(turn.people)}".strip()


def _select_subjects(opened: Production, subject: str) -> Board:
    board = opened.summaries()
    if not subject:
        return board
    with opened.ledger.read() as session:
        chosen = find_subject(session, subject).slug
    return {s: states for s, states in board.items() if s == chosen or s.startswith(f"{chosen}/")}


def _render(opened: Production, board: Board) -> Group | str:
    if not board:
        return _("There is no interviewee yet. Add one: chifeng interviewee add.")
    shown = table(_("Subject"), _("Title"), *(f"{s.number:02d}" for s in opened.stages))
    for slug, states in board.items():
        marks = {
            s.stage.number: Text(labels.status_mark(s.status), labels.STYLES[s.status])
            for s in states
        }
        subject = states[0].subject
        title = printable(subject.title or subject.interviewee)
        shown.add_row(slug, title, *(marks.get(s.number, "") for s in opened.stages))
    legend = Text(
        "  ".join(
            f"{labels.status_mark(s)} {labels.status_label(s)}"
            for s in Status
            if s is not Status.WAITS
        ),
        "dim",
    )
    pause = current_pause(opened)
    pause_line = [Text(pause.words, "bold yellow")] if pause is not None else []
    still = [Text(line, "bold yellow") for line in standing_still(opened, board).values()]
    page = _page(opened, board)
    wrong = [Text(line, "bold red") for line in current_alerts(opened)]
    where = [Text(_("At the desk: {address}").format(address=page))] if page else []
    return Group(
        *pause_line, shown, legend, "", actions_table(opened, board), *still, *wrong, *where
    )


def _page(opened: Production, board: Board) -> str:
    """Return where the desk shows the one subject asked for, or else its board."""
    return desk_page(opened, next(iter(board)) if len(board) == 1 else "")


def _as_json(opened: Production, board: Board) -> dict[str, Any]:
    turns = {(t.state.subject.slug, t.state.stage.slug): t for t in pending_actions(opened)}
    names = {row.slug: row.name for row in subjects(opened)}
    pause = current_pause(opened)
    return {
        "at_ms": now_ms(),
        "paused": vars(pause) if pause is not None else None,
        "standing_still": standing_still(opened, board),
        "troubles": current_alerts(opened),
        "desk": _page(opened, board),
        "subjects": [
            {
                "subject": slug,
                "name": names[slug],
                "interviewee": states[0].subject.interviewee,
                "episode": states[0].subject.number or None,
                "stages": [_stage(s, turns.get((slug, s.stage.slug))) for s in states],
            }
            for slug, states in board.items()
        ],
    }


def _stage(state: StageSummary, turn: PendingAction | None) -> dict[str, Any]:
    return {
        "number": state.stage.number,
        "stage": state.stage.slug,
        "title": state.stage.title,
        "status": state.status.value,
        "missing": list(state.missing),
        "reason": state.reason,
        "roles": list(turn.roles) if turn else [],
        "people": list(turn.people) if turn else [],
        "since_ms": state.since_ms,
        "due_ms": turn.due_ms if turn else None,
        "late": turn.late if turn else False,
    }
