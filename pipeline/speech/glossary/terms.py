"""Gather the names that may occur: the project's, the crew's glossary, the interviewee's papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.captions import chinese

__all__ = ["Entry", "gathered", "is_chinese"]

_ADMINISTRATIVE = re.compile(
    "[^省市县旗盟区乡镇村\\W]{2,}?(?:自治区|苏木|嘎查|[省市县旗盟区乡镇村])"
)
_COMMON = 500
"""A word jieba has seen this often is one the recogniser knows as well."""


@dataclass(frozen=True)
class Entry:
    """A name or term. `sure` says that a person wrote it down as one: only such a name is ever
    put in place of what was heard, others are offered."""

    text: str
    sure: bool = True


def gathered(
    terms: Iterable[str], interviewee: Mapping[str, Any] | None = None, outline: str = ""
) -> tuple[Entry, ...]:
    """Return all entries, each once, Simplified: the `terms` of the glossaries, who and from where
    the interviewee is, and the names that stand in the interviewee's life and in the outline."""
    told = interviewee or {}
    sure = [*terms, *_people(told), *places(str(told.get("hometown") or ""))]
    texts = [outline, str(told.get("position") or "")]
    texts += [str(station.get("text", "")) for station in told.get("life") or ()]
    found: dict[str, Entry] = {}
    for term in map(_tidy, sure):
        found.setdefault(term, Entry(term))
    for name in _named(texts):
        found.setdefault(name, Entry(name, sure=False))
    return tuple(entry for entry in found.values() if entry.text)


def places(address: str) -> list[str]:
    """Return the places of an address: 内蒙古赤峰市翁牛特旗 names 内蒙古赤峰市 and 翁牛特旗."""
    return _ADMINISTRATIVE.findall(address)


def is_chinese(text: str) -> bool:
    """Say whether a text is Chinese characters and nothing else."""
    return bool(text) and all("\u4e00" <= c <= "\u9fff" for c in text)


def _people(told: Mapping[str, Any]) -> list[str]:
    """Return the interviewee and the relative, who may be noted as 王强（儿子）."""
    contacts = told.get("contacts") or {}
    named = (told.get("name"), contacts.get("relative"))
    return [re.split(r"[\W\d]", str(name).strip())[0] for name in named if name]


def _named(texts: Iterable[str]) -> list[str]:
    """Return the uncommon names of persons, places and institutions that stand in the texts."""
    counts = chinese.word_counts()
    names = (name for text in texts for name in chinese.names(text))
    return [n for n in names if len(n) > 1 and is_chinese(n) and counts.get(n, 0) < _COMMON]


def _tidy(term: str) -> str:
    return chinese.simplified(term.strip().strip("《》“”\"'"))
