"""The key of a run: runs with equal keys are the same work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

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
        "inputs": [[a.kind, a.sha256, a.name, a.base.sha256 if a.base else ""] for a in inputs],
        "rounds": rounds,
    }
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=64)
def _as_dict(subject: Subject) -> dict[str, Any]:
    return asdict(subject)
