"""Outline drafting: the interview outline and the interviewee's life beside its times.

Needs the interviewee_file; makes the outline from the template of the interviewee's field, the
chronology, and both as one Word document to hand over. A person's outline_revision takes the place
of the draft. The director signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.captions.formats.text_file import read_text_file
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.core.markdown import add_markdown
from pipeline.documents.chronology import Year, age, chronology, chronology_markdown
from pipeline.documents.word import add_page_numbers, new_document, save_document
from pipeline.errors import SettingsError
from pipeline.i18n import _
from pipeline.settings import Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]

_REMEMBERS = 6
"""From this age on people can be asked about what happened around them."""


def _read_file(needs: Needs) -> IntervieweeFile:
    """Return what the outline and the chronology use of the interviewee file."""
    return IntervieweeFile.read(needs.interviewee_file.path).only(
        "name", "born", "birth_year", "hometown", "position", "care", "speech", "topics", "life",
        "consent.restrictions",
    )  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """The interviewee, and what the director made of an earlier draft."""

    subject: Subject
    interviewee_file: Artefact
    outline_revision: Artefact | None
    USES: ClassVar = {"interviewee_file": _read_file}


@dataclass(frozen=True)
class Makes:
    """What goes to the interview."""

    outline: Path
    chronology: Path
    outline_document: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Draft the outline, or take the revised one, and set the life beside its times.

    Raises SettingsError when the template names something unknown.
    """
    file = _read_file(needs)
    years = chronology(file.born, file.life, settings.chronology.event)
    if needs.outline_revision is not None:
        outline = read_text_file(needs.outline_revision.path)
    else:
        outline = _draft(file, years, needs.subject, settings)
    table = chronology_markdown(file.name, file.born, years)
    makes = Makes(
        folder / "outline.md",
        folder / "chronology.md",
        folder / f"采访提纲-{_file_name(file.name)}.docx",
    )
    makes.outline.write_text(outline, "utf-8", newline="\n")
    makes.chronology.write_text(table, "utf-8", newline="\n")
    _document(file.name, outline, table, makes.outline_document)
    return makes


def _draft(
    file: IntervieweeFile, years: tuple[Year, ...], subject: Subject, settings: Settings
) -> str:
    field = subject.field if subject.field in settings.outlines else "default"
    values = {
        "name": file.name,
        "birth_year": str(file.birth_year),
        "hometown": file.hometown,
        "position": file.position or "（单位与职务待补）",
        "care": file.care or "（未填）",
        "speech": file.speech or "（未填）",
        "topics": "、".join(file.topics) or "（未填）",
        "restrictions": "；".join(file.consent.restrictions) or "无",
        "life": _life_questions(file),
        "events": _event_questions(years),
    }
    for part in ("opening", "closing"):
        values[part] = _fill(f"_{part}", values, settings).rstrip()
    return _fill(field, values, settings).rstrip() + "\n"


def _fill(template: str, values: dict[str, str], settings: Settings) -> str:
    def word(found: re.Match[str]) -> str:
        if found[1] in values:
            return values[found[1]]
        file = Path("outlines") / f"{template}.md"
        raise SettingsError(
            _("The outline template {file} holds “{word}”, which means nothing.").format(
                file=file, word=found[0]
            ),
            path=file,
            key=found[1],
            remedy=_("It may hold: {words}.").format(words=" ".join(f"{{{w}}}" for w in values)),
        )

    return re.sub(r"\{(\w+)\}", word, settings.outlines.get(template, ""))


def _life_questions(file: IntervieweeFile) -> str:
    lines = [f"- {s.year}年（{age(file.born, s.year)}岁）{s.text}" for s in file.life]
    return "\n".join(lines) or "- （联系记录里没有填生平，请在采访前补问）"


def _event_questions(years: Iterable[Year]) -> str:
    """List the local events that the interviewee was old enough to remember."""
    lines = [
        f"- {y.year}年（{y.age}岁）{text}" for y in years if y.age >= _REMEMBERS for text in y.local
    ]
    return "\n".join(lines) or "- （无）"


def _file_name(name: str) -> str:
    """Return the name without what file systems refuse."""
    return re.sub(r'[\\/:*?"<>|\s]+', "", name) or "受访者"


def _document(name: str, outline: str, table: str, path: Path) -> None:
    document = new_document(f"{name}采访提纲", size_pt=12)
    add_markdown(document, outline)
    table_start = len(document.paragraphs)
    add_markdown(document, table)
    document.paragraphs[table_start].paragraph_format.page_break_before = True
    add_page_numbers(document)
    save_document(document, path)


def check(makes: Makes, settings: Settings) -> tuple[Finding, ...]:
    """Say what is unfinished in the outline."""
    outline = makes.outline.read_text("utf-8")
    questions = outline.count("？") + outline.count("?")
    if not outline.strip():
        return (Finding("error", _("The outline is empty.")),)
    if questions < 5:
        return (Finding("warning", _("The outline holds {n} questions.").format(n=questions)),)
    return ()


STAGE = Stage(
    number=2,
    slug="outline_drafting",
    title="拟定提纲",
    scope=Scope.INTERVIEWEE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.DIRECTOR,
    settings=("outlines", "chronology"),
    check=check,
    needs_consent=False,
)
