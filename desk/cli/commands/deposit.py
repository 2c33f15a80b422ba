"""Commands for files: bringing them in, taking them back, getting them out."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from desk.cli import options
from desk.cli.commands.history import show_changes
from desk.cli.console import echo, print_json
from desk.cli.context import production
from desk.cli.progress import progress_bar
from pipeline.delivery.release import release
from pipeline.delivery.restricted_access import is_restricted_for
from pipeline.documents import forms
from pipeline.editing.original_names import camera_name
from pipeline.errors import InputError, NotFoundError, NotReadyError, StaleBaseError
from pipeline.i18n import _
from pipeline.kinds import KINDS, Kind, kind
from pipeline.repository.records import find_person
from pipeline.repository.store import storage_errors
from pipeline.stage import Artefact
from pipeline.workflow.ingest import deposits
from pipeline.workflow.ingest.version_conflicts import changes_since_base, digest_in_name, find_base
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import is_released

__all__ = ["deposit", "find_artefacts", "open_file", "take_back", "template"]

KindName = Annotated[
    str, typer.Argument(metavar="KIND", help="What it is: camera_originals or 摄像原始素材.")
]


def deposit(
    ctx: typer.Context,
    subject: options.SubjectName,
    kind_name: KindName,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The files.")],
    by: options.By,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what somebody else saved meanwhile.")
    ] = False,
    card: Annotated[
        str,
        typer.Option(
            "--name",
            metavar="CARD",
            help="The card or roll of camera originals: C0001.MP4 becomes C0001 (CARD).MP4.",
        ),
    ] = "",
    as_json: options.Json = False,
) -> None:
    """Bring material: a form, recordings, an edit list, a correction.

    An original whose name another one has, and which is not the same, gets a number or the name of
    its card: C0001 (2).MP4.
    """
    opened = production(ctx)
    wanted = kind(kind_name)
    if len(files) > 1 and not wanted.many:
        raise InputError(
            _("Only one {kind} counts at a time.").format(kind=wanted.label),
            remedy=_("Name one file."),
        )
    done = []
    for file in files:
        with progress_bar(file.name):
            done += _deposit_file(opened, subject, wanted, file, by, replace=replace, card=card)
    if as_json:
        print_json([vars(each) for each in done])
        return
    for each in done:
        fate = _("taken in") if each.new else _("was there already")
        echo(f"{each.subject}  {kind(each.kind).label}  {each.name}  {each.sha256[:12]}  {fate}")
    _tell_new_names(done, {file.name for file in files})


def _tell_new_names(done: list[deposits.Deposited], given: set[str]) -> None:
    """Say which originals go by another name than their file's, and how an edit list means them."""
    text = _(
        "“{file}” is called “{name}” here. An edit list means it by this name, by {digest} or by "
        "its timecode."
    )
    for each in done:
        if each.kind == "camera_originals" and each.name not in given:
            file = camera_name(each.name)
            echo(text.format(file=file, name=each.name, digest=each.sha256[:8]), "yellow")


def take_back(
    ctx: typer.Context,
    subject: options.SubjectName,
    kind_name: KindName,
    digest: Annotated[
        str, typer.Argument(metavar="DIGEST", help="The first characters of its SHA-256.")
    ],
    by: options.By,
) -> None:
    """Have something that was brought no longer count. The file stays in the store."""
    deposits.take_back(production(ctx), subject, kind(kind_name), digest, by)
    echo(_("It no longer counts. The file stays in the store."))


def open_file(
    ctx: typer.Context,
    subject: options.SubjectName,
    kind_name: Annotated[
        str,
        typer.Argument(metavar="KIND", help="Which file; without it, the folder of the release."),
    ] = "",
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Put a copy there, to work on.")
    ] = None,
    path_only: Annotated[bool, typer.Option("--path", help="Only print where it is.")] = False,
    by: options.By = "",
) -> None:
    """Open a file with the program that belongs to it, or copy it out.

    Once an episode is released, what shows passages withheld from it is opened for the director.
    """
    opened = production(ctx)
    paths: list[Path]
    if not kind_name:
        paths = [release(opened, subject)]
    else:
        found = find_artefacts(opened, subject, kind(kind_name))
        _require_access(opened, subject, found, by)
        paths = [_copy_out(each, to, subject) for each in found] if to else [a.path for a in found]
    for path in paths:
        echo(str(path))
        if not path_only and to is None:
            typer.launch(str(path))


