"""The verification of a film: what is measured, held against config/verification.toml, and told."""

from pipeline.verification.checks import verify
from pipeline.verification.film import Check, Film, Note, Result
from pipeline.verification.proof import withheld_gone
from pipeline.verification.report import TITLES, page, report, title_of, worst

__all__ = [
    "TITLES",
    "Check",
    "Film",
    "Note",
    "Result",
    "page",
    "report",
    "title_of",
    "verify",
    "withheld_gone",
    "worst",
]
