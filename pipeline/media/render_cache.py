"""Encode a picture in segments of fixed length and keep them, so that changes cost little.

A segment is a closed group of pictures. It is stored under the digest of everything that decides
its content. The film is the segments joined without encoding: correcting three subtitles encodes
three segments, and the film has the same bytes whether its segments were cached or not.

The cache folder may be deleted at any time. A segment is complete or absent (written to another
name, then renamed), and its digest is checked before it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ffmpeg

from pipeline.core import progress
from pipeline.core.cache_dir import cache_folder, link_or_copy
from pipeline.core.permissions import private_folder
from pipeline.core.timebase import timescale
from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.media.encoders import X264, quality_options
from pipeline.media.ffmpeg import BITEXACT, probe, run
from pipeline.repository.store import digest, storage_errors

__all__ = ["SEGMENT_MS", "THREADS", "RenderCache", "Segment", "join_segments", "segment_options"]

SEGMENT_MS = 10_000
"""Length of a segment: the usual distance of key frames, so that it costs no quality."""

THREADS = 6
"""Threads of x264, whose output depends on their number; six keep four cores busy."""

_FORMAT = 1
_KEEP_BYTES = int(float(os.environ.get("CHIFENG_CACHE_GB", "20")) * 1e9)
_ABANDONED_S = 24 * 3600


@dataclass(frozen=True)
class Segment:
    """A part of the film of so many `frames`.

    `inputs` is everything that decides its content, as JSON values; `encode` writes it to a path.
    """

    frames: int
    inputs: Any
    encode: Callable[[Path], None]

    @property
    def key(self) -> str:
        """Return the digest under which the segment is stored."""
        text = json.dumps([_FORMAT, self.frames, self.inputs], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class RenderCache:
    """The folder of encoded segments, each `length_ms` long."""

    def __init__(self, folder: Path | None = None, length_ms: int = SEGMENT_MS) -> None:
        self.folder = folder or cache_folder() / "pieces"
        self.length_ms = length_ms

    def ensure(self, segments: Sequence[Segment], what: str) -> list[Path]:
        """Return the file of each segment; encode those that are missing, on all cores."""
        missing = {s.key: s for s in segments if not self._is_valid(s.key)}
        total, done = sum(s.frames for s in missing.values()), 0
        for segment in self._encode_all(missing.values()):
            done += segment.frames
            progress.report(done / total, what)
        return [self._path(segment.key) for segment in segments]

    def prune(self, keep_bytes: int = _KEEP_BYTES) -> int:
        """Remove the least recently used files beyond `keep_bytes`; return the bytes removed."""
        found = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        room, removed = keep_bytes, 0
        for at, size, path in sorted(found, reverse=True):
            room -= size
            if room < 0 or (path.suffix == ".part" and time.time() - at > _ABANDONED_S):
                with contextlib.suppress(OSError):
                    path.unlink()
                    removed += size
        return removed

    def _encode_all(self, segments: Iterable[Segment]) -> Iterable[Segment]:
        # Two encoders on two cores gain nothing over the threads of one.
        workers = max((os.cpu_count() or 2) // 4, 1)
        if workers == 1:
            for segment in segments:
                self._encode(segment)
                yield segment
            return
        pool = ThreadPoolExecutor(workers, thread_name_prefix="segments")
        try:
            running: dict[Future[None], Segment] = {
                pool.submit(self._encode, s): s for s in segments
            }
            while running:
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    segment = running.pop(done)
                    done.result()
                    yield segment
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _encode(self, segment: Segment) -> None:
        path = self._path(segment.key)
        part = path.with_suffix(f".{os.getpid()}.part")
        with storage_errors(part):
            private_folder(self.folder)  # may hold withheld passages
            path.parent.mkdir(exist_ok=True)
            try:
                segment.encode(part)
                found = probe(part).video[0].frames
                if found != segment.frames:
                    raise ToolFailed(
                        _("A piece of the film has {found} frames instead of {wanted}.").format(
                            found=found, wanted=segment.frames
                        ),
                        remedy=_("Does the picture play to its end? Run the step again."),
                    )
                path.with_suffix(".sha256").write_text(digest(part), "ascii")
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def _is_valid(self, key: str) -> bool:
        """Return whether a segment is stored and has the digest it was written with."""
        path = self._path(key)
        try:
            valid = path.with_suffix(".sha256").read_text("ascii") == digest(path)
        except OSError:
            return False
        with contextlib.suppress(OSError):
            os.utime(path)
            os.utime(path.with_suffix(".sha256"))
        return valid

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.mp4"


def segment_options(
    crf: float, preset: str, rate: Fraction, frames: int, encoder: str = X264
) -> dict[str, Any]:
    """Return the output options that encode a segment of so many frames at a rate."""
    closed: dict[str, Any] = {"g": max(frames, 2), "bf": 0}
    if encoder == X264:
        params = f"keyint={max(frames, 2)}:min-keyint=1:open-gop=0:scenecut=0:stitchable=1"
        closed = {"threads": THREADS, "x264-params": params}
    return {
        **quality_options(encoder, crf, preset),
        **closed,
        "fps_mode:v": "passthrough",
        "frames:v": frames,
        "format": "mp4",
        "video_track_timescale": timescale(rate),
        **BITEXACT,
    }


def join_segments(
    files: Sequence[Path], sound: Sequence[Any], target: Path, rate: Fraction, frames: int,
    **options: Any,
) -> None:  # fmt: skip
    """Write the segments one after another, and the sound, to `target`, a fast-start MP4.

    `sound` are ffmpeg-python streams, `options` their output options. Raises ToolFailed if the
    result does not have exactly `frames` frames.
    """
    with TemporaryDirectory(prefix="chifeng-join-") as temporary:
        # Links with plain names, which need no escaping in the list.
        folder = Path(temporary)
        for n, file in enumerate(files):
            link_or_copy(file, folder / f"{n}.mp4")
        lines = [f"file '{n}.mp4'" for n in range(len(files))]
        (folder / "list.txt").write_text("\n".join(["ffconcat version 1.0", *lines, ""]), "ascii")
        film = ffmpeg.input(
            str(folder / "list.txt"), format="concat", safe=0, protocol_whitelist="file"
        )
        result = ffmpeg.output(
            film["v:0"], *sound, str(target.absolute()),
            **{"c:v": "copy", "video_track_timescale": timescale(rate),
               "movflags": "+faststart", **options, **BITEXACT},
        )  # fmt: skip
        run(result, duration_ms=round(frames * 1000 / rate), what=_("joining the film"))
    found = probe(target).video[0].frames
    if found != frames:
        raise ToolFailed(
            _("The film has {found} frames instead of {wanted}.").format(
                found=found, wanted=frames
            ),
            path=target,
        )
