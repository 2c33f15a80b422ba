"""The report as one HTML file: nothing else is needed to read or print it, nothing in it runs."""

from __future__ import annotations

from pipeline.tracking.weekly_report.data import Week
from pipeline.tracking.weekly_report.svg_charts import columns, shares
from pipeline.tracking.weekly_report.tables import heading, parts, summary

__all__ = ["page"]

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ heading }}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { --ink: #1d2733; --soft: #5c6b7a; --line: #dde3e9; --done: #2e6f57; --open: #e0a63a;
        --rest: #eef1f4; --late: #a3321f }
body { font: 16px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
       color: var(--ink); max-width: 60em; margin: 2em auto; padding: 0 1.2em }
h1 { font-size: 1.6em; margin: 0 } h2 { font-size: 1.15em; margin: 2em 0 .5em }
.soft { color: var(--soft); margin: .3em 0 1.5em }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5em, 1fr)); gap: .8em }
.card { border: 1px solid var(--line); border-radius: .5em; padding: .7em 1em }
.card b { display: block; font-size: 1.35em } .card.late b { color: var(--late) }
table { border-collapse: collapse; width: 100%; font-size: .95em }
th, td { padding: .35em .7em; text-align: left; border-bottom: 1px solid var(--line);
         vertical-align: top } th { color: var(--soft); font-weight: normal; white-space: nowrap }
td.short { white-space: nowrap } tr.sum td { font-weight: bold; border-bottom: 0 }
.alarming td:last-child { color: var(--late); font-weight: bold; white-space: nowrap }
svg { max-width: 100%; height: auto; font-size: 14px; display: block; margin: .5em 0 1em }
text { fill: var(--ink) } .done { fill: var(--done) } .open { fill: var(--open) }
.rest { fill: var(--rest) }
.key span { display: inline-block; width: .8em; height: .8em; margin: 0 .4em 0 1em }
@media print { body { margin: 0; max-width: none } h2, tr, svg, .card { break-inside: avoid }
  h2 { break-after: avoid } * { print-color-adjust: exact } }
</style></head><body>
<h1>{{ heading }}</h1>
<p class="soft">情况截至 {{ week.as_of.strftime("%Y年%m月%d日") }} 24 时</p>
<div class="cards">{% for name, value in summary %}
<div class="card{% if name == '逾期' and week.late %} late{% endif %}">{{ name }}<b>{{ value }}</b></div>
{% endfor %}</div>
{% for part in parts %}<h2>{{ part.title }}</h2>
{% if part.chart %}{{ charts[part.chart]|safe }}{% endif %}
{% if part.chart == "stages" %}<p class="soft key"><span style="background: var(--done)"></span>完成
<span style="background: var(--open)"></span>进行中
<span style="background: var(--rest)"></span>未开始</p>{% endif %}
{% if part.chart == "signed" %}{% elif part.rows %}
<table{% if part.alarming %} class="alarming"{% endif %}>
<tr>{% for cell in part.head %}<th>{{ cell }}</th>{% endfor %}</tr>
{% for row in part.rows %}<tr{% if row[0] == "合计" %} class="sum"{% endif %}>
{%- for cell in row %}<td{% if cell|length < 12 %} class="short"{% endif %}>{{ cell }}</td>
{%- endfor %}</tr>
{% endfor %}</table>{% else %}<p>{{ part.nothing }}</p>{% endif %}
{% endfor %}</body></html>
"""  # noqa: E501 - two tags that are easier to read whole


def page(week: Week) -> str:
    """Return the report as a page."""
    from jinja2 import Environment

    charts = {
        "stages": shares([(s.stage, s.passed, s.open, s.of) for s in week.stages]),
        "signed": columns([(f"{monday:%m-%d}", n) for monday, n in week.signed]),
    }
    made = Environment(autoescape=True).from_string(_PAGE)
    return made.render(
        heading=heading(week), week=week, summary=summary(week), parts=parts(week), charts=charts
    )
