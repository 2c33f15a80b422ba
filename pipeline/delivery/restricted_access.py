"""What only the director may have once an episode is released with something withheld.

The films and sounds on the way to the master still show and sound the withheld passages, and so
does a master released before they were. Until the release the crew works with them; afterwards the
released files are for everybody of the crew, these for the director alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.core.artefacts.release_record import ReleaseRecord
from pipeline.stage import Artefact, Role
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState, is_released

__all__ = ["ACCESS_ROLE", "RESTRICTED_KINDS", "is_restricted", "is_restricted_for"]

RESTRICTED_KINDS = frozenset(
    {
        "finished_cut", "picture", "speech_audio", "listening_audio", "subtitled_video", "master",
    }
)  # fmt: skip
"""The kinds that hold picture or sound of an episode."""

ACCESS_ROLE = Role.DIRECTOR
"""Whose role opens what is sealed."""


def is_restricted(states: Sequence[StageState], artefact: Artefact) -> bool:
    """Tell whether a file of this episode is sealed, as its stages stand now."""
    if artefact.kind not in RESTRICTED_KINDS or not is_released(list(states)):
        return False
    released = {output.sha256: output for output in states[-1].outputs}
    if artefact.sha256 in released:
        return False
    records = [output for output in released.values() if output.kind == "release_record"]
    return any(ReleaseRecord.read(record.path).withheld for record in records)


def is_restricted_for(
    production: Production, slug: str, artefact: Artefact, roles: Collection[str]
) -> bool:
    """Tell whether a file of an episode is sealed from somebody with these roles."""
    if artefact.kind not in RESTRICTED_KINDS or ACCESS_ROLE.value in roles:
        return False
    return is_restricted(production.states(slug), artefact)
