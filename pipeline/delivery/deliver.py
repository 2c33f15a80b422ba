"""Make a delivery in a folder of its own, prove it, and only then put it in its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.core import progress
from pipeline.delivery import hls, sidecars, video
from pipeline.delivery.checks import faults
from pipeline.delivery.manifest import is_current, is_delivery, remove_leftovers, write_manifest
from pipeline.delivery.release import release
from pipeline.delivery.source import ReleasedFiles, load_released_files
from pipeline.delivery.textless import make_textless
from pipeline.errors import NotFoundError, NotReadyError, StorageError, ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import version
from pipeline.repository.store import storage_errors
from pipeline.settings import Delivery, Settings
from pipeline.workflow.production import Production

__all__ = ["CLEAN_MAKERS", "MAKERS", "deliver", "make_delivery"]

MAKERS: dict[str, Callable[[ReleasedFiles, Delivery, Path], list[Path]]] = {
    "h264": video.h264,
    "xdcam": video.xdcam,
    "ffv1": video.ffv1,
    "captions": sidecars.captions,
    "poster": sidecars.poster,
    "thumbnails": sidecars.thumbnails,
    "sound": sidecars.sound,
    "srt": sidecars.srt,
    "tracks": sidecars.tracks,
    "hls": hls.hls,
}
"""What each word in a profile's `files` is made by; each returns the files it wrote."""

_MAKING_SHARE = 0.7  # so much of the time goes into making, the rest into proving

CLEAN_MAKERS = {"h264_clean": video.h264, "xdcam_clean": video.xdcam}
"""The same for what is made of the film without subtitles."""


def deliver(production: Production, slug: str, name: str, to: Path | None = None) -> Path:
    """Make the delivery of that profile and return its folder; there and current, do nothing.

    It goes beside the release, or below `to` into a folder named like the episode. Raises
    UnknownName, NotReady where the episode is not released or the consent does not allow the use,
    StorageError where something else stands in its place, ToolFailed where the result is not as it
    must be, Busy while another process works on the episode.
    """
    profile = _profile(production.settings, name)
    slug = production.states(slug)[-1].subject.slug
    with production.locked(slug):
        material = load_released_files(production, slug)
        released = release(production, slug)
        among = released / "delivery"
        if to:
            among = to / f"{released.parent.name} {released.name}"
        make_delivery(material, profile, production.settings, among / name)
    return among / name


def make_delivery(
    material: ReleasedFiles, profile: Delivery, settings: Settings, folder: Path
) -> None:
    """Make a delivery of released material in `folder`, all of it or nothing.

    No other may be at work in the folder around it at the same time. Raises as `deliver` does.
    """
    if profile.use and profile.use not in material.uses:
        raise NotReadyError(
            _("The consent does not allow this use: {use}.").format(use=_(profile.use)),
            remedy=_("Ask the interviewee, and bring the new consent before delivering."),
        )
    decided_by = {
        "master": material.sha256,
        "profile": profile.model_dump(mode="json"),
        "ffmpeg": version(),
    }
    if any(word in CLEAN_MAKERS for word in profile.files):
        decided_by["burning"] = settings.digest(("burning", "release", "subtitle_styles"))
    old, part = folder.with_name(f".{folder.name}.old"), folder.with_name(f".{folder.name}.part")
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder.parent)
        if is_current(folder, decided_by):
            return
        if folder.exists() and not is_delivery(folder):
            raise StorageError(
                _("{path} is there already, and is no delivery.").format(path=folder),
                remedy=_("Move it away, or name another place with --to."),
                path=folder,
            )
        part.mkdir()
        try:
            _fill(part, material, profile, settings, decided_by)
            if folder.exists():
                folder.rename(old)
            part.rename(folder)
        finally:
            for left in (old, part):
                shutil.rmtree(left, ignore_errors=True)


def _fill(
    part: Path, material: ReleasedFiles, profile: Delivery, settings: Settings,
    decided_by: dict[str, Any],
) -> None:  # fmt: skip
    files: list[Path] = []
    words = [word for word in profile.files if word in MAKERS]
    cleans = [word for word in profile.files if word in CLEAN_MAKERS]
    making = _MAKING_SHARE / len(profile.files)
    for number, word in enumerate(words):
        with progress.share(number * making, (number + 1) * making):
            files += MAKERS[word](material, profile, part)
    if cleans:
        with progress.share(len(words) * making, _MAKING_SHARE):
            files += _make_clean(part, material, profile, settings, cleans)
    for number, file in enumerate(files):
        with progress.share(_MAKING_SHARE, 1.0), progress.part(number, len(files)):
            found = faults(file, material, profile, settings.verification)
        for fault in found:
            raise ToolFailed(
                _("The delivery is not as it must be: “{file}”: {fault}.").format(
                    file=file.name, fault=fault
                ),
                remedy=_("Nothing was handed out. Try again; if it fails again, report it."),
            )
    for file in (*files, write_manifest(part, decided_by, files)):
        with file.open("rb") as written:
            os.fsync(written.fileno())


def _make_clean(
    part: Path, material: ReleasedFiles, profile: Delivery, settings: Settings, words: Sequence[str]
) -> list[Path]:
    """Make the films without subtitles; what they are made of is removed again."""
    files = []
    with TemporaryDirectory(dir=part) as temporary:
        folder, count = Path(temporary), len(words) + 1
        with progress.part(0, count):
            clean = make_textless(material, settings, folder)
        for number, word in enumerate(words, 1):
            with progress.part(number, count):
                for made in CLEAN_MAKERS[word](clean, profile, folder):
                    files.append(made.rename(part / f"{made.stem}-clean{made.suffix}"))
    return files


def _profile(settings: Settings, name: str) -> Delivery:
    if name not in settings.delivery:
        raise NotFoundError(
            _("There is no delivery profile “{name}”.").format(name=name),
            remedy=_("There are: {known}.").format(known=", ".join(settings.delivery)),
        )
    return settings.delivery[name]
