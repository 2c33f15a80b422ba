"""Commands for speech models: which are on this machine, and fetching one more."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.cli import options
from desk.cli.bars import working
from desk.cli.console import emit, out, plain, table, tell
from desk.cli.opening import home
from pipeline.i18n import _
from pipeline.settings import load

__all__ = ["fetch_model", "list_models"]


def list_models(as_json: options.Json = False) -> None:
    """List the speech models on this machine."""
    from pipeline.tools.speech import available

    found = available()
    if as_json:
        emit([{"name": m.name, "form": m.form, "path": str(m.path)} for m in found])
        return
    shown = table(_("Name"), _("Form"), _("Path"))
    for model in found:
        shown.add_row(model.name, model.form, plain(str(model.path)))
    out().print(shown)


def fetch_model(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A Whisper size: base, small, medium, large-v3.")
    ],
) -> None:
    """Fetch a speech model in the form the chosen engine reads."""
    from pipeline.tools.speech import ENGINES, find_model, installed

    wanted = load(home(ctx)).speech.engine
    engine = next(iter(installed()), "faster-whisper") if wanted == "auto" else wanted
    with working(name):
        model = find_model(name, ENGINES[engine].form)
    tell(str(model.path))
