"""Hashes of what people type to show who they are: Argon2id, so that nobody reads it back.

Each look takes 64 MB and a good part of a second: without a limit a few hundred strangers would
fill the memory of the machine.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from pipeline.errors import BusyError
from pipeline.i18n import _

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["dummy_hash", "hash_secret", "verify_secret"]

_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE_S = 10.0


def hash_secret(secret: str) -> str:
    """Return the hash to keep. Raises Busy where too many ask at once."""
    with _turn():
        return _hasher().hash(secret)


def verify_secret(kept: str, secret: str) -> bool:
    """Tell whether the secret is the one that was hashed, in a time that does not depend on how
    much of it is right. Raises Busy where too many ask at once."""
    from argon2.exceptions import VerificationError

    with _turn():
        try:
            return _hasher().verify(kept, secret)
        except VerificationError:
            return False


@cache
def dummy_hash() -> str:
    """Return a hash that nothing fits: to take as long for a name that does not exist."""
    return hash_secret(secrets.token_urlsafe(16))


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise BusyError(_("Too many people are signing in."), remedy=_("Try again in a minute."))
    try:
        yield
    finally:
        _AT_ONCE.release()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
