"""What ffmpeg and ffprobe may take of the machine while they read files that people brought.

Measured with ffmpeg 9.0 (data is what RLIMIT_DATA counts, in brackets what is really used):
decoding 8192×4320 in 10 bits by two threads takes 0.84 GB (0.78), by 64 threads 2.8 GB (2.2);
encoding 8K with 64 threads to decode and 96 of x264 takes 34 GB (5.5), 4K 11 GB (1.7).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from pipeline.core.processes.resource_limits import ResourceLimits, machine_memory

__all__ = ["CHECK_THREADS", "check_limits", "work_limits"]

CHECK_THREADS = 2
"""Each thread of a decoder holds a picture of its own."""

_CHECK_BYTES = 3 << 30
_CHECK_CPU_S = 600
_CHECK_FILE_BYTES = 1 << 20  # a check writes no file
_THREADS_BYTES = 512 << 20  # reserved, not used, for each processor
_HARDWARE = re.compile(r"_(?:nvenc|qsv|vaapi|amf|vulkan|videotoolbox)$|^(?:vaapi|cuda|qsv)\b")


def check_limits() -> ResourceLimits:
    """Return the limits of looking at a file that has just come in."""
    memory = machine_memory()
    most = min(_CHECK_BYTES, memory * 4 // 5) if memory else _CHECK_BYTES
    return ResourceLimits(most, _CHECK_CPU_S, _CHECK_FILE_BYTES, network=False)


def work_limits(command: Sequence[str]) -> ResourceLimits:
    """Return the limits of a render: the machine's memory, and what the threads of as many
    processors reserve beside it. Drivers of graphics cards keep the network: some need sockets."""
    memory = machine_memory()
    most = memory + (os.cpu_count() or 1) * _THREADS_BYTES if memory else 0
    return ResourceLimits(most, network=any(map(_HARDWARE.search, command)))
