"""The key of a run: runs with equal keys are the same work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from pipeline.kinds import KINDS
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact, Subject

__all__ = ["work_key"]


def work_key(
    stage: AnyStage,
    subject: Subject | None,
    inputs: Sequence[Artefact],
    rounds: int,
    settings: Settings,
) -> str:
    """Return the digest of everything the work of a stage depends on.

    `subject` is given where the stage needs it; `rounds` is how often it was sent back.
    """
    material = {
        "stage": stage.slug,
        "version": stage.version,
        "settings": settings.digest(stage.settings),
        "subject": _as_dict(subject) if subject else None,
        "inputs": [[a.kind, a.sha256, a.name, _base(a, inputs)] for a in inputs],
        "rounds": rounds,
    }
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()


def _base(artefact: Artefact, inputs: Sequence[Artefact]) -> str:
    """Return the digest of the version a deposit was made upon.

    What refers to the very version it is used with says nothing more by it, and deposits of earlier
    versions of the program did not name it: their keys stay what they were.
    """
    base = artefact.base.sha256 if artefact.base else ""
    used = KINDS[artefact.kind].refers_to and any(a.sha256 == base for a in inputs)
    return "" if used else base


@lru_cache(maxsize=64)
def _as_dict(subject: Subject) -> dict[str, Any]:
    return asdict(subject)
