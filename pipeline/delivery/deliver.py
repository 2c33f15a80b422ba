"""Make a delivery in a folder of its own, prove it, and only then put it in its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.core import progress
from pipeline.core.permissions import share, shared_folder
from pipeline.delivery import hls, sidecars, video
from pipeline.delivery.checks import faults
from pipeline.delivery.manifest import is_current, is_delivery, remove_leftovers, write_manifest
from pipeline.delivery.release import release
from pipeline.delivery.source import Release, load_release
from pipeline.delivery.textless import make_textless
from pipeline.errors import NotFoundError, NotReadyError, StorageError, ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import version
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.store import storage_errors
from pipeline.settings import Delivery, Settings
from pipeline.workflow.production import Production
from pipeline.workflow.release_permission import consent_today

__all__ = ["CLEAN_MAKERS", "MAKERS", "deliver", "make_delivery"]

MAKERS: dict[str, Callable[[Release, Delivery, Path], list[Path]]] = {
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
    NotFoundError, NotReadyError where the episode is not released or the consent does not allow the
    use, StorageError where something else is in its place, ToolFailed where a check of the result
    fails, BusyError while another process works on the episode.
    """
    profile = _profile(production.settings, name)
    slug = production.states(slug)[-1].subject.slug
    with production.locked(slug):
        folder = release(production, slug)
        released = _with_uses_of_today(production, slug, load_release(production, slug))
        parent = folder / "delivery"
        if to:
            parent = to / f"{folder.parent.name} {folder.name}"
        make_delivery(released, profile, production.settings, parent / name)
    return parent / name


def _with_uses_of_today(production: Production, slug: str, released: Release) -> Release:
    """Ask the consent in force: since the release it may have been narrowed or extended."""
    with production.ledger.read() as session:
        _own, interviewee = load_records(session, find_subject(session, slug))
    consent = consent_today(interviewee, production.store) if interviewee else None
    return replace(released, uses=consent.uses) if consent else released


def make_delivery(released: Release, profile: Delivery, settings: Settings, folder: Path) -> None:
    """Make a delivery in `folder`, all of it or nothing.

    No other may be at work in the folder around it at the same time. Raises as `deliver` does.
    """
    if profile.use and profile.use not in released.uses:
        raise NotReadyError(
            _("The consent does not allow this use: {use}.").format(use=_(profile.use)),
            remedy=_("Ask the interviewee, and bring the new consent before delivering."),
        )
    made_of = {
        "master": released.sha256,
        "profile": profile.model_dump(mode="json"),
        "ffmpeg": version(),
    }
    if any(word in CLEAN_MAKERS for word in profile.files):
        made_of["burning"] = settings.digest(("burning", "release", "subtitle_styles"))
    previous, partial = (
        folder.with_name(f".{folder.name}.old"),
        folder.with_name(f".{folder.name}.part"),
    )
    with storage_errors(folder):
        shared_folder(folder.parent)
        remove_leftovers(folder.parent)
        if is_current(folder, made_of):
            return
        if folder.exists() and not is_delivery(folder):
            raise StorageError(
                _("{path} is there already, and is no delivery.").format(path=folder),
                remedy=_("Move it away, or name another place with --to."),
                path=folder,
            )
        partial.mkdir()
        try:
            _fill(partial, released, profile, settings, made_of)
            share(partial)
            if folder.exists():
                folder.rename(previous)
            partial.rename(folder)
        finally:
            for left in (previous, partial):
                shutil.rmtree(left, ignore_errors=True)


def _fill(
    partial: Path, released: Release, profile: Delivery, settings: Settings,
    made_of: dict[str, Any],
) -> None:  # fmt: skip
    files: list[Path] = []
    words = [word for word in profile.files if word in MAKERS]
    clean_words = [word for word in profile.files if word in CLEAN_MAKERS]
    making = _MAKING_SHARE / len(profile.files)
    for number, word in enumerate(words):
        with progress.share(number * making, (number + 1) * making):
            files += MAKERS[word](released, profile, partial)
    if clean_words:
        with progress.share(len(words) * making, _MAKING_SHARE):
            files += _make_clean(partial, released, profile, settings, clean_words)
    for number, file in enumerate(files):
        with progress.share(_MAKING_SHARE, 1.0), progress.part(number, len(files)):
            found = faults(file, released, profile, settings.verification)
        for fault in found:
            raise ToolFailed(
                _("The delivery is not as it must be: “{file}”: {fault}.").format(
                    file=file.name, fault=fault
                ),
                remedy=_("Nothing was handed out. Try again; if it fails again, report it."),
            )
    for file in (*files, write_manifest(partial, made_of, files)):
        with file.open("rb") as written:
            os.fsync(written.fileno())


def _make_clean(
    partial: Path, released: Release, profile: Delivery, settings: Settings, words: Sequence[str]
) -> list[Path]:
    """Make the films without subtitles; what they are made of is removed again."""
    files = []
    with TemporaryDirectory(dir=partial) as temporary:
        folder, count = Path(temporary), len(words) + 1
        with progress.part(0, count):
            clean = make_textless(released, settings, folder)
        for number, word in enumerate(words, 1):
            with progress.part(number, count):
                for film in CLEAN_MAKERS[word](clean, profile, folder):
                    files.append(film.rename(partial / f"{film.stem}-clean{film.suffix}"))
    return files


def _profile(settings: Settings, name: str) -> Delivery:
    if name not in settings.delivery:
        raise NotFoundError(
            _("There is no delivery profile “{name}”.").format(name=name),
            remedy=_("There are: {known}.").format(known=", ".join(settings.delivery)),
        )
    return settings.delivery[name]
