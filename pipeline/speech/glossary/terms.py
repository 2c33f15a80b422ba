"""Collect the names that may occur: from glossaries, the interviewee file and the outline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.captions import chinese
from pipeline.core.artefacts.interviewee_file import IntervieweeFile

__all__ = ["NAME_FIELDS", "Entry", "collect_entries"]

_ADMINISTRATIVE = re.compile(
    "[^省市县旗盟区乡镇村\\W]{2,}?(?:自治区|苏木|嘎查|[省市县旗盟区乡镇村])"
)
NAME_FIELDS = ("name", "contacts.relative", "hometown", "position", "life")
"""What `collect_entries` uses of an interviewee file, as `IntervieweeFile.only` takes it."""

_COMMON = 500
"""A word jieba has seen this often is one the recogniser knows as well."""


@dataclass(frozen=True)
class Entry:
    """A name or term. `sure` says that a person wrote it down as one: only such a name is ever
    put in place of recognised text, others are offered."""

    text: str
    sure: bool = True


def collect_entries(
    terms: Iterable[str], interviewee: IntervieweeFile | None = None, outline: str = ""
) -> tuple[Entry, ...]:
    """Return all entries, each once, Simplified: the `terms` of the glossaries, who and from where
    the interviewee is, and the names that stand in the interviewee's life and in the outline."""
    sure, texts = [*terms], [outline]
    if interviewee is not None:
        sure += [*_people(interviewee), *places(interviewee.hometown)]
        texts += [interviewee.position or "", *(station.text for station in interviewee.life)]
    found: dict[str, Entry] = {}
    for term in map(_tidy, sure):
        found.setdefault(term, Entry(term))
    for name in _named(texts):
        found.setdefault(name, Entry(name, sure=False))
    return tuple(entry for entry in found.values() if entry.text)


def places(address: str) -> list[str]:
    """Return the places of an address: 内蒙古赤峰市翁牛特旗 names 内蒙古赤峰市 and 翁牛特旗."""
    return _ADMINISTRATIVE.findall(address)


def _people(file: IntervieweeFile) -> list[str]:
    """Return the interviewee and the relative, who may be noted as 王强（儿子）."""
    names = (file.name, file.contacts.relative)
    return [re.split(r"[\W\d]", name.strip())[0] for name in names if name]


def _named(texts: Iterable[str]) -> list[str]:
    """Return the uncommon names of persons, places and institutions that stand in the texts."""
    counts = chinese.word_counts()
    names = (name for text in texts for name in chinese.names(text))
    return [n for n in names if len(n) > 1 and chinese.is_chinese(n) and counts.get(n, 0) < _COMMON]


def _tidy(term: str) -> str:
    return chinese.to_simplified(term.strip().strip("《》“”\"'"))
