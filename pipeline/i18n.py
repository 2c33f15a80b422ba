"""Speak Chinese or English: gettext over the catalogues in pipeline/locale.

The English text is the key. A catalogue is one readable .po file per part of the program. All of
them are compiled together into `locale/__pycache__` at the first start after one has changed, as
Python does with modules; where that folder cannot be written, they are compiled at every start.
`CHIFENG_LANG=zh|en` decides the language; without it, the locale does; without one, Chinese.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    for file in _files(lang, name):
        with file.open("rb") as handle:
            for message in read_po(handle, locale=lang):
                if message.id and message.string:
                    whole[message.id] = message
    return whole


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    files = [(f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in _files(lang)]
    if not files:
        return gettext.NullTranslations()
    mark = hashlib.sha256(repr(sorted(files)).encode()).hexdigest()[:16]
    compiled = LOCALE / "__pycache__" / f"{lang}.{mark}.mo"
    try:
        binary = compiled.read_bytes()
    except OSError:
        binary = _compile(lang)
        _keep(binary, compiled, outdated=f"{lang}.*.mo")
    return gettext.GNUTranslations(io.BytesIO(binary))


def _compile(lang: str) -> bytes:
    from babel.messages.mofile import write_mo

    binary = io.BytesIO()
    write_mo(binary, catalogue(lang))
    return binary.getvalue()


def _keep(binary: bytes, path: Path, *, outdated: str) -> None:
    """Write the file, whole or not at all, in place of the outdated ones; or nowhere."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        for old in path.parent.glob(outdated):
            old.unlink(missing_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_bytes(binary)
        half.replace(path)


def _files(lang: str, name: str = "*") -> list[Path]:
    return sorted((LOCALE / lang).glob(f"{name}.po"))


def _(text: str) -> str:
    """Return `text` in the reader's language."""
    return _catalogue(language()).gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form of the phrase that fits `n`."""
    return _catalogue(language()).ngettext(one, many, n)
