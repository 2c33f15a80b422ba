"""The verification of a film: what is measured, held against config/verification.toml, and told."""

from pipeline.media.qc.checks import measured, verify, verify_file
from pipeline.media.qc.html_report import html_page
from pipeline.media.qc.master_checks import accept, carried, left_out, named
from pipeline.media.qc.model import Check, Film, Note, Result
from pipeline.media.qc.report import (
    BEYOND_ACCEPTING,
    TITLES,
    findings,
    page,
    report,
    title_of,
    worst,
)
from pipeline.media.qc.visual_checks import withheld_gone

__all__ = [
    "BEYOND_ACCEPTING",
    "TITLES",
    "Check",
    "Film",
    "Note",
    "Result",
    "accept",
    "carried",
    "findings",
    "html_page",
    "left_out",
    "measured",
    "named",
    "page",
    "report",
    "title_of",
    "verify",
    "verify_file",
    "withheld_gone",
    "worst",
]
