"""The parts of the report as headings and tables, for HTML and for Word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.tracking.weekly_report.data import Line, Total, Week

__all__ = ["Part", "heading", "parts", "summary"]

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """A part of the report. `nothing` is shown without rows; `chart` names one."""

    title: str
    head: tuple[str, ...]
    rows: Rows
    nothing: str = ""
    chart: str = ""
    alarming: bool = False


def heading(week: Week) -> str:
    """Return the title of the report."""
    return f"{week.production}制作周报（{week.first:%Y年%m月%d日} 至 {week.last:%m月%d日}）"


def summary(week: Week) -> tuple[tuple[str, str], ...]:
    """Return the figures that come first, each with what it counts."""
    total = week.total
    return (
        ("本周签字", f"{len(week.finished)} 项"),
        ("本周发布", f"{len(week.released)} 集"),
        ("累计发布", f"{total.released} / {total.episodes} 集"),
        ("受访者", f"{total.interviewees} 位"),
        ("逾期", f"{len(week.late)} 项"),
        ("七天内到期", f"{len(week.planned)} 项"),
    )


def parts(week: Week) -> tuple[Part, ...]:
    """Return all parts in the order leaders ask: done, late, next, then the figures."""
    return (
        Part("本周完成", ("受访者 / 分集", "步骤", "签字人", "日期"), _finished(week.finished),
             "本周没有完成签字的步骤。"),
        Part("逾期事项", ("受访者 / 分集", "步骤", "待办", "由谁办理", "应于", "已逾期"),
             tuple((x.subject, x.stage, x.what, x.people, f"{x.day:%m-%d}", f"{x.days} 天")
                   for x in week.late),
             "没有逾期事项。", alarming=True),
        Part("今后七天计划", ("受访者 / 分集", "步骤", "待办", "由谁办理", "应于"),
             tuple((x.subject, x.stage, x.what, x.people, f"{x.day:%m-%d}") for x in week.planned),
             "今后七天没有到期事项。"),
        Part("本周退回", ("受访者 / 分集", "退回到", "退回人", "日期", "原因"),
             tuple((x.subject, x.stage, x.people, f"{x.day:%m-%d}", x.what)
                   for x in week.sent_back),
             "本周没有退回。"),
        Part("各步骤进度", ("步骤", "完成", "进行中", "一次通过率", "平均等待签字", "累计退回"),
             tuple((s.stage, f"{s.passed} / {s.of}", str(s.open), _percent(s.right_at_once),
                    "–" if s.waiting_days is None else f"{s.waiting_days:.1f} 天",
                    str(s.sent_back)) for s in week.stages), chart="stages"),
        Part("近八周签字数", ("周（周一）", "签字数"),
             tuple((f"{monday:%m-%d}", str(n)) for monday, n in week.signed), chart="signed"),
        Part("按领域", _HEAD_TOTAL, _totals((*week.fields, week.total))),
        Part("按期次", _HEAD_TOTAL, _totals((*week.phases, week.total))),
    )  # fmt: skip


_HEAD_TOTAL = ("", "受访者", "分集", "已发布", "发布比例", "有逾期")


def _finished(lines: Sequence[Line]) -> Rows:
    """Name each subject once, however many of its stages were signed."""
    rows, last = [], ""
    for line in lines:
        subject = "" if line.subject == last else line.subject
        rows.append((subject, line.stage, line.people, f"{line.day:%m-%d}"))
        last = line.subject
    return tuple(rows)


def _totals(totals: Sequence[Total]) -> Rows:
    return tuple(
        (t.name, str(t.interviewees), str(t.episodes), str(t.released),
         _percent(t.released / t.episodes if t.episodes else None), str(t.late))
        for t in totals
    )  # fmt: skip


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
