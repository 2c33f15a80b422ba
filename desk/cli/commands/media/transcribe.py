"""The command that makes subtitles of any media file, outside any production."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from desk.cli.console import echo
from desk.cli.context import home
from desk.cli.options import existing_file
from desk.cli.progress import progress_bar
from pipeline.captions.formats.writer import srt_text, vtt_text
from pipeline.captions.words import Words, write_words
from pipeline.errors import InputError, NotFoundError
from pipeline.i18n import _
from pipeline.settings import Settings, SubtitleStyle, load
from pipeline.speech import ENGINES, read_terms
from pipeline.speech.glossary import collect_entries
from pipeline.speech.language_segments import language_codes, read_languages
from pipeline.speech.transcription import make_cues
from pipeline.speech.transcription import transcribe as hear

__all__ = ["transcribe"]

_FORMATS = ("srt", "vtt", "json")


def transcribe(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any film or sound recording.")],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="Where to write: .srt, .vtt or .json (words with times); - for standard output. "
            "Without it, beside the recording.",
        ),
    ] = "",
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="What is spoken: zh, mn, en, …")
    ] = "zh",
    languages: Annotated[
        Path | None,
        typer.Option(
            "--languages", metavar="FILE",
            help="Passages in another language, one a line: 00:12:30 00:15:00 mn",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="auto, faster-whisper, openai-whisper.")
    ] = "",
    model: Annotated[
        str,
        typer.Option("--model", metavar="NAME", help="A Whisper size, or a folder or file."),
    ] = "",
    glossary: Annotated[
        Path | None,
        typer.Option("--glossary", metavar="FILE", help="Names that occur, one a line."),
    ] = None,
    style: Annotated[
        str, typer.Option("--style", metavar="NAME", help="The subtitle style, such as zh-netflix.")
    ] = "",
    track: Annotated[
        int | None,
        typer.Option("--track", metavar="N", help="Which sound track to hear, counted from 0."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there already.")
    ] = False,
) -> None:  # fmt: skip
    """Make subtitles of any recording, outside any production.

    Stopped at any moment, the same command goes on from the last finished passage.
    """
    target = _target(file, output, force)
    settings = _with_engine(load(home(ctx)), engine, model)
    chosen = _style(settings, style, language)
    others = read_languages(existing_file(languages)) if languages else ()
    own = read_terms(existing_file(glossary)) if glossary else ()
    entries = collect_entries([*own, *settings.glossary.terms])
    with progress_bar(file.name):
        words, film_ms = hear(
            existing_file(file), settings, _language(language),
            entries=entries, prompt=own, languages=others, audio_stream=track,
        )  # fmt: skip
    cues = make_cues(words, chosen, entries, film_ms)
    makers: dict[str, Callable[[], str]] = {
        "srt": lambda: srt_text(cues, labels=False),
        "vtt": lambda: vtt_text(cues),
        "json": lambda: _words_text(words),
    }
    if target is None:
        sys.stdout.write(makers["srt"]())
        return
    _write(target, makers[target.suffix.lower()[1:]]())
    echo(str(target))


def _target(file: Path, output: str, force: bool) -> Path | None:
    """Return where to write, None for standard output; refuse before the work what cannot be."""
    if output == "-":
        return None
    target = Path(output).expanduser() if output else file.with_suffix(".srt")
    if target.suffix.lower()[1:] not in _FORMATS:
        raise InputError(
            _("Subtitles cannot be written as “{name}”.").format(name=target.name),
            remedy=_("Name a file that ends in .srt, .vtt or .json."),
            path=target,
        )
    if not target.parent.is_dir():
        raise InputError(
            _("There is no folder {path}.").format(path=target.parent),
            remedy=_("Check the name and the folder."),
            path=target,
        )
    if target.exists() and not force:
        raise InputError(
            _("{path} is there already.").format(path=target),
            remedy=_("Name another with --output, or write over it with --force."),
            path=target,
        )
    return target


def _with_engine(settings: Settings, engine: str, model: str) -> Settings:
    """Return the settings with the engine and model asked for on the command line."""
    if engine and engine not in ("auto", *ENGINES):
        raise NotFoundError(
            _("There is no speech engine “{name}”.").format(name=engine),
            remedy=_("There are: {known}.").format(known=", ".join(("auto", *ENGINES))),
        )
    chosen = {name: value for name, value in (("engine", engine), ("model", model)) if value}
    speech = settings.speech.model_copy(update=chosen)
    return settings.model_copy(update={"speech": speech})


def _style(settings: Settings, style: str, language: str) -> SubtitleStyle:
    if not style:
        return settings.style_for(language)
    if style not in settings.subtitle_styles:
        raise NotFoundError(
            _("There is no subtitle style “{name}”.").format(name=style),
            remedy=_("There are: {known}.").format(known=", ".join(settings.subtitle_styles)),
        )
    return settings.subtitle_styles[style]


def _language(code: str) -> str:
    if code not in language_codes():
        raise NotFoundError(
            _("The speech models know no language “{name}”.").format(name=code),
            remedy=_("Give its code: zh for Chinese, mn for Mongolian, en for English."),
        )
    return code


def _words_text(words: Words) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return write_words(words, Path(folder) / "words.json").read_text("utf-8")


def _write(target: Path, text: str) -> None:
    """Write the whole file or nothing."""
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(text.encode("utf-8"))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
