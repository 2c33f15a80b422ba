"""The password of Prefect's interface: one for the production, because Prefect has no users."""

from __future__ import annotations

import base64
import re
import secrets
from pathlib import Path

from pipeline.core.secret_file import read_or_make
from pipeline.errors import StorageError
from pipeline.i18n import _

__all__ = ["authorization", "prefect_password"]

_FILE = "prefect.key"
_FORM = re.compile(r"chifeng:[0-9a-f]{32}")


def prefect_password(folder: Path) -> str:
    """Return the home's password, `chifeng:` and 128 random bits in hexadecimal; made at first use.

    It is Prefect's `server.api.auth_string` and `api.auth_string`. Raises StorageError where the
    file holds something else.
    """
    path = folder / _FILE
    found = read_or_make(path, lambda: f"chifeng:{secrets.token_hex(16)}".encode()).decode("latin1")
    if not _FORM.fullmatch(found):
        raise StorageError(
            _("{path} is not the password of Prefect.").format(path=path), path=path,
            remedy=_("Stop the production, remove the file and start again: a new one is made."),
        )  # fmt: skip
    return found


def authorization(folder: Path) -> dict[str, str]:
    """Return the header by which a plain HTTP client is let in (RFC 7617)."""
    token = base64.b64encode(prefect_password(folder).encode()).decode("ascii")
    return {"Authorization": f"Basic {token}"}
