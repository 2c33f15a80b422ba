"""Quality control of a film: measure it, check it against config/verification.toml, report."""

from pipeline.media.qc.checks import check_measurements, verify, verify_file
from pipeline.media.qc.html_report import html_page
from pipeline.media.qc.master_checks import (
    check_omitted_cues,
    check_pseudonym,
    check_revision,
    downgrade_accepted,
)
from pipeline.media.qc.model import Check, Film, Occurrence, Result
from pipeline.media.qc.report import (
    CHECK_TITLES,
    NEVER_ACCEPTABLE,
    check_title,
    markdown_page,
    report_data,
    report_findings,
    worst_result,
)
from pipeline.media.qc.visual_checks import check_redaction

__all__ = [
    "CHECK_TITLES",
    "NEVER_ACCEPTABLE",
    "Check",
    "Film",
    "Occurrence",
    "Result",
    "check_measurements",
    "check_omitted_cues",
    "check_pseudonym",
    "check_redaction",
    "check_revision",
    "check_title",
    "downgrade_accepted",
    "html_page",
    "markdown_page",
    "report_data",
    "report_findings",
    "verify",
    "verify_file",
    "worst_result",
]
