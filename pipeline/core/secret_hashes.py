"""Argon2id hashes of passwords and codes.

A hash takes 64 MB and a good part of a second, so only two are computed at a time: without a limit
a few hundred sign-ins would fill the memory of the machine.
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

_SLOTS = threading.BoundedSemaphore(2)
_WAIT_S = 10.0


def hash_secret(secret: str) -> str:
    """Return the hash to store. Raises BusyError where too many wait."""
    with _slot():
        return _hasher().hash(secret)


def verify_secret(stored_hash: str, secret: str) -> bool:
    """Tell whether the secret is the one that was hashed, in constant time.

    Raises BusyError where too many wait.
    """
    from argon2.exceptions import VerificationError

    with _slot():
        try:
            return _hasher().verify(stored_hash, secret)
        except VerificationError:
            return False


@cache
def dummy_hash() -> str:
    """Return a hash no secret has, to take as long for a name that does not exist."""
    return hash_secret(secrets.token_urlsafe(16))


@contextmanager
def _slot() -> Iterator[None]:
    if not _SLOTS.acquire(timeout=_WAIT_S):
        raise BusyError(_("Too many people are signing in."), remedy=_("Try again in a minute."))
    try:
        yield
    finally:
        _SLOTS.release()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
