"""The command that tells what happened, with what was changed in the subtitles each time."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from desk.cli import options
from desk.cli.console import clock, echo, out, print_json, printable
from desk.cli.context import production
from pipeline.captions.cues import clock as position
from pipeline.captions.revision.diff import Change, change_label, time_range
from pipeline.errors import SubtitleError
from pipeline.i18n import _, ngettext
from pipeline.tracking import history as happened

__all__ = ["history", "show_changes"]

_FEW = 5
_STYLES = {"same": "", "gone": "red strike", "new": "bold green"}
_MARKS = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
"""As git marks words where there is no colour."""


def history(
    ctx: typer.Context,
    subject: options.SubjectName,
    changes: Annotated[
        bool, typer.Option("--changes", help="Show every change in the subtitles, not the first.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Tell everything that happened: what was brought, done and signed, by whom and when."""
    events = happened.history(production(ctx), subject)
    if as_json:
        print_json([_event_json(event) for event in events])
        return
    if not events:
        echo(_("Nothing has happened yet."))
    for event in events:
        who = event.who or _("the machine")
        reason = _(": {reason}").format(reason=event.reason) if event.reason else ""
        echo(f"{clock(event.at_ms)}  {who}  {event.what}{reason}")
        found = _changes(event)
        show_changes(found if changes else found[:_FEW])
        if len(found) > _FEW and not changes:
            more = len(found) - _FEW
            echo("    " + ngettext(
                "… and {n} more change: --changes", "… and {n} more changes: --changes", more
            ).format(n=more), "dim")  # fmt: skip


def show_changes(found: list[Change]) -> None:
    """Show changes a line each: coloured by character on a terminal, marked where it has none."""
    console = out()
    for change in found:
        line = Text(f"    {position(change.start_ms)}  {change_label(change)}  ")
        if change.kind == "time":
            line.append(f"{time_range(change.old)} → {time_range(change.new)}  ")
        for kind, text in change.pieces:
            shown = text if console.color_system else _MARKS[kind].format(text)
            line.append(printable(shown), _STYLES[kind])
        console.print(line, soft_wrap=True)


def _changes(event: happened.Event) -> list[Change]:
    try:
        return event.changes
    except (SubtitleError, OSError):  # the audit says what is wrong with the file
        return []


def _event_json(event: happened.Event) -> dict[str, Any]:
    return {
        "at_ms": event.at_ms, "who": event.who, "what": event.what, "stage": event.stage,
        "reason": event.reason,
        "before": str(event.before) if event.before else None,
        "after": str(event.after) if event.after else None,
        "changes": [
            {"kind": c.kind, "start_ms": c.start_ms, "end_ms": c.end_ms, "old": c.old_text,
             "new": c.new_text}
            for c in _changes(event)
        ],
    }  # fmt: skip
