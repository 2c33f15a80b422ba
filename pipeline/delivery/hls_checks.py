"""Prove a ladder: every size is whole, cut alike, as told, and without what is withheld."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import ffmpeg

from pipeline.core.timebase import frame_at
from pipeline.delivery.hls import INIT, Playlist, rungs
from pipeline.delivery.source import Release
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, decoded_frames, probe, run, source
from pipeline.media.frame_compare import count_uncovered_frames, peak_dbfs
from pipeline.settings import Delivery

__all__ = ["ladder_faults"]

_STREAM = re.compile(
    r"BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),.*RESOLUTION=(\d+)x(\d+),.*\n(\S+)/index\.m3u8"
)
_SILENT_DBFS = -80.0


def ladder_faults(master: Path, released: Release, profile: Delivery) -> list[str]:
    """Return what is wrong with a ladder; each size is decoded whole, once.

    Raises ToolFailed where one does not decode.
    """
    streams = _STREAM.findall(master.read_text("utf-8"))
    heights = [height for height, _rate in rungs(released, profile)]
    if [int(height) for *_rates, height, _folder in streams] != heights:
        return [_("the playlist does not name every size")]
    sound = Playlist.read(master.parent / "sound")
    videos = [Playlist.read(master.parent / folder) for *_told, folder in streams]
    wrong = _length_faults(videos, sound, released, profile)
    with TemporaryDirectory(dir=master.parent) as temporary:
        sound_film = _join_segments(sound, Path(temporary) / "sound.mp4")
        track = probe(sound_film).audio[0]
        if any(peak_dbfs(sound_film, track, *span) >= _SILENT_DBFS for span in released.masks):
            wrong.append(_("a withheld passage can be heard"))
        for (peak, average, width, height, _folder), playlist in zip(streams, videos, strict=True):
            if int(peak) < playlist.peak + sound.peak or int(average) > int(peak):
                wrong.append(_("the playlist tells a wrong rate"))
            film = _join_segments(playlist, Path(temporary) / f"{height}.mp4")
            wrong += _picture_faults(film, (int(width), int(height)), released)
            film.unlink()
    return wrong


def _length_faults(
    videos: Sequence[Playlist], sound: Playlist, released: Release, profile: Delivery
) -> list[str]:
    """Hold the lengths of the segments against the profile, and the sizes against each other."""
    frame, whole = float(1 / released.rate), float(released.frames / released.rate)
    wrong = []
    lengths = [[length for length, _path in each.segments] for each in videos]
    if any(other != lengths[0] for other in lengths):
        wrong.append(_("the sizes are not cut at the same frames"))
    if any(abs(length - profile.segment_ms / 1000) > frame for length in lengths[0][:-1]):
        wrong.append(_("a segment is not as long as the profile says"))
    totals = [sum(lengths[0]), sum(length for length, _path in sound.segments)]
    if abs(totals[0] - whole) > frame / 2 or abs(totals[1] - whole) > 0.1:
        wrong.append(_("the segments together are not as long as the film"))
    return wrong


def _picture_faults(film: Path, size: tuple[int, int], released: Release) -> list[str]:
    video = probe(film).video[0]
    wrong = []
    if (video.codec, video.pixel_format, video.width, video.height) != ("h264", "yuv420p", *size):
        wrong.append(_("the picture is not what the playlist says"))
    if decoded_frames(film) != released.frames:
        wrong.append(_("frames are missing"))
    for span in released.masks:
        first, end = (frame_at(ms, released.rate) for ms in span)
        if count_uncovered_frames(film, video, first, end):
            wrong.append(_("a withheld passage can be seen"))
    return wrong


def _join_segments(playlist: Playlist, target: Path) -> Path:
    """Put the segments together again, as a player does, into a file that can be searched."""
    fragments = target.with_suffix(".fragments.mp4")
    with fragments.open("wb") as out:
        for part in (playlist.folder / INIT, *(path for _length, path in playlist.segments)):
            with part.open("rb") as segment:
                shutil.copyfileobj(segment, out)
    stream = source(fragments)["0"]
    run(ffmpeg.output(stream, str(target.absolute()), c="copy", **BITEXACT))
    fragments.unlink()
    return target
