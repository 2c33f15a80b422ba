"""Arguments and options that many commands share, and how names people type are understood."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import InputError, NotFoundError
from pipeline.i18n import _, use_language
from pipeline.stage import Role

__all__ = [
    "By",
    "Distinction",
    "Json",
    "Reason",
    "StageName",
    "SubjectName",
    "SubjectNames",
    "Yes",
    "existing_file",
    "role",
]

SubjectName = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="An interviewee (wang-guilan, 王桂兰) or an episode (wang-guilan/01, 王桂兰/1).",
    ),
]
SubjectNames = Annotated[
    list[str],
    typer.Argument(
        metavar="SUBJECT",
        help="An interviewee (wang-guilan, 王桂兰) or episodes (wang-guilan/01, 王桂兰/1).",
    ),
]
StageName = Annotated[
    str, typer.Argument(metavar="STAGE", help="A stage: 7, initial-proofreading or 初校.")
]
By = Annotated[
    str, typer.Option("--by", metavar="NAME", envvar="CHIFENG_PERSON", help="Who you are.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Distinction = Annotated[
    str,
    typer.Option(
        "--distinction",
        metavar="TEXT",
        help="Year of birth or unit, where somebody else has the same name.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def existing_file(path: Path) -> Path:
    """Return the file, with the user's folder spelt out. Raises InputError where there is none."""
    found = path.expanduser()
    if not found.is_file():
        raise InputError(
            _("There is no file {path}.").format(path=path),
            remedy=_("Check the name and the folder."), path=path,
        )  # fmt: skip
    return found


def role(name: str) -> Role:
    """Return the role of that English or Chinese name. Raises NotFoundError."""
    with use_language("zh"):
        chinese = {_(each.value): each for each in Role}
    found = chinese.get(name.strip()) or next((r for r in Role if r == name.strip().lower()), None)
    if found is None:
        raise NotFoundError(
            _("There is no role “{name}”.").format(name=name),
            remedy=_("There are: {known}.").format(
                known=", ".join(f"{each.value} ({label})" for label, each in chinese.items())
            ),
        )
    return found
