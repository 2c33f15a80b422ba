"""Build inputs that cannot make ffmpeg open another file or the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ffmpeg

__all__ = ["MAX_PIXELS", "file_url", "input_options", "source"]

MAX_PIXELS = 45_000_000
"""Larger pictures are refused: no camera writes them, hostile files do. 8K is 7680×4320 or
8192×4320 (35 million), the largest that cameras write as H.265 is 8640×4860 (42 million)."""

# The containers cameras and recorders write. Playlists, scripts and anything that names other
# files (hls, concat, dash, image2, lavfi, sdp) are excluded: a protocol list alone does not stop a
# playlist named .mp4 from opening another local file.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,avi,mpegts,mpeg,asf,flv,dv,gxf,"
    "wav,w64,aiff,caf,mp3,aac,ac3,flac,ogg,amr"
)


def input_options(max_pixels: int = MAX_PIXELS) -> dict[str, Any]:
    """Return the options that every `-i` needs."""
    return {
        "protocol_whitelist": "file",
        "format_whitelist": _FORMATS,
        "max_pixels": max_pixels,
    }


def file_url(path: Path) -> str:
    """Return the path as a `file:` URL, in which no character is special."""
    return f"file:{path.absolute()}"


def source(path: Path, *, max_pixels: int = MAX_PIXELS, **options: Any) -> Any:
    """Return an ffmpeg-python input of this file; `options` go before `-i`."""
    return ffmpeg.input(file_url(path), **{**input_options(max_pixels), **options})
