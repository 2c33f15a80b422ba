"""What does not go on although work is left: who stopped it and since when, or what holds it up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import _
from pipeline.repository.ledger import now_ms
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.requests import effective_request, requests
from pipeline.workflow.stage_state import StageSummary

__all__ = ["Rest", "note_stalled", "origin", "rests", "stalled", "standing_still"]

_STALE_MS = 180_000  # whoever keeps the production up looks once a minute at least


@dataclass(frozen=True)
class Rest:
    """An unfinished interviewee or episode that was stopped: by whom or from where, and since when
    (Unix milliseconds)."""

    slug: str
    via: str
    at_ms: int

    @property
    def words(self) -> str:
        """Say in one line that it rests, and how it goes on."""
        place, person = origin(self.via)
        at = datetime.fromtimestamp(self.at_ms / 1000, CHINA_TIME)
        text = _(
            "{subject} rests: stopped by {who}, {moment}. "
            "It goes on after: chifeng produce {subject}"
        ).format(
            subject=self.slug,
            who=f"{person} ({place})" if person else place,
            moment=f"{at:%Y-%m-%d %H:%M}",
        )
        return f"⏹ {text}"


def rests(production: Production, board: Mapping[str, Sequence[StageSummary]]) -> dict[str, Rest]:
    """Return what of this board was stopped and is not finished, by slug."""
    latest = requests(production)

    def finished(slug: str) -> bool:
        return all(state.passed for state in board.get(slug, ()))

    found = {}
    for slug in board:
        own = effective_request(latest, slug, finished)
        if own is not None and not own.wanted and not finished(slug):
            found[slug] = Rest(slug, own.via, own.at_ms)
    return found


def standing_still(
    production: Production, board: Mapping[str, Sequence[StageSummary]]
) -> dict[str, str]:
    """Return a line for everything of this board that was stopped or is held up, by slug."""
    held_up = {slug: line for slug, line in stalled(production).items() if slug in board}
    return held_up | {slug: rest.words for slug, rest in rests(production, board).items()}


def note_stalled(production: Production, lines: Mapping[str, str]) -> None:
    """Keep in the home what holds up runs, a line for each slug, for every process to read."""
    path = production.folder / "cache" / "stalled.json"
    if not lines:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"at_ms": now_ms(), "lines": dict(lines)}), "utf-8")
    new.replace(path)


def stalled(production: Production) -> dict[str, str]:
    """Return what was held up at the last look, by slug; nothing where that look is long past."""
    try:
        found = json.loads((production.folder / "cache" / "stalled.json").read_text("utf-8"))
        if now_ms() > found["at_ms"] + _STALE_MS:
            return {}
        return {slug: f"{slug}: {line}" for slug, line in found["lines"].items()}
    except (OSError, ValueError, KeyError):
        return {}


def origin(via: str) -> tuple[str, str]:
    """Return where a request was made, in words, and by whom, "" where that is not known."""
    place, _colon, person = via.partition(": ")
    known = {"desk": _("the desk"), "command line": _("the command line")}.get(place, place)
    return known, person
