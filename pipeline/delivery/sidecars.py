"""What goes with a film or without one: captions, poster, thumbnails, the sound with
chapters or track by track."""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import ffmpeg

from pipeline.captions.cues import Cue
from pipeline.delivery.loudness import split_channels
from pipeline.delivery.source import Release
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, run, source
from pipeline.media.frame_compare import still_jpeg
from pipeline.settings import Delivery

__all__ = ["captions", "chapters", "poster", "sound", "srt", "thumbnails", "tracks"]

_THUMBNAIL_EVERY_MS = 10_000
_THUMBNAIL = (160, 90)
_COLUMNS = 10
_CHAPTER_MS = 180_000
_PAUSE_MS = 1500


def captions(released: Release, _profile: Delivery, folder: Path) -> list[Path]:
    """Copy the released captions."""
    return [Path(shutil.copyfile(released.captions, folder / "captions.vtt"))]


def srt(released: Release, _profile: Delivery, folder: Path) -> list[Path]:
    """Copy the released subtitles, for whoever puts them on the clean version."""
    return [Path(shutil.copyfile(released.subtitles, folder / "subtitles.srt"))]


def tracks(released: Release, profile: Delivery, folder: Path) -> list[Path]:
    """Write a Broadcast Wave file (EBU Tech 3285) for each channel: 48 kHz, 24 bits."""
    audio = source(released.master)[str(released.probed.audio[0].index)]
    files, outputs = [], []
    for number, side in enumerate(split_channels(audio, released, profile), 1):
        files.append(folder / f"track-{number}.wav")
        options = {"c:a": "pcm_s24le", "ar": 48000, "write_bext": 1, "rf64": "auto"}
        metadata = {
            "metadata:g:0": f"description=track {number}",
            "metadata:g:1": "time_reference=0",
        }
        path = str(files[-1].absolute())
        outputs.append(ffmpeg.output(side, path, **BITEXACT, **options, **metadata))
    run(*outputs, duration_ms=released.probed.duration_ms, what=_("writing the tracks"))
    return files


def poster(released: Release, _profile: Delivery, folder: Path) -> list[Path]:
    """Write a frame from the first third that is not withheld."""
    whole_ms = released.probed.duration_ms
    times = [whole_ms * n // 30 for n in range(3, 30)]
    free = [t for t in times if not any(a <= t < b for a, b in released.masks)]
    target = folder / "poster.jpg"
    target.write_bytes(still_jpeg(released.master, (free or times)[0], height=720))
    return [target]


def thumbnails(released: Release, _profile: Delivery, folder: Path) -> list[Path]:
    """Write one sheet of small pictures, and a WebVTT that tells which belongs to which time."""
    sheet, index = folder / "thumbnails.jpg", folder / "thumbnails.vtt"
    whole_ms = round(released.frames * 1000 / released.rate)
    count = max(math.ceil(whole_ms / _THUMBNAIL_EVERY_MS), 1)
    width, height = _THUMBNAIL
    every = max(round(_THUMBNAIL_EVERY_MS * released.rate / 1000), 1)
    picture = source(released.master)[str(released.probed.video[0].index)]
    picture = picture.filter("select", expr=f"not(mod(n,{every}))")
    picture = picture.filter("scale", w=width, h=height, force_original_aspect_ratio="decrease")
    picture = picture.filter("pad", w=width, h=height, x="(ow-iw)/2", y="(oh-ih)/2")
    picture = picture.filter("tile", layout=f"{_COLUMNS}x{math.ceil(count / _COLUMNS)}")
    options = {"frames:v": 1, "q:v": 5, "pix_fmt": "yuvj420p", "update": 1, "threads": 1}
    run(ffmpeg.output(picture, str(sheet.absolute()), **options, **BITEXACT), what=_("thumbnails"))
    lines = ["WEBVTT", ""]
    for n in range(count):
        start, end = n * _THUMBNAIL_EVERY_MS, min((n + 1) * _THUMBNAIL_EVERY_MS, whole_ms)
        x, y = n % _COLUMNS * width, n // _COLUMNS * height
        lines += [
            f"{_vtt(start)} --> {_vtt(end)}",
            f"{sheet.name}#xywh={x},{y},{width},{height}",
            "",
        ]
    index.write_text("\n".join(lines), "utf-8", newline="\n")
    return [sheet, index]


def sound(released: Release, _profile: Delivery, folder: Path) -> list[Path]:
    """Write the sound of the master as it is, with chapters."""
    target = folder / "sound.m4a"
    audio = source(released.master)[str(released.probed.audio[0].index)]
    whole_ms = round(released.frames * 1000 / released.rate)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        metadata_file = Path(temporary) / "chapters.txt"
        metadata_file.write_text(_metadata(chapters(released.cues, whole_ms), whole_ms), "utf-8")
        # Without any metadata ffmpeg writes a list of chapters that it cannot read again.
        options = {
            **BITEXACT,
            "map_chapters": 1,
            "map_metadata": 1,
            "c:a": "copy",
            "movflags": "+faststart",
        }
        result = ffmpeg.output(audio, str(target.absolute()), **options)
        run(result, what=_("the sound with chapters"), metadata=metadata_file)
    return [target]


def chapters(cues: Sequence[Cue], whole_ms: int) -> list[tuple[int, str]]:
    """Return where chapters begin and what is said there: after pauses, three minutes apart."""
    found = [(0, cues[0].lines[0] if cues else _("Beginning"))]
    for before, cue in pairwise(cues):
        if (
            cue.start_ms - before.end_ms >= _PAUSE_MS
            and cue.start_ms - found[-1][0] >= _CHAPTER_MS
            and whole_ms - cue.start_ms >= _CHAPTER_MS // 3
        ):
            found.append((cue.start_ms, cue.lines[0]))
    return found


def _metadata(chapter_starts: Sequence[tuple[int, str]], whole_ms: int) -> str:
    """Return chapters as ffmpeg reads them (FFMETADATA1)."""
    ends = [*(start for start, _title in chapter_starts[1:]), whole_ms]
    lines = [";FFMETADATA1"]
    for (start, title), end in zip(chapter_starts, ends, strict=True):
        escaped = re.sub(r"([=;#\\\n])", r"\\\1", title)
        lines += [
            "[CHAPTER]",
            "TIMEBASE=1/1000",
            f"START={start}",
            f"END={end}",
            f"title={escaped}",
        ]
    return "\n".join(lines) + "\n"


def _vtt(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