def template(
    kind_name: KindName,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Put a copy there, to fill in.")
    ] = None,
) -> None:
    """Print the form for a kind of material, or copy it to be filled in."""
    wanted = kind(kind_name)
    form = forms.template(wanted.slug)
    if form is None:
        raise NotFoundError(
            _("There is no form for {kind}.").format(kind=wanted.label),
            remedy=_("There are forms for: {kinds}.").format(
                kinds=", ".join(k.slug for k in KINDS.values() if forms.template(k.slug))
            ),
        )
    if to is None:
        sys.stdout.write(form.read_text("utf-8"))
        return
    target = to / f"{wanted.label}{form.suffix}"
    if target.exists():
        raise InputError(
            _("{path} is there already.").format(path=target),
            remedy=_("Fill in that one, or name another folder."), path=target,
        )  # fmt: skip
    with storage_errors(target):
        to.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(form, target)
    echo(str(target))


def find_artefacts(opened: Production, slug: str, wanted: Kind) -> list[Artefact]:
    """Return the present files of a kind, as deposited or made. Raises NotFoundError."""
    states = opened.states(slug)
    if states and states[0].subject.number and not is_released(states):
        states = [*opened.states(slug.partition("/")[0]), *states]
    found: dict[str, Artefact] = {}
    for state in states:
        for artefact in (*state.inputs, *state.outputs):
            if artefact.kind == wanted.slug:
                found[artefact.sha256] = artefact
    if not found:
        raise NotFoundError(
            _("{subject} has no {kind} yet.").format(subject=slug, kind=wanted.label),
            remedy=_("“chifeng show {slug}” lists what there is.").format(slug=slug),
        )
    return list(found.values())


def _require_access(opened: Production, slug: str, found: list[Artefact], by: str) -> None:
    with opened.ledger.read() as session:
        roles = find_person(session, by).roles if by else ()
    if any(is_restricted_for(opened, slug, artefact, roles) for artefact in found):
        raise NotReadyError(
            _("It shows what was withheld: only the director may have it."),
            remedy=_("Say who you are with --by; “chifeng open {slug}” shows the release.").format(
                slug=slug
            ),
        )


def _copy_out(artefact: Artefact, folder: Path, subject: str) -> Path:
    """Copy it under a name that says what it is, of whom, and which version."""
    name = f"{subject.replace('/', '-')}-{kind(artefact.kind).label}"
    target = folder / f"{name}.{artefact.sha256[:12]}{artefact.place.suffix}"
    with storage_errors(target), progress_bar(target.name):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(artefact.path, target)
    return target


def _deposit_file(
    opened: Production, slug: str, wanted: Kind, file: Path, by: str, *, replace: bool, card: str
) -> list[deposits.Deposited]:
    """Deposit a file. A correction must have been begun from the latest there is.

    `chifeng open … --to` writes the digest of what was begun from into the name: should a new draft
    have come meanwhile, the correction is carried over to it; should another correction have come,
    its author's changes are shown instead.
    """
    base, began = None, None
    if wanted.revises:
        base, began = find_base(opened, slug, wanted, digest_in_name(file.name), by)
    try:
        return deposits.deposit(
            opened, slug, wanted, file, by, base=base, supersedes=None if replace else began,
            card=card,
        )  # fmt: skip
    except StaleBaseError as error:
        echo(_("What {person} changed meanwhile:").format(person=error.person), "bold")
        show_changes(changes_since_base(opened, error))
        echo(_(
            "Take that one out with “chifeng open {slug} {kind} --to FOLDER”, put your changes in "
            "and deposit it; or, to undo it, deposit yours with --replace."
        ).format(slug=slug, kind=wanted.slug))  # fmt: skip
        raise
