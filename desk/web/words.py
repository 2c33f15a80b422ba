"""What the scripts of the pages say: the texts given to `t("…")` in static/js, to be translated.

A page carries those it needs as JSON, in the reader's language; a test compares this list with the
scripts.
"""

from __future__ import annotations

from pipeline.i18n import _

__all__ = ["WORDS", "spoken"]


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated"
    """Mark a text for translation and return it as it is."""
    return text


WORDS: tuple[str, ...] = (
    # deciding
    N_("The desk cannot be reached. Nothing was done."),
    N_("; "),
    N_(", "),
)
"""Given as `N_("…")`, one a line, those of each script together under its name."""


def spoken() -> dict[str, str]:
    """Return all of them in the reader's language, by their English text."""
    return {text: _(text) for text in WORDS}
