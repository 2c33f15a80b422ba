"""The toy stages for a phase in which things go wrong: they take a moment, and clocks may differ.

Importing this changes the process it is imported in: it is for the processes of flows alone.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.stage import AnyStage
from toys.served import TOYS as _TOYS

__all__ = ["TOYS"]

_MOMENT_S = 0.5


def _slower(stage: AnyStage) -> AnyStage:
    def run(needs: Any, settings: Any, folder: Path) -> Any:
        time.sleep(_MOMENT_S)
        return stage.run(needs, settings, folder)

    return replace(stage, run=run)


def _off_s() -> int:
    path = Path(os.environ["CHIFENG_HOME"], "clock")
    return int(path.read_text() or 0) if path.exists() else 0


def _set_clock(off_s: int) -> None:
    real = time.time_ns
    time.time_ns = lambda: real() + off_s * 1_000_000_000  # the ledger's times come from here


TOYS = tuple(_slower(stage) for stage in _TOYS)
_set_clock(_off_s())
