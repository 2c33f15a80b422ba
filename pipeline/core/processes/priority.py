"""Low priority on the processor and the disk, for work in the background."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["lower_priority"]

_NICENESS = 10  # a tenth of what the others get where all want the processor


def lower_priority() -> None:
    """Lower the priority of this process and its children. It cannot be raised again."""
    import psutil

    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        return
    os.nice(_NICENESS)
    if sys.platform == "linux":
        with suppress(OSError, psutil.Error):  # containers may forbid it
            psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
