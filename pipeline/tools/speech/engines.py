"""The speech engines there are, fastest first, and the choice between them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import MissingTool
from pipeline.i18n import _
from pipeline.settings import Speech
from pipeline.tools.speech.models import Form, Model, find_model
from pipeline.tools.speech.protocol import Engine

__all__ = ["ENGINES", "installed", "open_engine"]


@dataclass(frozen=True)
class Entry:
    """An engine: the package it needs, the form of model it reads, and how to make it."""

    package: str
    form: Form
    make: Callable[[Model, int], Engine]


def _faster_whisper(model: Model, threads: int) -> Engine:
    from pipeline.tools.speech.faster_whisper import FasterWhisper

    return FasterWhisper(model, threads)


def _openai_whisper(model: Model, threads: int) -> Engine:
    from pipeline.tools.speech.openai_whisper import OpenaiWhisper

    return OpenaiWhisper(model, threads)


ENGINES: dict[str, Entry] = {
    "faster-whisper": Entry("faster_whisper", "ctranslate2", _faster_whisper),
    "openai-whisper": Entry("whisper", "openai", _openai_whisper),
}


def installed() -> tuple[str, ...]:
    """Return the names of the engines whose package is installed, fastest first."""
    return tuple(n for n, entry in ENGINES.items() if importlib.util.find_spec(entry.package))


def open_engine(settings: Speech) -> Engine:
    """Return the engine that the settings ask for, its model loaded.

    `auto` is the fastest installed whose model is on this machine, else the fastest whose model
    can be fetched. Raises MissingTool.
    """
    here = installed()
    if settings.engine != "auto":
        if settings.engine not in here:
            raise MissingTool(
                _("The speech engine {name} is not installed.").format(name=settings.engine),
                remedy=_("Install it: pip install {name}").format(name=settings.engine),
            )
        return _open(settings.engine, settings)
    if not here:
        raise MissingTool(_("No speech engine is installed."), remedy="pip install faster-whisper")
    for name in here:
        try:
            find_model(settings.model, ENGINES[name].form, download=False)
        except MissingTool:
            continue
        return _open(name, settings)
    return _open(here[0], settings)


def _open(name: str, settings: Speech) -> Engine:
    entry = ENGINES[name]
    return entry.make(find_model(settings.model, entry.form), settings.threads)
