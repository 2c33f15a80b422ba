"""Arguments and options that many commands share, and how names people type are understood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from pipeline.errors import NotFoundError
from pipeline.i18n import _, use_language
from pipeline.stage import Role

__all__ = ["By", "Json", "Reason", "StageName", "SubjectName", "Yes", "field", "role"]

SubjectName = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="An interviewee (wang-guilan, 王桂兰) or an episode (wang-guilan/01, 王桂兰/1).",
    ),
]
StageName = Annotated[
    str, typer.Argument(metavar="STAGE", help="A stage: 7, initial-proofreading or 初校.")
]
By = Annotated[
    str,
    typer.Option("--by", metavar="NAME", envvar="CHIFENG_PERSON", help="Who you are."),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def role(name: str) -> Role:
    """Return the role of that English or Chinese name. Raises UnknownName."""
    return Role(_one_of(name, [role.value for role in Role], _("There is no role “{name}”.")))


def field(name: str, fields: Iterable[str]) -> str:
    """Return the field of that English or Chinese name. Raises UnknownName."""
    return _one_of(name, list(fields), _("There is no field “{name}”."))


def _one_of(name: str, slugs: list[str], refusal: str) -> str:
    with use_language("zh"):
        chinese = {_(slug): slug for slug in slugs}
    found = chinese.get(name.strip(), name.strip().lower())
    if found not in slugs:
        raise NotFoundError(
            refusal.format(name=name),
            remedy=_("There are: {known}.").format(
                known=", ".join(f"{slug} ({label})" for label, slug in chinese.items())
            ),
        )
    return found
