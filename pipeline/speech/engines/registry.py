"""The speech engines there are, fastest first, and the choice between them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import MissingTool
from pipeline.i18n import _
from pipeline.settings import Speech
from pipeline.speech.engines.base import Engine
from pipeline.speech.models.finder import Model, find_model, locate_model
from pipeline.speech.models.packages import Form, missing_model

__all__ = ["ENGINES", "installed_engines", "locate_engine", "open_engine"]


@dataclass(frozen=True)
class EngineEntry:
    """An engine: the package it needs, the form of model it reads, and how to make it."""

    package: str
    form: Form
    make: Callable[[Model, int], Engine]


def _faster_whisper(model: Model, threads: int) -> Engine:
    from pipeline.speech.engines.faster_whisper import FasterWhisper

    return FasterWhisper(model, threads)


def _openai_whisper(model: Model, threads: int) -> Engine:
    from pipeline.speech.engines.openai_whisper import OpenaiWhisper

    return OpenaiWhisper(model, threads)


ENGINES: dict[str, EngineEntry] = {
    "faster-whisper": EngineEntry("faster_whisper", "ctranslate2", _faster_whisper),
    "openai-whisper": EngineEntry("whisper", "openai", _openai_whisper),
}


def installed_engines() -> tuple[str, ...]:
    """Return the names of the engines whose package is installed, fastest first."""
    return tuple(n for n, entry in ENGINES.items() if importlib.util.find_spec(entry.package))


def open_engine(settings: Speech) -> Engine:
    """Return the engine that the settings ask for, its model loaded (and fetched, if need be).

    `auto` is the fastest installed whose model is on this machine, else the fastest whose model
    can be fetched. Raises MissingTool.
    """
    names = _wanted(settings)
    here = (name for name in names if locate_model(settings.model, ENGINES[name].form))
    entry = ENGINES[next(here, names[0])]
    return entry.make(find_model(settings.model, entry.form), settings.threads)


def locate_engine(settings: Speech) -> tuple[str, Model]:
    """Return the engine that would be used and where its model is, making and fetching nothing.

    Raises MissingTool where recognition could not start as things are.
    """
    for name in _wanted(settings):
        model = locate_model(settings.model, ENGINES[name].form)
        if model is not None:
            return name, model
    raise missing_model(settings.model)


def _wanted(settings: Speech) -> tuple[str, ...]:
    """Return the installed engines that the settings allow, fastest first."""
    here = installed_engines()
    if settings.engine != "auto" and settings.engine not in here:
        raise MissingTool(
            _("The speech engine {name} is not installed.").format(name=settings.engine),
            remedy=_("Install it: pip install {packages}").format(packages=settings.engine),
        )
    if not here:
        raise MissingTool(
            _("No speech engine is installed."),
            remedy=_("Install it: pip install {packages}").format(packages="faster-whisper"),
        )
    return here if settings.engine == "auto" else (settings.engine,)
