"""The interviewee file: who the interviewee is and what they consented to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.stage import Subject

__all__ = ["published_name"]


def published_name(subject: Subject, interviewee_file: Mapping[str, Any]) -> str:
    """Return the name the episode is published under: the consent's pseudonym, or the name."""
    return (
        interviewee_file["consent"].get("pseudonym")
        or interviewee_file.get("name")
        or subject.interviewee
    )
