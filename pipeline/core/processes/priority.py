"""Work in the background: after everybody else, on the processor and on the disk."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["lower_priority"]

_NICENESS = 10  # a tenth of what the others get where all want the processor


def lower_priority() -> None:
    """Have this process and what it starts yield to all others. It cannot be taken back."""
    import psutil

    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        return
    os.nice(_NICENESS)
    if sys.platform == "linux":
        with suppress(OSError, psutil.Error):  # containers may forbid it
            psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
