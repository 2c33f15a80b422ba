"""The command that verifies any finished film, outside any production."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import echo, out, print_json, printable, table
from desk.cli.context import home
from desk.cli.progress import progress_bar
from pipeline.captions.formats.reader import read
from pipeline.i18n import _
from pipeline.media.qc import check_title, html_page, report_data, verify_file
from pipeline.media.qc.report import column_titles, result_labels
from pipeline.repository.store import storage_errors
from pipeline.settings import load

__all__ = ["check"]

_FAILED = 11


def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any film.")],
    subtitles: Annotated[
        Path | None,
        typer.Option("--subtitles", metavar="FILE", help="Its subtitles, to be checked with it."),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="The language of the subtitles.")
    ] = "zh",
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with a still at every finding."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Let remarks count like failures.")
    ] = False,
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Measure picture and sound of any film and hold them against the limits.

    Exit code 0: no check fails, though some may ask to be looked at; 11: a check fails (with
    --strict: or asks to be looked at); 3: the file cannot be measured.
    """
    path, settings = options.existing_file(file), load(home(ctx))
    cues = read(subtitles.expanduser()) if subtitles else None
    with progress_bar(path.name):
        found = verify_file(path, settings.verification, cues, settings.style_for(language))
    if html:
        heading = _("Verification: {name}").format(name=path.name)
        with storage_errors(html):
            html.expanduser().write_text(html_page(found, heading, path), "utf-8")
    verification = report_data(found)
    if as_json:
        print_json(verification.model_dump(mode="json"))
    else:
        shown = table(*column_titles())
        styles = {"pass": "", "warn": "yellow", "fail": "bold red"}
        for one in found:
            shown.add_row(
                check_title(one.name), result_labels()[one.result],
                printable(one.value), printable(one.limit),
                style=styles[one.result],
            )  # fmt: skip
        out().print(shown)
        if html:
            echo(str(html))
    if verification.result == "fail" or (strict and verification.result == "warn"):
        raise typer.Exit(_FAILED)
