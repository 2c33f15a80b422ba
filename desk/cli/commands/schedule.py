"""Commands for what would happen, and for letting things rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import echo, out, print_json, printable, table
from desk.cli.context import production
from pipeline.i18n import _
from pipeline.kinds import kind
from pipeline.workflow import impact as planning
from pipeline.workflow.scheduling import pause as pausing
from pipeline.workflow.scheduling import requests

__all__ = ["pause", "plan", "preview", "resume", "show_steps", "stop"]


def plan(
    ctx: typer.Context,
    subject: options.SubjectName,
    to: Annotated[
        str, typer.Option("--to", metavar="STAGE", help="If it were sent back to this stage.")
    ] = "",
    bring: Annotated[
        str, typer.Option("--deposit", metavar="KIND", help="If this were brought.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Say which stages would run again and whose signatures would lapse. Nothing is done."""
    opened = production(ctx)
    steps = planning.plan(
        opened, subject,
        send_back_to=opened.stage(to) if to else None, deposit=kind(bring) if bring else None,
    )  # fmt: skip
    if as_json:
        print_json([
            {"subject": s.state.subject.slug, "stage": s.state.stage.slug, "work": s.work.value,
             "signature": s.signature.value,
             "signer": s.signer, "because": list(s.because)}
            for s in steps
        ])  # fmt: skip
        return
    show_steps(steps)


def show_steps(steps: Sequence[planning.Step]) -> None:
    """Show a plan as a table; of several subjects, say whose each stage is."""
    several = len({step.state.subject.slug for step in steps}) > 1
    headings = (_("Stage"), _("Work"), _("Signature"), _("Signed by"), _("Because of"))
    shown = table(*((_("Subject"),) if several else ()), *headings)
    for step in steps:
        shown.add_row(
            *((step.state.subject.slug,) if several else ()),
            step.state.stage.label, _effect(step.work), _effect(step.signature),
            printable(step.signer),
            printable(_(", ").join(planning.label(c) for c in step.because)),
        )  # fmt: skip
    out().print(shown)


def preview(steps: Sequence[planning.Step]) -> None:
    """Show what changes by a plan, and say what stays."""
    still = (planning.Effect.KEEPS, planning.Effect.NONE)
    touched = [s for s in steps if s.work not in still or s.signature not in still]
    show_steps(touched)
    kept = [s for s in steps if s.signature is planning.Effect.KEEPS]
    if kept:
        echo(_("Signatures that stay: {stages}.").format(
            stages=_(", ").join(f"{s.state.stage.label} ({s.signer})" for s in kept)
        ))  # fmt: skip


def stop(ctx: typer.Context, subject: options.SubjectName, by: options.By = "") -> None:
    """Let an interviewee or episode rest until it is produced again."""
    via = f"command line: {by}" if by else "command line"
    request = requests.stop(production(ctx), subject, via=via)
    echo(_("{subject} rests until “chifeng produce {subject}”.").format(subject=request.slug))


def pause(
    ctx: typer.Context,
    by: options.By = "",
    reason: options.Reason = "",
) -> None:
    """Pause the whole production: nothing new begins, what is at work ends."""
    opened = production(ctx)
    if pausing.pause(opened, by=by or _("the command line"), reason=reason):
        echo(_("Paused. Nothing new begins until “chifeng resume”; signing goes on."))
    else:
        echo(_("It is paused already."))


def resume(
    ctx: typer.Context,
    by: options.By = "",
) -> None:
    """Have a paused production go on."""
    if pausing.resume(production(ctx), by=by or _("the command line")):
        echo(_("The production goes on."), "green")
    else:
        echo(_("It is not paused."))


def _effect(effect: planning.Effect) -> str:
    return {
        planning.Effect.KEEPS: _("stays"),
        planning.Effect.RUNS: _("runs again"),
        planning.Effect.IF_CHANGED: _("only if changed"),
        planning.Effect.LAPSES: _("lapses"),
        planning.Effect.NONE: "·",
    }[effect]
