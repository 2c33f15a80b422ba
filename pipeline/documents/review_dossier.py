"""Write the dossier of the final review: what the leaders need to decide, in Chinese.

Words that the interviewee withholds are not in it: a dossier is copied and forwarded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.captions.cues import Cue, clock, one_line
from pipeline.captions.revision.diff import Change, changes, markdown
from pipeline.core.artefacts.restrictions import Conflict, Restrictions
from pipeline.core.artefacts.verification_report import Occurrence, VerificationReport
from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import use_language
from pipeline.stage import Role, SignedLine, Subject

__all__ = ["STAGE_TITLES", "ReviewCase", "dossier"]

STAGE_TITLES = {
    "preliminary_communication": "前期沟通",
    "outline_drafting": "拟定提纲",
    "recording": "录制",
    "video_editing": "视频剪辑",
    "initial_proofreading": "初校",
    "video_verification": "视频核对",
    "interviewee_proofreading": "受访者校对",
    "final_review": "终审",
    "final_revision": "终改",
}
"""The signed stages as a dossier calls them."""

_ACTIONS = {
    "approve": "签署通过",
    "send_back": "退回",
    "withdraw": "撤回签署",
    "register": "登记签字纸稿",
}
_WAYS = {
    "command line": "命令行",
    "desk": "工作台",
    "link": "受访者链接",
    "paper": "签字纸稿",
    "Prefect": "Prefect 表单",
    "Prefect form": "Prefect 表单",
    "Prefect form, with code": "Prefect 表单（凭验证码）",
}
_RESULTS = {"pass": "通过", "warn": "需留意", "fail": "不合格"}
_UNSURE = ("听不清", "不确定", "待核", "待查", "存疑", "□", "〇〇", "××", "？？", "??")
_MOST_FINDINGS = 100
_PROOFREADING = "initial_proofreading"


@dataclass(frozen=True)
class ReviewCase:
    """What the leaders decide about: the three versions of the words, and what was found."""

    subject: Subject
    draft: Sequence[Cue]
    proofread: Sequence[Cue]
    interviewee: Sequence[Cue]
    restrictions: Restrictions
    verification: VerificationReport
    signoffs: Sequence[SignedLine]


def dossier(case: ReviewCase) -> str:
    """Return the dossier as Markdown."""
    with use_language("zh"):
        parts = [
            _head(case),
            _doubts(case),
            _verification(case.verification),
            _withheld(case),
            _signoffs(case.signoffs),
            _changed("受访者改了什么", case.proofread, case.interviewee, case.restrictions),
            _changed("编辑改了什么（初稿 → 初校）", case.draft, case.proofread, case.restrictions),
        ]
    numbered = [f"## {n}、{part}" for n, part in zip("一二三四五六", parts[1:], strict=True)]
    return "\n\n".join([parts[0], *(part.rstrip() for part in numbered)]) + "\n"


def _head(case: ReviewCase) -> str:
    subject, length = case.subject, case.restrictions.duration_ms
    title = f"《{subject.title}》" if subject.title else ""
    rows = (
        ("受访者", subject.interviewee),
        ("集", f"第{subject.number}集{title}"),
        ("期", f"第{subject.phase}期"),
        ("时长", clock(length)[:-4]),
        ("字幕", f"{len(case.interviewee)} 条，{_characters(case.interviewee)} 字"),
        ("视频核对", _RESULTS[case.verification.result]),
        ("不公开段落", f"{len(case.restrictions.withheld)} 处"),
    )
    table = "\n".join(f"| {name} | {_plain(value)} |" for name, value in rows)
    heading = f"# 终审卷宗：{_plain(subject.interviewee)} 第{subject.number}集"
    return f"{heading}\n\n| 项目 | 内容 |\n|---|---|\n{table}"


def _characters(cues: Iterable[Cue]) -> int:
    return sum(not c.isspace() for cue in cues for c in cue.text)


def _doubts(case: ReviewCase) -> str:
    lines = [
        f"- {_at(c)} 受访者与编辑都改过，现用受访者的：{_ours(c, case.restrictions)}"
        if c.kept
        else f"- {_at(c)} 受访者改过的一段现已不在片中：{_ours(c, case.restrictions)}"
        for c in case.restrictions.conflicts
    ]
    lines += [
        f"- {clock(cue.start_ms)[:-4]} 字幕里有存疑记号：{_plain(one_line(cue.text))}"
        for cue in case.interviewee
        if any(mark in cue.text for mark in _UNSURE) and not _is_withheld(cue, case.restrictions)
    ]
    lines += [
        f"- 视频核对“{_plain(check.title)}”：{_RESULTS[check.result]}"
        for check in case.verification.checks
        if check.result != "pass"
    ]
    found = "\n".join(lines) or "合并冲突、字幕里的存疑记号、核对异常：没有。"
    return f"尚存疑点\n\n{_first_version(case)}\n\n{found}"


def _first_version(case: ReviewCase) -> str:
    """Return what became of the doubtful places of the first version, as far as it is known.

    The count was taken when the proofreading was signed; earlier versions did not take it.
    """
    signed = [s for s in case.signoffs if s.stage == _PROOFREADING and s.action == "approve"]
    known = max(signed, key=lambda s: s.at_ms).evidence.get("doubts") if signed else None
    lines = ["- 初稿疑点：不得而知（初校签字时没有记录），工作台的终审页按账本列出"]
    if known:
        lines = [
            f"- 初稿疑点 {known['found']} 处：编辑改动 {known['corrected']} 处，"
            f"看过认为无误 {known['found_right']} 处，没有动过 {known['untouched']} 处"
        ]
    if not changes(case.draft, case.proofread):
        lines.append("- 编辑没有改动初稿的任何一条字幕")
    lines.append("- 编辑与受访者把各段打开了多久：不得而知（没有记录）")
    return "\n".join(lines)


def _at(passage: Conflict | Occurrence) -> str:
    return clock(passage.start_ms)[:-4]


def _ours(conflict: Conflict, restrictions: Restrictions) -> str:
    return "（不公开，略）" if _is_withheld(conflict, restrictions) else _plain(conflict.ours)


def _is_withheld(span: Cue | Change | Conflict, restrictions: Restrictions) -> bool:
    return any(each.overlaps(span.start_ms, span.end_ms) for each in restrictions.withheld)


def _verification(report: VerificationReport) -> str:
    rows = [
        f"| {_plain(c.title)} | {_RESULTS[c.result]} | {_plain(c.value)} | {_plain(c.limit)} |"
        for c in report.checks
    ]
    lines = [f"视频核对：{_RESULTS[report.result]}", ""]
    lines += ["| 项目 | 结果 | 测得 | 要求 |", "|---|---|---|---|", *rows, ""]
    for check in report.checks:
        if check.result == "pass":
            continue
        lines += [f"### {_plain(check.title)}（{_RESULTS[check.result]}）", ""]
        found = check.findings
        lines += [f"- {_at(note)} {_plain(note.message)}" for note in found[:_MOST_FINDINGS]]
        if len(found) > _MOST_FINDINGS:
            lines.append(f"- 另有 {len(found) - _MOST_FINDINGS} 处，见核对报告")
        lines.append("")
    return "\n".join(lines)


def _withheld(case: ReviewCase) -> str:
    withheld = case.restrictions.withheld
    if not withheld:
        return "不公开段落\n\n无。"
    ways = {"mask": "遮盖", "cut": "剪去", None: "按制作设定"}
    lines = ["不公开段落", "", "| 从 | 到 | 原因 | 处理 | 涉及字幕 |", "|---|---|---|---|---|"]
    for each in withheld:
        cues = sum(each.overlaps(cue.start_ms, cue.end_ms) for cue in case.interviewee)
        lines.append(
            f"| {clock(each.start_ms)} | {clock(each.end_ms)} | {_plain(each.reason)} "
            f"| {ways[each.action]} | {cues} 条 |"
        )
    return "\n".join([*lines, "", "以上段落的原话不抄入本卷宗。"])


def _signoffs(signoffs: Sequence[SignedLine]) -> str:
    lines = ["签字", "", "| 步骤 | 结果 | 签字人 | 身份 | 时间 | 方式 | 说明 |"]
    lines.append("|---|---|---|---|---|---|---|")
    for line in sorted(signoffs, key=lambda s: s.at_ms):
        cells = (
            STAGE_TITLES.get(line.stage, line.stage),
            _ACTIONS.get(line.action, line.action),
            line.person,
            Role(line.role).label if line.role in set(Role) else line.role,
            datetime.fromtimestamp(line.at_ms / 1000, CHINA_TIME).isoformat(" ", "minutes"),
            _WAYS.get(line.via, line.via),
            _explained(line),
        )
        lines.append("| " + " | ".join(map(_plain, cells)) + " |")
    return "\n".join(lines) if signoffs else "签字\n\n尚无签字。"


def _explained(line: SignedLine) -> str:
    """Return the reason and how it was given: by whose link, or by whom on the command line."""
    known = {key: str(value) for key, value in line.evidence.items()}
    parts = [line.reason]
    if "link" in known:
        way = f"链接 {known['link']}" if known["link"] != "0" else "本人账号"
        parts.append(f"{way}由{known['link_by']}制作，验证码由{known['code_by']}转告")
        parts.append(f"签字时的网络地址 {known['address']}，设备 {known['device'] or '未知'}")
    if "registered_by" in known:
        parts.append(f"{known['registered_by']}登记")
    if "confirmed_by" in known:
        parts.append(f"{known['confirmed_by']}确认是本人所签")
    elif "link" in known and line.action == "approve":
        parts.append("无须另行确认")
    if "system_user" in known:
        parts.append(f"由系统用户 {known['system_user']} 在命令行执行")
    if "number" in known:
        parts.append(f"稿号 {known['number']}")
    if "confirmed_by_user" in known:
        parts.append(f"确认由系统用户 {known['confirmed_by_user']} 在命令行执行")
    return "；".join(part for part in parts if part)


def _changed(title: str, old: Sequence[Cue], new: Sequence[Cue], restrictions: Restrictions) -> str:
    found = changes(old, new)
    shown = [change for change in found if change.kind != "time"]
    public = [change for change in shown if not _is_withheld(change, restrictions)]
    removed, added = (
        sum(len(text) for change in shown for kind, text in change.pieces if kind == which)
        for which in ("gone", "new")
    )
    summary = (
        f"共 {len(found)} 处：改动文字或条目 {len(shown)} 处（删 {removed} 字，添 {added} 字），"
        f"只改时间 {len(found) - len(shown)} 处。"
    )
    if len(public) < len(shown):
        summary += f"其中 {len(shown) - len(public)} 处在不公开段落内，原话从略。"
    return f"{title}\n\n{summary if found else '没有改动。'}\n\n{markdown(public)}"


def _plain(value: object) -> str:
    """Return text as Markdown shows it unchanged, on one line."""
    text = " ".join(str(value).split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
