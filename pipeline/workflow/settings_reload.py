"""A production whose settings are read again when they change, for processes that run for days."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from pipeline.errors import ChifengError
from pipeline.workflow.production import Production, open_home

__all__ = ["ReloadingProduction"]

log = logging.getLogger("chifeng.settings")


class ReloadingProduction:
    """Opens the home again when its settings.toml has changed."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self._stamp = _stamp(production.folder)

    def production(self) -> Production:
        """Return the production; with the former settings while the new ones cannot be read."""
        stamp = _stamp(self._production.folder)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                old = self._production
                self._production = replace(
                    open_home(old.folder, old.stages),
                    consent_policy=old.consent_policy, deposit_checks=old.deposit_checks,
                )  # fmt: skip
            except ChifengError as error:
                log.error("the settings cannot be read, the former ones are kept: %s", error)
        return self._production

    @property
    def look_seconds(self) -> float:
        """How long to wait between two polls of the ledger."""
        return self._production.settings.machines.look_seconds


def _stamp(folder: Path) -> float:
    path = folder / "settings.toml"
    return path.stat().st_mtime if path.exists() else 0.0
