"""Look at films in tests: every frame as numbers, and where two films differ."""

from __future__ import annotations

from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from pipeline.media.ffmpeg import capture, probe, source

__all__ = ["CLEARLY", "grey", "ink", "samples"]

CLEARLY = 60
"""A difference in brightness that no coding makes."""


def grey(path: Path, w: int = 0, h: int = 0) -> NDArray[np.int16]:
    """Every frame of a short film: (frame, row, column), 0 to 255; in another size where given."""
    video = probe(path).video[0]
    shown = source(path)[str(video.index)]
    if w:
        shown = shown.filter("scale", w=w, h=h)
    shown = shown.filter("format", pix_fmts="gray")
    raw = ffmpeg.output(shown, "pipe:1", format="rawvideo", **{"fps_mode:v": "passthrough"})
    pixels = np.frombuffer(capture(raw, max_bytes=1 << 30), np.uint8)
    return pixels.reshape(-1, h or video.display_height, w or video.display_width).astype(np.int16)


def ink(film: Path, picture: Path) -> NDArray[np.bool_]:
    """Where the film differs clearly from the picture: (frame, row, column)."""
    return abs(grey(film) - grey(picture)) > CLEARLY


def samples(path: Path) -> NDArray[np.int16]:
    """The sound of a short film, mixed down to one channel at 48 kHz."""
    sound = source(path)[str(probe(path).audio[0].index)]
    raw = ffmpeg.output(sound, "pipe:1", format="s16le", ac=1, ar=48000)
    return np.frombuffer(capture(raw), "<i2")
