"""Select the H.264 encoder: x264, or a hardware encoder that works on this machine.

x264 is the default, because equal inputs must give equal bytes, which no graphics card guarantees
across drivers. The setting `encoder` names a hardware encoder or "auto". ffmpeg lists encoders
that do not work, so some frames are encoded first.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ffmpeg

from pipeline.errors import ChifengError, MissingTool
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, execute, version

__all__ = [
    "HARDWARE",
    "X264",
    "encoder_works",
    "quality_options",
    "select_encoder",
    "upload_frames",
]

log = logging.getLogger(__name__)

X264 = "libx264"
HARDWARE = ("h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_vaapi")
"""In the order "auto" tries them."""

_FRAMES = 5
_WALL_S = 60.0


def select_encoder(setting: str) -> str:
    """Return the encoder named in the settings, or for "auto" the first that works.

    Raises MissingTool if the named encoder does not work here.
    """
    if setting == X264:
        return X264
    if setting != "auto":
        if not encoder_works(setting):
            raise MissingTool(
                _("The encoder “{name}” does not work on this machine.").format(name=setting),
                remedy=_('Choose another in the settings: encoder = "auto", or "libx264".'),
            )
        return setting
    found = next((name for name in HARDWARE if encoder_works(name)), X264)
    log.info("encoder: %s", found)
    return found


def encoder_works(name: str) -> bool:
    """Return whether an encoder works with the ffmpeg in use."""
    return _works(name, version())


def quality_options(name: str, crf: float, preset: str) -> dict[str, Any]:
    """Return the output options for a quality comparable to x264's at `crf`."""
    options: dict[str, dict[str, Any]] = {
        X264: {"crf": crf, "preset": preset},
        "h264_nvenc": {"preset": "p5", "rc": "vbr", "cq": round(crf), "b:v": 0, "forced-idr": 1},
        # Its scale goes up, from 1 to 100.
        "h264_videotoolbox": {"q:v": max(round(100 - 2 * crf), 1)},
        "h264_qsv": {"global_quality": round(crf)},
        "h264_vaapi": {
            "rc_mode": "CQP", "qp": round(crf), "vaapi_device": "/dev/dri/renderD128",
        },
    }  # fmt: skip
    return {"c:v": name, **options[name]}


def upload_frames(stream: Any, name: str) -> Any:
    """Convert and upload frames as the encoder needs them."""
    if name == X264:
        return stream
    stream = stream.filter("format", pix_fmts="nv12")
    return stream.filter("hwupload") if name == "h264_vaapi" else stream


@cache
def _works(name: str, _version: str) -> bool:
    shown = ffmpeg.input("testsrc2=size=640x360:rate=25", f="lavfi", t="1")["0"]
    with TemporaryDirectory(prefix="chifeng-encoder-") as temporary:
        target = Path(temporary) / "tried.mp4"
        options = quality_options(name, 23, "ultrafast")
        options |= {"g": _FRAMES, "bf": 0, "frames:v": _FRAMES}
        try:
            done = execute(
                ffmpeg.output(upload_frames(shown, name), str(target), **options, **BITEXACT),
                what=_("trying the encoder"), wall_s=_WALL_S,
            )  # fmt: skip
        except ChifengError as error:
            log.info("encoder %s does not work: %s", name, error.what)
            return False
    return done.frames == _FRAMES
