"""The command that says how recordings of one moment lie against each other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from desk.cli import options
from desk.cli.console import out, print_json, printable, table
from desk.cli.progress import progress_bar
from pipeline.editing.conform import SoundSource, SyncMatch, match_recordings, open_sound
from pipeline.errors import InputError
from pipeline.i18n import _

__all__ = ["sync"]

_UNCERTAIN = 11


def sync(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE FILE...", help="Recordings of the same moment."),
    ],
    track: Annotated[
        int, typer.Option("--track", metavar="N", help="Which sound track to hear, counted from 0.")
    ] = 0,
    as_json: options.Json = False,
) -> None:  # fmt: skip
    """Find out by their sound how long after the first each recording begins.

    Counted from the first picture of each. Exit code 0: all are sure; 11: one is not.
    """
    if len(files) < 2:
        raise InputError(
            _("One recording alone has nothing to lie against."),
            remedy=_("Name two or more files."),
        )
    sounds = [_sound(file, track) for file in files]
    with progress_bar(sounds[0].name), tempfile.TemporaryDirectory() as folder:
        found = list(match_recordings(sounds, Path(folder)))
    if as_json:
        print_json([_match_json(s, match) for s, match in zip(sounds[1:], found, strict=True)])
    else:
        _show(sounds, found)
    if None in found:
        raise typer.Exit(_UNCERTAIN)


def _sound(path: Path, track: int) -> SoundSource:
    path = options.existing_file(path)
    return open_sound(path, path.name, "", audio_stream=track)


def _show(sounds: list[SoundSource], found: list[SyncMatch | None]) -> None:
    shown = table(
        _("recording"), _("begins after the first (s)"), _("runs faster (millionths)"),
        _("places that agree"),
    )  # fmt: skip
    shown.add_row(printable(sounds[0].name), "0.000", "", "")
    for sound, match in zip(sounds[1:], found, strict=True):
        if match is None:
            shown.add_row(printable(sound.name), _("not sure"), "", "", style="yellow")
        else:
            agree = f"{match.agree}/{match.moments}"
            drift = f"{match.drift_ppm:+.1f}" if match.drift_ppm else ""
            shown.add_row(printable(sound.name), f"{match.offset_s:+.3f}", drift, agree)
    out().print(shown)


def _match_json(sound: SoundSource, match: SyncMatch | None) -> dict[str, object]:
    if match is None:
        return {"recording": sound.name, "sure": False}
    return {
        "recording": sound.name, "sure": True, "offset_ms": round(match.offset_s * 1000),
        "drift_ppm": match.drift_ppm, "agree": match.agree, "moments": match.moments,
    }  # fmt: skip
