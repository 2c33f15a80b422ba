"""Commands for time-coded notes: what somebody remarks on a place, and what becomes of it."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import options
from desk.cli.commands.deposit import find_artefacts
from desk.cli.console import clock, echo, print_json
from desk.cli.context import production
from pipeline.captions.cues import clock as timecode
from pipeline.documents.forms.field_types import parse_time_ms
from pipeline.errors import InputError
from pipeline.i18n import _
from pipeline.kinds import kind
from pipeline.review import notes

__all__ = ["leave", "list_notes", "reply", "resolve", "waive"]

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The note's number.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="What you have to say.")]


def list_notes(
    ctx: typer.Context,
    subject: options.SubjectName,
    every: Annotated[bool, typer.Option("--all", help="Also those that are done.")] = False,
    as_json: options.Json = False,
) -> None:
    """List the notes on an episode that still want an answer."""
    opened = production(ctx)
    with opened.ledger.read() as session:
        found = [note for note in notes.notes(session, subject) if every or note.open]
    if as_json:
        print_json([_as_json(note) for note in found])
        return
    if not found:
        echo(_("No note is open."))
    for note in found:
        quote = f"「{note.quote}」" if note.quote else ""
        echo(f"{note.id}  {timecode(note.start_ms)}  {note.person}：{note.text} {quote}".rstrip())
        for answer in note.replies:
            echo(f"    {clock(answer.at_ms)}  {answer.person}  {_(answer.action)}  {answer.text}")


def leave(
    ctx: typer.Context,
    subject: options.SubjectName,
    at: Annotated[str, typer.Argument(metavar="TIME", help="Where in the episode, such as 1:05.")],
    text: Text,
    by: options.By,
    on: Annotated[
        str, typer.Option("--on", metavar="KIND", help="On which file; else the subtitled video.")
    ] = "subtitled_video",
) -> None:
    """Leave a note on a place in an episode. Open notes keep the final review from being signed."""
    opened = production(ctx)
    try:
        start_ms = parse_time_ms(at)
    except ValueError as error:
        raise InputError(
            _("“{time}” is no time.").format(time=at), remedy=_("Write it like 1:05 or 0:01:05.")
        ) from error
    artefact = find_artefacts(opened, subject, kind(on))[-1]
    number = notes.add_note(
        opened, subject, by, text, kind=artefact.kind, sha256=artefact.sha256,
        start_ms=start_ms, end_ms=start_ms,
    )  # fmt: skip
    echo(_("Note {n} is left at {time}.").format(n=number, time=timecode(start_ms)), "green")


def reply(ctx: typer.Context, number: Number, text: Text, by: options.By) -> None:
    """Answer a note."""
    notes.reply(production(ctx), number, by, text)


def resolve(
    ctx: typer.Context,
    number: Number,
    by: options.By,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you have to say.")] = "",
) -> None:
    """Say that what a note asks for is done."""
    notes.resolve(production(ctx), number, by, text)


def waive(ctx: typer.Context, number: Number, text: Text, by: options.By) -> None:
    """Let a note stand without being done, and say why."""
    notes.waive(production(ctx), number, by, text)


def _as_json(note: notes.Note) -> dict[str, object]:
    return {
        "number": note.id, "kind": note.kind, "sha256": note.sha256, "start_ms": note.start_ms,
        "end_ms": note.end_ms, "quote": note.quote, "text": note.text, "person": note.person,
        "at_ms": note.at_ms, "open": note.open,
        "answers": [
            {"action": r.action, "person": r.person, "text": r.text, "at_ms": r.at_ms}
            for r in note.replies
        ],
    }  # fmt: skip
