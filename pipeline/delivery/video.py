"""The films of a delivery, each made of the master by one command of ffmpeg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.delivery.loudness import normalize, split_channels
from pipeline.delivery.source import Release
from pipeline.i18n import _
from pipeline.media.encoders import X264, quality_options, select_encoder, upload_frames
from pipeline.media.ffmpeg import BITEXACT, run, source
from pipeline.settings import Delivery

__all__ = ["ffv1", "fits", "h264", "xdcam"]

# XDCAM HD422 (SMPTE RDD 9): twelve frames a group, two B frames, closed at scene changes never.
_XDCAM: dict[str, Any] = {
    "c:v": "mpeg2video", "pix_fmt": "yuv422p", "g": 12, "bf": 2, "dc": 10, "intra_vlc": 1,
    "non_linear_quant": 1, "qmin": 1, "qmax": 12, "sc_threshold": 1_000_000_000,
    "bufsize": 17_825_792, "rc_init_occupancy": 17_825_792, "profile:v": 0, "level:v": 2,
    "color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709",
    "color_range": "tv", "aspect": "16:9", "threads": 4,
}  # fmt: skip


def h264(released: Release, profile: Delivery, folder: Path) -> list[Path]:
    """Write H.264 and AAC as MP4 ready for the web; what fits already is copied."""
    target = folder / "film.mp4"
    media, (video, audio) = source(released.master), _indexes(released)
    picture, sound = media[video], media[audio]
    coded: dict[str, Any] = {"c:v": "copy"}
    if not fits(released, profile):
        encoder = select_encoder(profile.encoder)
        picture = upload_frames(_scale(picture, profile), encoder)
        coded = quality_options(encoder, profile.crf, profile.preset)
        if encoder == X264:
            coded |= {"threads": 4, "pix_fmt": "yuv420p"}
    coded |= {"c:a": "copy"}
    if profile.level:
        sound = normalize(sound, released, profile)
        coded |= {"c:a": "aac", "b:a": profile.audio_bitrate}
    _write(released, ffmpeg.output(
        picture, sound, str(target.absolute()), movflags="+faststart", **coded, **BITEXACT
    ))  # fmt: skip
    return [target]


def xdcam(released: Release, profile: Delivery, folder: Path) -> list[Path]:
    """Write 1080i50: MPEG-2 4:2:2 with interlaced coding, each channel a track of its own.

    Pictures of 25 a second fill both fields; of 50 a second each becomes a field, upper first.
    """
    target = folder / "film.mxf"
    media, (video, audio) = source(released.master), _indexes(released)
    picture = media[video]
    if released.rate >= 2 * profile.frame_rate:
        picture = picture.filter("fps", fps=2 * profile.frame_rate)
        picture = _scale(picture, profile, rate=False).filter("interlace", scan="tff")
    else:
        picture = _scale(picture, profile).filter("setfield", mode="tff")
    left, right = split_channels(media[audio], released, profile)
    rate = {f"{key}": profile.video_bitrate for key in ("b:v", "minrate", "maxrate")}
    flags = {**BITEXACT, "flags:v": "+bitexact+ildct+ilme"}
    _write(released, ffmpeg.output(
        picture, left, right, str(target.absolute()), field_order="tt", format="mxf",
        **{"c:a": "pcm_s24le", "ar": 48000}, **rate, **_XDCAM, **flags,
    ))  # fmt: skip
    return [target]


def ffv1(released: Release, _profile: Delivery, folder: Path) -> list[Path]:
    """Write FFV1 and PCM as Matroska, and the MD5 of each frame the master decodes to."""
    target, sums = folder / "film.mkv", folder / "film.framemd5"
    media, (video, audio) = source(released.master), _indexes(released)
    coded = {"c:v": "ffv1", "level": 3, "g": 1, "slices": 4, "slicecrc": 1, "c:a": "pcm_s24le"}
    pictures = media[video].split()
    sounds = media[audio].asplit()
    _write(
        released,
        ffmpeg.output(
            pictures[0], sounds[0], str(target.absolute()), format="matroska", **coded, **BITEXACT
        ),
        ffmpeg.output(
            pictures[1], sounds[1], str(sums.absolute()), format="framemd5",
            **{"c:a": "pcm_s24le", "fflags": "+bitexact"},
        ),
    )  # fmt: skip
    return [target, sums]


def fits(released: Release, profile: Delivery) -> bool:
    """Tell whether the master's picture may be handed out as it is."""
    video = released.probed.video[0]
    return (
        (video.codec, video.pixel_format) == ("h264", "yuv420p")
        and not profile.level  # a station wants exactly its own size
        and video.width <= profile.width
        and video.height <= profile.height
        and profile.frame_rate in (0, released.rate)
    )


def _scale(picture: Any, profile: Delivery, *, rate: bool = True) -> Any:
    """Bring the picture to the size, keeping its shape: what is left over stays black."""
    if rate and profile.frame_rate:
        picture = picture.filter("fps", fps=profile.frame_rate)
    size = {"w": profile.width, "h": profile.height}
    picture = picture.filter("scale", **size, force_original_aspect_ratio="decrease")
    if profile.level:
        picture = picture.filter("pad", **size, x="(ow-iw)/2", y="(oh-ih)/2")
    else:
        picture = picture.filter("scale", w="trunc(iw/2)*2", h="trunc(ih/2)*2")
    return picture.filter("setsar", sar=1)


def _indexes(released: Release) -> tuple[str, str]:
    return str(released.probed.video[0].index), str(released.probed.audio[0].index)


def _write(released: Release, *outputs: Any) -> None:
    run(*outputs, duration_ms=released.probed.duration_ms, what=_("writing the delivery"))
