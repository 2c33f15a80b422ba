"""Who has which page open, for display alone."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

__all__ = ["Presence"]

_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class _Tab:
    person: str
    cue: str
    at: float


class Presence:
    """The open browser tabs of each room, by the id each tab gave itself."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, _Tab]] = {}
        self._lock = threading.Lock()

    def update(self, room: str, tab: str, person: str, cue: str) -> bool:
        """Note that a page is open, and at which cue; tell whether that is new."""
        now = time.monotonic()
        with self._lock:
            tabs = self._rooms.setdefault(room, {})
            known, tabs[tab] = tabs.get(tab), _Tab(person, cue, now)
            for name in [name for name, open_tab in tabs.items() if now - open_tab.at > _TIMEOUT_S]:
                del tabs[name]
            return known is None or (known.person, known.cue) != (person, cue)

    def others(self, room: str, tab: str) -> list[dict[str, Any]]:
        """Return who else has the room open: person and cue."""
        now = time.monotonic()
        with self._lock:
            tabs = self._rooms.get(room, {})
            return [
                {"person": open_tab.person, "cue": open_tab.cue}
                for name, open_tab in sorted(tabs.items())
                if name != tab and now - open_tab.at <= _TIMEOUT_S
            ]
