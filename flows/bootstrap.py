"""Open the production a flow process works for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from flows.server.environment import HOME, STAGES
from pipeline.core.permissions import keep_private
from pipeline.errors import StorageError
from pipeline.i18n import _
from pipeline.stage import AnyStage
from pipeline.workflow.production import Production, open_home

__all__ = ["open_from_environment", "stages"]


def open_from_environment() -> Production:
    """Open the home that CHIFENG_HOME names, and keep private from now on what is written.

    Raises StorageError where it names none.
    """
    keep_private()
    folder = os.environ.get(HOME)
    if not folder:
        raise StorageError(
            _("This process does not know which production it works for."),
            remedy=_("Start flows through “chifeng up”, or set CHIFENG_HOME."),
        )
    return open_home(Path(folder), stages())


def stages() -> Sequence[AnyStage]:
    """Return the stages that CHIFENG_STAGES names, else the twelve."""
    module, _colon, attribute = os.environ.get(STAGES, "stages:STAGES").partition(":")
    found: Sequence[AnyStage] = getattr(import_module(module), attribute)
    return found
