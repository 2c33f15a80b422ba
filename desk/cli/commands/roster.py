"""Commands for the people of the production, its interviewees and their episodes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from desk.cli import options
from desk.cli.console import echo, out, print_json, printable, table
from desk.cli.context import production
from pipeline.i18n import _
from pipeline.repository.records import find_subject
from pipeline.repository.tables import SubjectRow
from pipeline.review.access import accounts
from pipeline.stage import Role
from pipeline.workflow import roster
from pipeline.workflow.production import Production

__all__ = [
    "add_episode", "add_interviewee", "add_person", "give_password", "list_episodes",
    "list_interviewees", "list_people",
]  # fmt: skip


def add_person(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")],
    role: Annotated[
        list[str],
        typer.Option(
            "--role",
            metavar="ROLE",
            help="What they do, such as editor or 字幕编辑; may be repeated.",
        ),
    ],
    distinction: options.Distinction = "",
    password: Annotated[
        bool, typer.Option("--password", help="Make a password for the desk and show it once.")
    ] = False,
) -> None:
    """Add a person, or give one more roles."""
    roles = [options.role(each) for each in role]
    opened = production(ctx)
    row = roster.add_person(opened, name, roles, distinction=distinction)
    echo(f"{row.name}: {_roles(row.roles)}")
    if password:
        _give_password(opened, row.name)


def give_password(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")],
) -> None:
    """Give a person a new password for the desk, shown once; their sessions end."""
    _give_password(production(ctx), name)


def _give_password(opened: Production, name: str) -> None:
    made = accounts.generate_password()
    accounts.set_password(opened, name, made, by="command line")
    echo(_("The password of {name}, shown this once: {password}").format(name=name, password=made))


def list_people(
    ctx: typer.Context,
    retired: Annotated[bool, typer.Option("--retired", help="Also those who left.")] = False,
    as_json: options.Json = False,
) -> None:
    """List everybody with their roles."""
    rows = roster.people(production(ctx), retired=retired)
    if as_json:
        print_json([
            {"id": row.id, "name": row.name, "roles": row.roles, "retired_ms": row.retired_ms}
            for row in rows
        ])  # fmt: skip
        return
    shown = table(_("Name"), _("Roles"))
    for row in rows:
        left = f" ({_('retired')})" if row.retired_ms else ""
        shown.add_row(printable(row.name), _roles(row.roles) + left)
    out().print(shown)


def add_interviewee(
    ctx: typer.Context,
    slug: Annotated[
        str, typer.Argument(metavar="SHORT-NAME", help="Small Latin letters, such as wang-guilan.")
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The interviewee's name.")],
    field: Annotated[
        str, typer.Option("--field", metavar="FIELD", help="The field, such as culture or 文化.")
    ],
    phase: Annotated[int, typer.Option("--phase", min=1, help="The phase of the project.")] = 1,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="What they speak: zh, mn, en.")
    ] = "",
    distinction: options.Distinction = "",
) -> None:
    """Add an interviewee."""
    opened = production(ctx)
    chosen = roster.find_field(opened, field)
    row = roster.add_interviewee(
        opened, slug, name, field=chosen, phase=phase, language=language, distinction=distinction
    )
    echo(f"{row.slug}  {row.name}")


def list_interviewees(ctx: typer.Context, as_json: options.Json = False) -> None:
    """List the interviewees."""
    rows = [row for row in roster.subjects(production(ctx)) if row.parent_id is None]
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    shown = table(_("Short name"), _("Name"), _("Field"), _("Phase"), _("Language"))
    for row in rows:
        shown.add_row(row.slug, printable(row.name), _(row.field), str(row.phase), row.language)
    out().print(shown)


def add_episode(
    ctx: typer.Context,
    interviewee: Annotated[str, typer.Argument(metavar="INTERVIEWEE", help="Short name or name.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The episode's title.")],
    number: Annotated[
        int, typer.Option("--number", min=0, help="Its number; the next one if left out.")
    ] = 0,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="If other than the interviewee's.")
    ] = "",
) -> None:
    """Add an episode to an interviewee."""
    row = roster.add_episode(production(ctx), interviewee, title, number=number, language=language)
    echo(f"{row.slug}  {row.name}")


def list_episodes(
    ctx: typer.Context,
    interviewee: Annotated[
        str, typer.Argument(metavar="INTERVIEWEE", help="Only this interviewee's.")
    ] = "",
    as_json: options.Json = False,
) -> None:
    """List the episodes."""
    opened = production(ctx)
    rows = roster.subjects(opened)
    if interviewee:
        with opened.ledger.read() as session:
            parent = find_subject(session, interviewee)
            rows = [row for row in rows if row.parent_id == parent.id]
    episodes = [row for row in rows if row.parent_id is not None]
    if as_json:
        print_json([_as_json(row) for row in episodes])
        return
    shown = table(_("Episode"), _("Title"), _("Language"))
    for row in episodes:
        shown.add_row(row.slug, printable(row.name), row.language)
    out().print(shown)


def _roles(values: list[str]) -> str:
    return _(", ").join(Role(value).label for value in values)


def _as_json(row: SubjectRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"subject": row.slug, "name": row.name}
    if row.parent_id is None:
        return shown | {"field": row.field, "phase": row.phase, "language": row.language}
    return shown | {"number": row.number, "language": row.language}
