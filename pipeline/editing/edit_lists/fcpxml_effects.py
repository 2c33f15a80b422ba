"""Read the effects, level and speed of a clip in FCPXML."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.safe_xml import parse_seconds

__all__ = ["clip_effects", "clip_speed", "is_muted"]

_EFFECTS = frozenset({"filter-video", "filter-audio", "filter-video-mask"})
_TRANSPARENT = frozenset({"adjust-transform", "adjust-crop", "adjust-corners", "adjust-blend"})
_OFF_DB = -90.0


def clip_effects(element: Any) -> tuple[tuple[str, ...], bool]:
    """Return the effects of an element, and whether one makes the clip below visible."""
    names, transparent = [], False
    for child in element:
        if child.get("enabled") == "0":
            continue
        if child.tag in _EFFECTS:
            names.append(child.get("name") or child.tag)
        elif child.tag in _TRANSPARENT:
            names.append(child.tag)
            transparent = True
        elif child.tag == "adjust-volume" and child.get("amount") not in (None, "0dB"):
            names.append(child.tag)
    return tuple(names), transparent


def is_muted(element: Any) -> bool:
    """Return whether the sound of a clip is muted."""
    volume = element.find("adjust-volume")
    if volume is None:
        return False
    try:
        return float((volume.get("amount") or "0dB").removesuffix("dB")) <= _OFF_DB
    except ValueError:
        return False


def clip_speed(element: Any) -> Fraction:
    """Return the speed of a clip: 1 as recorded, 0 if it varies.

    A frame rate conformed to the sequence's is not a speed change.
    """
    points = list(element.iterfind("timeMap/timept"))
    if not points:
        return Fraction(1)
    try:
        points_s = [(parse_seconds(p.get("time")), parse_seconds(p.get("value"))) for p in points]
    except ValueError:
        return Fraction(0)
    (first, begin), (last, end) = points_s[0], points_s[-1]
    speed = (end - begin) / (last - first) if last != first else Fraction(0)
    for time, value in points_s:
        if abs(value - begin - (time - first) * speed) > Fraction(1, 100):
            return Fraction(0)
    return speed
