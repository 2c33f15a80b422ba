"""The command for what is kept to save time: encoded pieces, heard speech, models, and the copies
of what lies in a bucket."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import context, options
from desk.cli.console import echo, out, print_json, printable, size, table
from desk.cli.progress import progress_bar
from pipeline.errors import NotReadyError
from pipeline.i18n import _
from pipeline.workflow.production import Production, is_home, open_home

__all__ = ["show_cache"]


def show_cache(
    ctx: typer.Context,
    prune: Annotated[
        float | None,
        typer.Option(
            "--prune", metavar="GB", min=0.0,
            help="Keep this much of the encoded pieces, and of what a bucket has too: "
            "what was used last.",
        ),
    ] = None,
    upload: Annotated[
        bool,
        typer.Option(
            "--upload", help="Bring the artefacts of store/ into the bucket that the settings name."
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Show what is kept to save time, and where; all of it can be made or fetched again."""
    from pipeline.core.cache_dir import cache_folder
    from pipeline.media.render_cache import RenderCache

    if upload:
        _upload(ctx)
        return
    home = context.home(ctx)
    copies = context.production(ctx).store.copies if is_home(home) else None
    if prune is not None:
        gone = RenderCache().prune(int(prune * 1e9))
        echo(_("{size} of encoded pieces removed.").format(size=size(gone)))
        if copies is not None:
            gone = copies.prune(int(prune * 1e9))
            echo(_("{size} of copies of the bucket removed.").format(size=size(gone)))
    found = {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for folder in sorted(cache_folder().glob("*"))
        if folder.is_dir()
    }
    store = copies.size_bytes() if copies is not None else None
    if as_json:
        content = {"folder": str(cache_folder()), "bytes": found}
        print_json(content if store is None else content | {"copies_bytes": store})
        return
    shown = table(_("Folder"), _("Size"))
    for name, total in found.items():
        shown.add_row(printable(str(cache_folder() / name)), size(total))
    if store is not None:
        shown.add_row(printable(str(home / "store")), size(store))
    out().print(shown)


def _upload(ctx: typer.Context) -> None:
    from pipeline.preservation.audit import recorded_artefacts
    from pipeline.repository.store_migration import move_to_bucket

    opened = open_home(context.home(ctx), context.all_stages(), moving=True)
    ctx.call_on_close(opened.ledger.close)
    url = _bucket_url(opened)
    with opened.ledger.read() as session:
        artefacts = recorded_artefacts(session)
    with progress_bar(url):
        wrong = move_to_bucket(opened.store, url, artefacts)
    for error in wrong:
        echo(str(error), "red")
    if wrong:
        echo(_("The others are in {url}; store/ stays what it was.").format(url=url))
        raise typer.Exit(wrong[0].exit_code)
    echo(_("In {url}: {n} files, read back and compared.").format(url=url, n=len(artefacts)))


def _bucket_url(opened: Production) -> str:
    if not opened.settings.store.url:
        raise NotReadyError(
            _("The settings name no bucket."), remedy=_("Write it under [store] in settings.toml.")
        )
    return opened.settings.store.url
