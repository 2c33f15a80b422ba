"""Commands for the interviewee's link: make one, list them, withdraw one."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import clock, echo, err, print_json
from desk.cli.context import production
from pipeline.errors import InputError
from pipeline.i18n import _
from pipeline.review.access import invitations

__all__ = ["list_links", "make_link", "take_over_code", "withdraw_link"]


def make_link(
    ctx: typer.Context,
    subject: options.SubjectName,
    by: options.By,
    address: Annotated[
        str,
        typer.Option(
            "--address", metavar="URL",
            help="Where the desk is reached, if other than the setting desk.address.",
        ),
    ] = "",
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Make a link by which the interviewee looks through an episode, and its code."""
    opened = production(ctx)
    base = (address or opened.settings.desk.address).rstrip("/")
    if not base:
        raise InputError(
            _("Nobody knows at which address the interviewee reaches the desk."),
            remedy=_("Give it with --address, or set “address” of [desk] in settings.toml."),
        )
    made = invitations.invite(opened, subject, by)
    url = f"{base}/i/{made.token}"
    if as_json:
        print_json(
            {"link": made.id, "address": url, "code": made.code, "expires_ms": made.expires_ms}
        )
        return
    echo(url)
    echo(_("Code, to be read out by telephone and never sent with the link:") + f" {made.code}")
    echo(_("Link {n}, good until {moment}.").format(n=made.id, moment=clock(made.expires_ms)))
    err().print(_("Shown this once: print it or copy it now."))


def list_links(
    ctx: typer.Context, subject: options.SubjectName, as_json: options.Json = False
) -> None:
    """List the links ever made for an episode."""
    rows = invitations.invitations(production(ctx), subject)
    if as_json:
        print_json([
            {
                "link": row.id, "by": row.by, "at_ms": row.at_ms, "expires_ms": row.expires_ms,
                "used_ms": row.used_ms, "code_by": row.code_by, "ended_ms": row.ended_ms,
                "open": row.open,
            }
            for row in rows
        ])  # fmt: skip
        return
    for row in rows:
        end = row.ended_ms or row.expires_ms
        until = _("good until {day}") if row.open else _("ended {moment}")
        used = _("last used {moment}").format(moment=clock(row.used_ms))
        echo("  ".join((
            str(row.id), clock(row.at_ms), row.by,
            until.format(day=clock(end), moment=clock(end)),
            used if row.used_ms else _("not used yet"),
        )))  # fmt: skip


def take_over_code(
    ctx: typer.Context,
    subject: options.SubjectName,
    link: Annotated[int, typer.Argument(metavar="LINK", help="The link's number.")],
    by: options.By,
) -> None:
    """Take over the code of a link from who made it: a new one is shown, the old one is void.

    A signature by this link then needs no confirmation.
    """
    code = invitations.take_over(production(ctx), subject, link, by)
    echo(_("Code, to be read out by telephone and never sent with the link:") + f" {code}")


def withdraw_link(
    ctx: typer.Context,
    subject: options.SubjectName,
    link: Annotated[int, typer.Argument(metavar="LINK", help="The link's number.")],
    by: options.By,
) -> None:
    """Withdraw a link: it opens nothing any more, and whoever is in by it is out."""
    invitations.withdraw_invitation(production(ctx), subject, link, by)
    echo(_("Link {n} is withdrawn.").format(n=link), "green")
