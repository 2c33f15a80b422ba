"""Read XML that may come from anywhere: no entities, nothing fetched, limits on size and depth."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pipeline.editing.edit_lists.model import list_error
from pipeline.i18n import _

__all__ = ["parse_number", "parse_seconds", "parse_xml"]

MAX_NODES = 2_000_000
_LONGEST_S = 400 * 24 * 3600
"""No programme and no timecode comes near this; a number beyond it is a mistake or an attack."""


def parse_xml(raw: bytes, name: str) -> Any:
    """Return the root of a document as an lxml element.

    Entities are refused, not resolved (a few lines of them can become gigabytes, or another file);
    depth and the size of texts are limited by libxml2. Raises FormError.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    again = _("Export it again from the editing program.")
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise list_error(name, None, _("it is not XML that can be read: {why}").format(
            why=why.rstrip(".") + "."), again) from error  # fmt: skip
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.entities()), None) is not None:
        raise list_error(
            name, None, _("it declares entities, which no editing program does."), again
        )
    if sum(1 for _node in root.iter()) > MAX_NODES:
        raise list_error(name, None, _("it is too large."), again)
    return root


def parse_seconds(text: str | None, otherwise: Fraction = Fraction(0)) -> Fraction:
    """Read a time of FCPXML, `1001/30000s`, `5s` or `2.5s`. Raises ValueError."""
    if text is None:
        return otherwise
    return _within(text.strip().removesuffix("s"), _LONGEST_S)


def parse_number(text: str | None, otherwise: Fraction | None = None) -> Fraction:
    """Read a count of frames, which some programs write as `1055.0`. Raises ValueError."""
    if text is None or not text.strip():
        if otherwise is None:
            raise ValueError(text)
        return otherwise
    return _within(text.strip(), _LONGEST_S * 120)


def _within(text: str, limit: int) -> Fraction:
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
