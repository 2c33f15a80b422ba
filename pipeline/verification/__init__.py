"""The verification of a film: what is measured, held against config/verification.toml, and told."""

from pipeline.verification.checks import measured, verify, verify_file
from pipeline.verification.film import Check, Film, Note, Result
from pipeline.verification.html import html_page
from pipeline.verification.mastering import accept, carried, left_out, named
from pipeline.verification.proof import withheld_gone
from pipeline.verification.report import (
    BEYOND_ACCEPTING,
    TITLES,
    findings,
    page,
    report,
    title_of,
    worst,
)

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
