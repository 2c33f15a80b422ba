"""Write the report of a week into the home, or to a file of the user's choice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline.errors import InputError
from pipeline.i18n import _
from pipeline.repository.store import storage_errors
from pipeline.tracking.weekly_report.data import Week, week_of
from pipeline.tracking.weekly_report.docx import write_word
from pipeline.tracking.weekly_report.html import page
from pipeline.workflow.production import Production

__all__ = ["write_report"]

_SUFFIXES = (".html", ".docx")


def write_report(
    production: Production, day: date, output: Path | None = None
) -> tuple[Week, list[Path]]:
    """Write the report of the week the day is in, and return it with the files written.

    Without `output` it is written as page and as Word document to records/weekly/; otherwise as
    what the name ends in. Raises InputError for another ending.
    """
    if output is not None and output.suffix.lower() not in _SUFFIXES:
        raise InputError(
            _("“{name}” does not end in .html or .docx.").format(name=output.name), path=output
        )
    week = week_of(production, day, production.today())
    folder = production.folder / "records" / "weekly"
    stem = folder / f"{week.first:%Y-%m-%d}"
    files = [output] if output else [stem.with_suffix(suffix) for suffix in _SUFFIXES]
    with storage_errors(files[0]):
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            half = file.with_name(f".{file.stem}.part{file.suffix}")
            _write(week, half)
            half.replace(file)
    return week, files


def _write(week: Week, file: Path) -> None:
    if file.suffix.lower() == ".docx":
        write_word(week, file)
    else:
        file.write_text(page(week), "utf-8", newline="\n")
