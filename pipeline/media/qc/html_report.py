"""Report a verification as one HTML file with a still at every finding, without scripts."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from pipeline.captions.cues import clock
from pipeline.errors import ToolFailed
from pipeline.i18n import _, language
from pipeline.media.frame_compare import still_jpeg
from pipeline.media.qc.model import Check, Occurrence
from pipeline.media.qc.report import check_title, column_titles, result_labels, worst_result

__all__ = ["html_page"]

_MAX_STILLS = 60

_PAGE = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ heading }}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse } td, th { padding: .2em .8em; text-align: left;
border-bottom: 1px solid #ccc } .fail { color: #a00; font-weight: bold } .warn { color: #850 }
figure { display: inline-block; width: 20em; margin: .5em; vertical-align: top }
img { width: 100% }
</style></head><body>
<h1>{{ heading }}</h1>
<p class="{{ result }}">{{ summary }}</p>
<table><tr>{% for cell in columns %}<th>{{ cell }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row.cells %}<td class="{{ row.result }}">{{ cell }}</td>
{% endfor %}</tr>{% endfor %}</table>
{% for row in rows if row.notes %}<h2>{{ row.cells[0] }}</h2>
{% for note in row.notes %}<figure>{% if note.still %}
<img alt="" src="data:image/jpeg;base64,{{ note.still }}">{% endif %}
<figcaption>{{ note.time }} {{ note.message }}</figcaption></figure>
{% endfor %}{% endfor %}
</body></html>
"""


def html_page(checks: Sequence[Check], heading: str, film: Path) -> str:
    """Return the checks as a page in the current language, with at most sixty stills of the film.

    Raises MediaError if the film cannot be read.
    """
    from jinja2 import Environment

    left = iter(range(_MAX_STILLS))
    labels = result_labels()
    rows = [
        {
            "result": check.result,
            "cells": (check_title(check.name), labels[check.result], check.value, check.limit),
            "notes": [_note(o, film, next(left, None) is not None) for o in check.findings],
        }
        for check in checks
    ]
    result = worst_result(check.result for check in checks)
    summary = _("Result: {result}").format(result=labels[result])
    template = Environment(autoescape=True).from_string(_PAGE)
    return template.render(
        heading=heading, summary=summary, result=result, columns=column_titles(), rows=rows,
        language=language(),
    )  # fmt: skip


def _note(found: Occurrence, film: Path, with_still: bool) -> dict[str, str]:
    end = f"–{clock(found.end_ms)[:-4]}" if found.end_ms - found.start_ms >= 1000 else ""
    still = b""
    if with_still:
        try:
            still = still_jpeg(film, (found.start_ms + found.end_ms) // 2)
        except ToolFailed:  # after the end, which is what the finding reports
            still = b""
    return {
        "time": clock(found.start_ms)[:-4] + end,
        "message": found.message,
        "still": base64.b64encode(still).decode("ascii"),
    }
