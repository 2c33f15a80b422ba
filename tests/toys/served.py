"""The toy stages as a flow process finds them: consent is not looked into, and one can be slow.

Importing this changes the process it is imported in: it is for the processes of flows alone.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import home
from pipeline.settings import Settings
from toys import TOYS as _TOYS

__all__ = ["SLOW_S", "TOYS"]

SLOW_S = 4.0
"""How long the first version of the subtitles takes of a picture that says “slow”."""


def _draft(needs: Any, settings: Settings, folder: Path) -> Any:
    if "slow" in needs.picture.path.read_text("utf-8"):
        time.sleep(SLOW_S)
    return _TOYS[2].run(needs, settings, folder)


TOYS = (*_TOYS[:2], replace(_TOYS[2], run=_draft), *_TOYS[3:])

home.consent.refusal = lambda *_: None  # type: ignore[assignment]
