"""A bucket of object storage that holds artefacts, each once, complete or absent.

This program never overwrites or removes an object; its keys need no right to do so. What was sent
is read back and its SHA-256 compared: the checksums of object storage do not cover a whole file
sent in parts, and not every provider has them.

S3 shows an object only once it is complete. A folder (`file://`) shows a partial file, so there it
is written under another name and renamed.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pipeline.core import progress
from pipeline.core.files import sync
from pipeline.errors import (
    ChifengError,
    IntegrityError,
    MissingTool,
    StorageError,
    StorageUnavailableError,
)
from pipeline.i18n import _
from pipeline.settings import StorePlace

__all__ = ["Bucket", "open_bucket", "retry_while_unavailable"]

log = logging.getLogger("chifeng.store")

_Result = TypeVar("_Result")

_PART_BYTES = 16 * 1024 * 1024  # read or sent at once; s3fs makes them larger beyond 160 GB
_PARTS_AT_ONCE = 4
_CONNECT_S = 5
_READ_S = 60
_TRIES = 3
_RETRY_S = 5.0
_REPORT_S = 0.5
# What this computer's own disk says; s3fs gives what comes from the network no such number.
_LOCAL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS}
_TEMPORARY = {errno.EBUSY, errno.EIO, getattr(errno, "EREMOTEIO", errno.EIO), None}
_PERMANENT = "NoCredentialsError", "PartialCredentialsError", "ParamValidationError"
_NETWORK = "botocore.", "aiobotocore.", "aiohttp.", "fsspec."


class Bucket:
    """A bucket of S3-compatible object storage, or a folder that stands for one.

    Objects have names such as `ab/abcdef….mp4`. Every method raises StorageUnavailableError while
    the bucket does not answer, and StorageError where it refuses.
    """

    def __init__(self, place: StorePlace) -> None:
        self._place = place
        parts = urlsplit(place.url)
        self._is_folder = parts.scheme == "file"
        self._root = parts.path if self._is_folder else f"{parts.netloc}{parts.path}"

    def address(self, name: str) -> str:
        """Return the full address of an object."""
        return f"{self._place.url}/{name}"

    def size(self, name: str) -> int | None:
        """Return how many bytes an object has; None where there is none."""
        with self._storage_errors():
            try:
                return int(self._files.info(self._key(name))["size"])
            except FileNotFoundError:
                return None

    def put(self, file: Path, name: str, sha256: str) -> None:
        """Send the file to the bucket, read it back and compare it; an object that is there stays.

        Raises IntegrityError where what is there is not the file.
        """
        if self.size(name) is None:
            with self._storage_errors(), progress.part(0, 2):
                self._send(file, self._key(name))
        with progress.part(1, 2):
            self.verify(name, sha256)

    def get(self, name: str, target: Path) -> bool:
        """Copy an object to a new file; tell whether there is one."""
        with self._storage_errors():
            try:
                get = partial(self._files.get_file, self._key(name), str(target))
                _transfer(name, partial(get, **self._in_parts))
            except FileNotFoundError:
                if not target.parent.is_dir():
                    raise
                return False
        return True

    def verify(self, name: str, sha256: str) -> None:
        """Read an object; raise IntegrityError unless it is there and unchanged."""
        found = self._digest(name)
        if found == sha256:
            return
        address = self.address(name)
        raise IntegrityError(
            _("{path} was changed after it was recorded.").format(path=address) if found
            else _("{path} is missing.").format(path=address),
            expected=sha256, found=found, path=Path(name),
            remedy=_("Put the file from the backup in its place with the storage's own tools."),
        )  # fmt: skip

    def _digest(self, name: str) -> str:
        size = self.size(name)
        if size is None:
            return ""
        hasher, done = hashlib.sha256(), 0
        with (
            self._storage_errors(),
            self._files.open(self._key(name), "rb", cache_type="none", size=size) as reading,
        ):
            while block := reading.read(_PART_BYTES):
                hasher.update(block)
                done += len(block)
                progress.report(done / size, name)
        return hasher.hexdigest()

    def _send(self, file: Path, key: str) -> None:
        if not self._is_folder:
            _transfer(file.name, partial(self._files.put_file, str(file), key, **self._in_parts))
            return
        half = f"{self._root}/.{uuid.uuid4().hex}.part"
        try:
            self._files.put_file(str(file), half)
            sync(Path(half))
            self._files.makedirs(key.rpartition("/")[0], exist_ok=True)
            Path(half).rename(key)
            sync(Path(key).parent)
        finally:
            Path(half).unlink(missing_ok=True)

    def _key(self, name: str) -> str:
        return f"{self._root}/{name}"

    @property
    def _in_parts(self) -> dict[str, Any]:
        if self._is_folder:
            return {}
        return {"chunksize": _PART_BYTES, "max_concurrency": _PARTS_AT_ONCE}

    @cached_property
    def _files(self) -> Any:
        import fsspec

        if self._is_folder:
            return fsspec.filesystem("file", skip_instance_cache=True)
        place = self._place
        try:
            return fsspec.filesystem(
                "s3", skip_instance_cache=True, use_listings_cache=False,
                endpoint_url=place.endpoint or None,
                client_kwargs={"region_name": place.region} if place.region else {},
                config_kwargs={
                    "connect_timeout": _CONNECT_S, "read_timeout": _READ_S,
                    "retries": {"mode": "standard", "max_attempts": _TRIES},
                    "s3": {"addressing_style": place.addressing},
                },
            )  # fmt: skip
        except ImportError as error:
            raise MissingTool(
                _("What talks to object storage is not installed."),
                remedy="pip install 'chifeng-memory[s3]'",
            ) from error

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        """Turn errors of the network and the provider into errors of this program."""
        try:
            if self._is_folder and not Path(self._root).is_dir():
                raise self._unavailable()  # not mounted: others would not see what is written there
            yield
        except ChifengError:
            raise
        except Exception as error:
            meaning = self._meaning(error)
            if meaning is None:
                raise
            raise meaning from error

    def _meaning(self, error: Exception) -> StorageError | None:
        """Return the error it means; None where it does not come from the bucket."""
        ours = type(error).__module__.startswith(_NETWORK)
        if isinstance(error, OSError):
            if self._is_folder or error.errno in _LOCAL:
                return None
            permanent = isinstance(error, (PermissionError, FileNotFoundError))
            if not permanent and (isinstance(error, TimeoutError) or error.errno in _TEMPORARY):
                return self._unavailable()
        elif not ours:
            return None
        elif type(error).__name__ not in _PERMANENT:
            return self._unavailable()
        return StorageError(
            _("The object storage {url} refuses: {said}").format(url=self._place.url, said=error),
            remedy=_("Check address, keys and rights: docs/how-to/object-storage.md."),
        )

    def _unavailable(self) -> StorageUnavailableError:
        return StorageUnavailableError(
            _("The object storage {url} does not answer.").format(url=self._place.url),
            remedy=_("Check the network; work goes on by itself when it answers again."),
        )


def open_bucket(place: StorePlace) -> Bucket | None:
    """Return the bucket the settings name, if any. No request is made."""
    return Bucket(place) if place.url else None


def retry_while_unavailable(work: Callable[[], _Result]) -> _Result:
    """Repeat the work until the object storage answers: hours of work may depend on it."""
    logged = False
    while True:
        try:
            return work()
        except StorageUnavailableError as error:
            if not logged:
                log.warning("%s", error)
            logged = True
            time.sleep(_RETRY_S)


def _transfer(name: str, work: Callable[..., None]) -> None:
    """Transfer in a thread and report the progress from this one: a listener must not be called in
    the thread that all of fsspec's transfers share."""
    from fsspec.callbacks import Callback

    counter, failed = Callback(), list[BaseException]()

    def run() -> None:
        try:
            work(callback=counter)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_REPORT_S)
        progress.report(counter.value / counter.size if counter.size else 0.0, name)
    if failed:
        raise failed[0]
