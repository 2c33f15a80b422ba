"""Move a home's artefacts from its folder into a bucket, and know whether that was done.

A copy in store/ may be removed because the bucket has it. So a folder that was the store itself
must never be taken for one of copies: the folder says in a file of its own which bucket it belongs
to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.core import progress
from pipeline.core.files import storage_errors, sync
from pipeline.errors import IntegrityError, StorageError
from pipeline.i18n import _
from pipeline.repository.store import Store

__all__ = ["move_to_bucket", "require_location"]

_MARK = "bucket.txt"


def require_location(folder: Path, url: str) -> None:
    """Raise StorageError unless the artefacts are where the settings say. Asks no network."""
    mark = folder / _MARK
    there = mark.read_text("utf-8").strip() if mark.is_file() else ""
    if there == url:
        return
    if url and not there and not any(folder.glob("??/*")):
        _mark(folder, url)
        return
    if url:
        raise StorageError(
            _("The artefacts of this production are not in {url} yet.").format(url=url),
            remedy=_("Bring them there while nobody works: chifeng cache --upload"), path=folder,
        )  # fmt: skip
    raise StorageError(
        _("The artefacts are in {url}, which the settings no longer name.").format(url=there),
        remedy=_("Write it under [store] url in settings.toml again."), path=folder,
    )  # fmt: skip


def move_to_bucket(
    store: Store, url: str, artefacts: Sequence[tuple[str, str]]
) -> list[IntegrityError]:
    """Have every artefact in the bucket, read back and compared; return what is wrong with which.

    The folder becomes one of copies only if nothing is. Killed and started again, it sends only
    what is not there yet. Raises StorageAway.
    """
    wrong: list[IntegrityError] = []
    for n, (sha256, suffix) in enumerate(artefacts):
        with progress.part(n, len(artefacts)):
            try:
                store.send(sha256, suffix)
            except IntegrityError as error:
                wrong.append(error)
    if not wrong:
        _mark(store.folder, url)
    return wrong


def _mark(folder: Path, url: str) -> None:
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f".{_MARK}"
        half.write_text(f"{url}\n", "utf-8")
        sync(half)
        half.replace(folder / _MARK)
