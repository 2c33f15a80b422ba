"""Report a verification as data and as a Markdown page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.captions.cues import clock
from pipeline.core.artefacts.verification_report import CheckResult, VerificationReport
from pipeline.core.markdown import plain
from pipeline.i18n import _
from pipeline.media.qc.model import Check, Result
from pipeline.stage import Finding

__all__ = [
    "CHECK_TITLES",
    "NEVER_ACCEPTABLE",
    "check_title",
    "column_titles",
    "markdown_page",
    "report_data",
    "report_findings",
    "result_labels",
    "worst_result",
]

CHECK_TITLES = {
    "frames": "Number of frames",
    "frame_rate": "Frame rate",
    "av_difference": "Picture and sound equally long",
    "field_order": "Fields or whole frames",
    "colour_range": "Levels of the picture",
    "black": "Black picture",
    "freeze": "Still picture",
    "silence": "Silence",
    "clipping": "Clipped sound",
    "loudness": "Loudness",
    "true_peak": "True peak",
    "subtitle_rules": "Subtitle rules",
    "cues_within": "Subtitles within the picture",
    "cues_seen": "Subtitles to be seen in the picture",
    "speech_covered": "Speech with subtitles",
    "cues_on_speech": "Subtitles without speech",
    "withheld_silent": "Withheld passages silent",
    "withheld_covered": "Withheld passages covered",
    "withheld_cut": "Withheld passages cut out",
    "withheld_cues": "Subtitles left out beside withheld passages",
    "pseudonym": "Name replaced by the pseudonym",
    "revision": "Last corrections carried onto changed words",
}
"""Titles of the checks in English; translated where they are shown."""

NEVER_ACCEPTABLE = frozenset(
    {"frames", "frame_rate", "cues_within", "cues_seen", "subtitle_rules", "pseudonym"}
    | {"withheld_silent", "withheld_covered", "withheld_cut"}
)
"""Checks whose failure the technician cannot accept."""

_ORDER: tuple[Result, ...] = ("pass", "warn", "fail")
_MAX_OCCURRENCES = 200


def check_title(name: str) -> str:
    """Return the title of a check in the current language."""
    return _(CHECK_TITLES[name])


def worst_result(results: Iterable[Result]) -> Result:
    """Return the worst of the results; pass if there is none."""
    return max(results, key=_ORDER.index, default="pass")


def report_data(checks: Sequence[Check]) -> VerificationReport:
    """Return the report of the checks."""
    results = tuple(CheckResult(**vars(check), title=check_title(check.name)) for check in checks)
    return VerificationReport(checks=results, result=worst_result(c.result for c in checks))


def report_findings(report: VerificationReport, blocking: frozenset[str]) -> tuple[Finding, ...]:
    """Return the findings of a report for the sign-off, in the current language.

    Failures of the checks in `blocking` are errors; other results but pass are warnings.
    """
    found = []
    for check in report.checks:
        if check.result == "pass":
            continue
        blocks = check.result == "fail" and check.name in blocking
        message = _("{check}: {value} (allowed: {limit}).").format(
            check=check_title(check.name), value=check.value, limit=check.limit
        )
        first = check.findings[0] if check.findings else None
        found.append(
            Finding(
                "error" if blocks else "warning",
                message,
                first.start_ms if first else None,
                first.end_ms if first else None,
            )
        )
    return tuple(found)


def markdown_page(checks: Sequence[Check], heading: str) -> str:
    """Return the checks as a Markdown page: a table, then each finding with its time."""
    lines = [f"# {plain(heading)}", "", _("Result: {result}").format(
        result=result_labels()[worst_result(check.result for check in checks)])]  # fmt: skip
    lines += ["", f"| {' | '.join(column_titles())} |", "| --- | --- | --- | --- |"]
    for check in checks:
        cells = check_title(check.name), result_labels()[check.result], check.value, check.limit
        lines.append("| " + " | ".join(map(plain, cells)) + " |")
    for check in checks:
        if check.findings:
            lines += ["", f"## {check_title(check.name)}", ""]
            lines += [
                _line(n.start_ms, n.end_ms, n.message) for n in check.findings[:_MAX_OCCURRENCES]
            ]
            more = len(check.findings) - _MAX_OCCURRENCES
            if more > 0:
                lines.append(_("- … and {n} more, in the report").format(n=more))
    return "\n".join(lines) + "\n"


def column_titles() -> tuple[str, str, str, str]:
    """Return the column titles of a report in the current language."""
    return _("Check"), _("Result"), _("Measured"), _("Allowed")


def result_labels() -> dict[Result, str]:
    """Return the labels of the results in the current language."""
    return {"pass": _("pass"), "warn": _("look at it"), "fail": _("fail")}


def _line(start_ms: int, end_ms: int, message: str) -> str:
    until = f"–{clock(end_ms)[:-4]}" if end_ms - start_ms >= 1000 else ""
    return f"- {clock(start_ms)[:-4]}{until} {plain(message)}"
