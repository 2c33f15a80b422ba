"""Encode a picture in pieces of fixed length, and only those that are not there yet.

Each piece is closed (it starts with a key frame and refers to nothing outside), is encoded by
itself, and is kept under the digest of everything that decides what is in it. Joined without
encoding again they are the film. So a correction of three subtitles costs three pieces, and a film
is the same bytes whether its pieces were there or not.

Pieces lie in the folder for what can be made again, which may be deleted at any time. A piece is
complete or absent (written elsewhere, then renamed), and read again before it is used.
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
from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.media.encoders import X264, quality_options
from pipeline.media.ffmpeg import BITEXACT, probe, run
from pipeline.repository.store import digest, storage_errors

__all__ = ["SEGMENT_MS", "THREADS", "RenderCache", "Segment", "join_segments", "segment_options"]

SEGMENT_MS = 10_000
"""How long a piece is: as far apart as key frames usually are, so that it costs no quality."""

THREADS = 6
"""x264 writes other bytes for another number of threads; six keep four cores busy."""

_FORMAT = 1
_KEEP_BYTES = int(float(os.environ.get("CHIFENG_CACHE_GB", "20")) * 1e9)
_ABANDONED_S = 24 * 3600
_LEAST_TIMESCALE = 10_000


@dataclass(frozen=True)
class Segment:
    """A stretch of the film. `frames` come out; `decided_by` is all that decides what is in them,
    as JSON can hold it; `make` writes them to the path it is given."""

    frames: int
    decided_by: Any
    make: Callable[[Path], None]

    @property
    def name(self) -> str:
        """Return the digest that names it."""
        told = json.dumps([_FORMAT, self.frames, self.decided_by], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


class RenderCache:
    """The folder of pieces, each `length_ms` long."""

    def __init__(self, folder: Path | None = None, length_ms: int = SEGMENT_MS) -> None:
        self.folder = folder or cache_folder() / "pieces"
        self.length_ms = length_ms

    def have(self, wanted: Sequence[Segment], what: str) -> list[Path]:
        """Return the file of each piece, encoding those that are missing, on all cores."""
        missing = {p.name: p for p in wanted if not self._good(p.name)}
        total, done = sum(p.frames for p in missing.values()), 0
        for piece in self._all_made(missing.values()):
            done += piece.frames
            progress.report(done / total, what)
        return [self._path(piece.name) for piece in wanted]

    def prune(self, keep_bytes: int = _KEEP_BYTES) -> int:
        """Remove what was used longest ago beyond `keep_bytes`; return how many bytes went."""
        found = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        room, gone = keep_bytes, 0
        for at, size, path in sorted(found, reverse=True):
            room -= size
            if room < 0 or (path.suffix == ".part" and time.time() - at > _ABANDONED_S):
                with contextlib.suppress(OSError):
                    path.unlink()
                    gone += size
        return gone

    def _all_made(self, pieces: Iterable[Segment]) -> Iterable[Segment]:
        # Two encoders on two cores gain nothing over the threads of one.
        at_once = max((os.cpu_count() or 2) // 4, 1)
        if at_once == 1:
            for piece in pieces:
                self._make(piece)
                yield piece
            return
        pool = ThreadPoolExecutor(at_once, thread_name_prefix="pieces")
        try:
            going: dict[Future[None], Segment] = {pool.submit(self._make, p): p for p in pieces}
            while going:
                for ended in wait(going, return_when=FIRST_COMPLETED).done:
                    piece = going.pop(ended)
                    ended.result()
                    yield piece
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _make(self, piece: Segment) -> None:
        path = self._path(piece.name)
        part = path.with_suffix(f".{os.getpid()}.part")
        with storage_errors(part):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # withheld ones are there
            path.parent.mkdir(exist_ok=True)
            try:
                piece.make(part)
                found = probe(part).video[0].frames
                if found != piece.frames:
                    raise ToolFailed(
                        _("A piece of the film has {found} frames instead of {wanted}.").format(
                            found=found, wanted=piece.frames
                        ),
                        remedy=_("Does the picture play to its end? Run the step again."),
                    )
                path.with_suffix(".sha256").write_text(digest(part), "ascii")
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def _good(self, name: str) -> bool:
        """Tell whether a piece is there and as it was written."""
        path = self._path(name)
        try:
            good = path.with_suffix(".sha256").read_text("ascii") == digest(path)
        except OSError:
            return False
        with contextlib.suppress(OSError):
            os.utime(path)
            os.utime(path.with_suffix(".sha256"))
        return good

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.mp4"


def segment_options(
    crf: float, preset: str, rate: Fraction, frames: int, encoder: str = X264
) -> dict[str, Any]:
    """Return the output options that encode a piece of so many frames at a rate."""
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
        "video_track_timescale": _timescale(rate),
        **BITEXACT,
    }


def join_segments(
    files: Sequence[Path], sound: Sequence[Any], target: Path, rate: Fraction, frames: int,
    **options: Any,
) -> None:  # fmt: skip
    """Write the pieces one after another, and the sound, to `target`, an MP4 ready for the web.

    `sound` are ffmpeg-python streams, `options` say how they are encoded. Raises ToolFailed where
    the result has not exactly `frames` frames.
    """
    with TemporaryDirectory(prefix="chifeng-join-") as temporary:
        # Links with plain names: nothing in the list needs to be escaped.
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
            **{"c:v": "copy", "video_track_timescale": _timescale(rate),
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


def _timescale(rate: Fraction) -> int:
    """Return ticks a second in which every frame has a whole number of them."""
    return rate.numerator * -(-_LEAST_TIMESCALE // rate.numerator)
