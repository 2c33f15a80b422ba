"""What an FCPXML timeline does to a clip: effects, level and speed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.safe_xml import parse_seconds

__all__ = ["clip_effects", "clip_speed", "is_muted"]

_EFFECTS = frozenset({"filter-video", "filter-audio", "filter-video-mask"})
_RESHAPING = frozenset({"adjust-transform", "adjust-crop", "adjust-corners", "adjust-blend"})
_OFF_DB = -90.0


def clip_effects(element: Any) -> tuple[tuple[str, ...], bool]:
    """Return the effects on an element, and whether one lets through what is below it."""
    names, reshaped = [], False
    for child in element:
        if child.get("enabled") == "0":
            continue
        if child.tag in _EFFECTS:
            names.append(child.get("name") or child.tag)
        elif child.tag in _RESHAPING:
            names.append(child.tag)
            reshaped = True
        elif child.tag == "adjust-volume" and child.get("amount") not in (None, "0dB"):
            names.append(child.tag)
    return tuple(names), reshaped


def is_muted(element: Any) -> bool:
    """Tell whether nothing is to be heard of a clip."""
    volume = element.find("adjust-volume")
    if volume is None:
        return False
    try:
        return float((volume.get("amount") or "0dB").removesuffix("dB")) <= _OFF_DB
    except ValueError:
        return False


def clip_speed(element: Any) -> Fraction:
    """Return 1 for a clip as recorded, 0 for a speed that changes on the way.

    A frame rate brought to the sequence's is no other speed.
    """
    points = list(element.iterfind("timeMap/timept"))
    if not points:
        return Fraction(1)
    try:
        places = [(parse_seconds(p.get("time")), parse_seconds(p.get("value"))) for p in points]
    except ValueError:
        return Fraction(0)
    (first, there), (last, end) = places[0], places[-1]
    whole = (end - there) / (last - first) if last != first else Fraction(0)
    for time, value in places:
        if abs(value - there - (time - first) * whole) > Fraction(1, 100):
            return Fraction(0)
    return whole
