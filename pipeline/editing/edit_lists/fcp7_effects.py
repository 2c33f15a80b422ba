"""Read the effects, level and speed of a clip in the XML of Final Cut Pro 7."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.safe_xml import parse_number

__all__ = ["clip_effects", "clip_speed", "read_flag"]

_TRANSPARENT = frozenset({"basic", "crop", "opacity", "deformation"})
_DEFAULTS = {
    "scale": 100, "rotation": 0, "opacity": 100, "level": 1, "pan": 0, "antiflicker": 0,
    "left": 0, "right": 0, "top": 0, "bottom": 0, "edgefeather": 0, "horiz": 0, "vert": 0,
}  # fmt: skip


def read_flag(element: Any, tag: str, *, default: bool) -> bool:
    """Return whether the text of a child element is TRUE."""
    text = element.findtext(tag)
    return default if text is None else text.strip().upper() == "TRUE"


def clip_speed(item: Any) -> Fraction:
    """Return the speed of a clip: 1 as recorded, which most programs write as 100, some as 1."""
    for effect in item.iterfind("filter/effect"):
        if (effect.findtext("effectid") or "").strip().lower() != "timeremap":
            continue
        values = {(p.findtext("parameterid") or "").lower(): p for p in effect.iter("parameter")}
        if "speed" in values:
            speed = parse_number(values["speed"].findtext("value"), Fraction(100))
            if speed not in (1, 100):
                return speed / 100
        backwards = values.get("reverse")
        if backwards is not None and read_flag(backwards, "value", default=False):
            return Fraction(-1)
        curve = values.get("variablespeed")
        if curve is not None and (curve.findtext("value") or "0").upper() in ("1", "TRUE"):
            return Fraction(0)
    return Fraction(1)


def clip_effects(item: Any) -> tuple[tuple[str, ...], bool, bool]:
    """Return the effects that change something, whether one makes the clip below visible, and
    whether the sound is muted."""
    names, transparent, muted = [], False, False
    for filter_ in item.iterfind("filter"):
        if not read_flag(filter_, "enabled", default=True):
            continue
        for effect in filter_.iterfind("effect"):
            kind = (effect.findtext("effectid") or "").strip().lower()
            if kind == "timeremap" or _changes_nothing(effect):
                continue
            names.append(effect.findtext("name") or kind)
            transparent |= kind in _TRANSPARENT
            muted |= kind == "audiolevels" and _value(effect.find("parameter")) == 0
    mode = (item.findtext("compositemode") or "normal").strip().lower()
    if mode != "normal":
        names.append(mode)
        transparent = True
    return tuple(names), transparent, muted


def _changes_nothing(effect: Any) -> bool:
    parameters = list(effect.iterfind("parameter"))
    if not parameters or effect.find(".//keyframe") is not None:
        return False
    for parameter in parameters:
        kind = (parameter.findtext("parameterid") or "").strip().lower()
        parts = list(parameter.iterfind("value/*"))
        if parts:  # a point, relative to the middle of the picture
            if any(_number(part.text) != 0 for part in parts):
                return False
        elif _value(parameter) != _DEFAULTS.get(kind):
            return False
    return True


def _value(parameter: Any) -> Fraction | None:
    return None if parameter is None else _number(parameter.findtext("value"))


def _number(text: str | None) -> Fraction | None:
    try:
        return parse_number(text)
    except ValueError:
        return None
