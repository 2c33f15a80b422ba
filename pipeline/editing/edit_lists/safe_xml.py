"""Parse untrusted XML: no entities, no network, limits on size and depth."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.model import list_error
from pipeline.i18n import _

__all__ = ["parse_number", "parse_seconds", "parse_xml"]

MAX_NODES = 2_000_000
_MAX_S = 400 * 24 * 3600
"""Longer than any programme or timecode; a larger number is an error or an attack."""


def parse_xml(raw: bytes, name: str) -> Any:
    """Return the root of a document as an lxml element.

    Entities are refused, because a few lines of them can expand to gigabytes or to another file.
    libxml2 limits depth and text size. Raises FormError.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    remedy = _("Export it again from the editing program.")
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise list_error(name, None, _("it is not XML that can be read: {why}").format(
            why=why.rstrip(".") + "."), remedy) from error  # fmt: skip
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.entities()), None) is not None:
        raise list_error(
            name, None, _("it declares entities, which no editing program does."), remedy
        )
    if sum(1 for _node in root.iter()) > MAX_NODES:
        raise list_error(name, None, _("it is too large."), remedy)
    return root


def parse_seconds(text: str | None, default: Fraction = Fraction(0)) -> Fraction:
    """Parse a time of FCPXML: `1001/30000s`, `5s` or `2.5s`. Raises ValueError."""
    if text is None:
        return default
    return _parse_fraction(text.strip().removesuffix("s"), _MAX_S)


def parse_number(text: str | None, default: Fraction | None = None) -> Fraction:
    """Parse a number of frames, which some programs write as `1055.0`. Raises ValueError."""
    if text is None or not text.strip():
        if default is None:
            raise ValueError(text)
        return default
    return _parse_fraction(text.strip(), _MAX_S * 120)


def _parse_fraction(text: str, limit: int) -> Fraction:
    # Python would spend minutes on 1e999999999, and on numbers of a million digits.
    if len(text) > 40 or "e" in text.lower() or "_" in text:
        raise ValueError(text[:40])
    try:
        value = Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError(text) from error
    if abs(value) > limit:
        raise ValueError(text)
    return value
