"""The log of sign-ins, failed attempts and refusals: logs/security.log in the home.

The command line, the desk and the flows write it, each in a process of its own.
"""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

__all__ = ["log", "security_log"]

log = logging.getLogger("chifeng.security")


def security_log(home: Path) -> None:
    """Write this log to the home's logs/security.log from now on."""
    place = str((home / "logs" / "security.log").absolute())
    for old in log.handlers[:]:
        if isinstance(old, RotatingFileHandler):
            if old.baseFilename == place:
                return
            log.removeHandler(old)
            old.close()
    handler = RotatingFileHandler(
        home / "logs" / "security.log", maxBytes=2_000_000, backupCount=9, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
