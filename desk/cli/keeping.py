"""The command for what is kept to save time: encoded pieces, heard speech, models."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import emit, out, plain, size, table, tell
from pipeline.i18n import _

__all__ = ["show_cache"]


def show_cache(
    prune: Annotated[
        float | None,
        typer.Option(
            "--prune", metavar="GB", min=0.0,
            help="Keep this much of the encoded pieces, those used last.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Show what is kept to save time, and where; all of it can be made or fetched again."""
    from pipeline.tools.pieces import Pieces
    from pipeline.tools.places import cache_folder

    if prune is not None:
        gone = Pieces().prune(int(prune * 1e9))
        tell(_("{size} of encoded pieces removed.").format(size=size(gone)))
    found = {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for folder in sorted(cache_folder().glob("*"))
        if folder.is_dir()
    }
    if as_json:
        emit({"folder": str(cache_folder()), "bytes": found})
        return
    shown = table(_("Folder"), _("Size"))
    for name, total in found.items():
        shown.add_row(plain(str(cache_folder() / name)), size(total))
    out().print(shown)
