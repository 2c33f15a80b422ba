"""The verification of a film: what is measured, held against config/verification.toml, and told."""

from pipeline.verification.checks import verify
from pipeline.verification.film import Check, Film, Note, Result
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
    "left_out",
    "named",
    "page",
    "report",
    "title_of",
    "verify",
    "withheld_gone",
    "worst",
]
