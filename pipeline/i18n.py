"""Speak Chinese or English: gettext over the catalogues in pipeline/locale.

The English text is the key. Each catalogue is one readable .po file per part of the program;
all are read together, so there is no build step and nothing compiled to go stale.
`CHIFENG_LANG=zh|en` decides; without it, the locale does; without one, Chinese.
"""

from __future__ import annotations

import gettext
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

__all__ = ["LOCALE", "_", "catalogue", "language", "ngettext", "use_language"]

LOCALE = Path(__file__).parent / "locale"


_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@contextmanager
def use_language(lang: str) -> Iterator[None]:
    """Speak this language inside the block: for what goes into a file, which must not depend on
    who makes it."""
    token = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """Return `zh` or `en`."""
    spoken = _spoken.get()
    if spoken:
        return spoken
    chosen = os.environ.get("CHIFENG_LANG", "").lower()
    if not chosen:
        chosen = (
            os.environ.get("LC_ALL")
            or os.environ.get("LC_MESSAGES")
            or os.environ.get("LANG")
            or ""
        ).lower()
    return "en" if chosen.startswith("en") else "zh"


def catalogue(lang: str, name: str = "*") -> Catalog:
    """Read the catalogue of this name, or all of them as one; empty where the language has none."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    whole = Catalog(locale=lang)
    for file in sorted((LOCALE / lang).glob(f"{name}.po")):
        with file.open("rb") as handle:
            for message in read_po(handle, locale=lang):
                if message.id and message.string:
                    whole[message.id] = message
    return whole


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    if not (LOCALE / lang).is_dir():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    whole = catalogue(lang)
    binary = io.BytesIO()
    write_mo(binary, whole)
    binary.seek(0)
    return gettext.GNUTranslations(binary)


def _(text: str) -> str:
    """Return `text` in the reader's language."""
    return _catalogue(language()).gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form of the phrase that fits `n`."""
    return _catalogue(language()).ngettext(one, many, n)
