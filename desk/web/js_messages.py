"""The texts of the pages' scripts in the reader's language.

A script gives its English text to `t("…")`; the Chinese stands in pipeline/locale/zh/scripts.po.
"""

from __future__ import annotations

from functools import cache

from pipeline.i18n import catalogue, language

__all__ = ["js_messages"]


def js_messages() -> dict[str, str]:
    """Return what the scripts show by its English text; in English nothing, as it is the key."""
    return _messages(language())


@cache
def _messages(lang: str) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in catalogue(lang, "scripts") if m.id}
