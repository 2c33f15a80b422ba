"""Commands for speech models: which are on this machine, and bringing one more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.cli import options
from desk.cli.console import echo, out, print_json, printable, table
from desk.cli.context import home
from desk.cli.progress import progress_bar
from pipeline.i18n import _
from pipeline.settings import load

if TYPE_CHECKING:
    from pipeline.speech import Model

__all__ = ["fetch_model", "import_model", "list_models"]


def list_models(as_json: options.Json = False) -> None:
    """List the speech models on this machine."""
    from pipeline.speech import available_models

    found = available_models()
    if as_json:
        print_json(
            [
                {"name": m.name, "form": m.form, "path": str(m.path), "sha256": m.sha256}
                for m in found
            ]
        )
        return
    shown = table(_("Name"), _("Form"), _("SHA-256"), _("Path"))
    for model in found:
        shown.add_row(model.name, model.form, model.sha256, printable(str(model.path)))
    out().print(shown)


def fetch_model(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A Whisper size: base, small, medium, large-v3.")
    ],
) -> None:
    """Fetch a speech model in the form the chosen engine reads."""
    from pipeline.speech import ENGINES, find_model, installed_engines

    wanted = load(home(ctx)).speech.engine
    engine = next(iter(installed_engines()), "faster-whisper") if wanted == "auto" else wanted
    with progress_bar(name):
        model = find_model(name, ENGINES[engine].form)
    _show_model(model)


def import_model(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="A CTranslate2 folder (model.bin, config.json, …) or an openai-whisper .pt file.",
        ),
    ],
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", help="What to call it; else as the file is called."),
    ] = "",
) -> None:
    """Take in a speech model from a folder or file, where there is no network."""
    from pipeline import speech

    with progress_bar(source.name):
        model = speech.import_model(source.expanduser(), name)
    _show_model(model)


def _show_model(model: Model) -> None:
    echo(f"{model.name}  {model.form}  {model.path}")
    echo(f"SHA-256 {model.sha256}")
