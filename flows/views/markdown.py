"""The Markdown beside a form and in an episode's artifact: what, who, since when, which files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flows.server.endpoints import desk_page
from flows.subject_status import SubjectStatus, run_name
from flows.views.escape import code, plain
from pipeline.core.clock import CHINA_TIME
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.review.signoff import findings
from pipeline.stage import Artefact, Role
from pipeline.workflow.executor import explain
from pipeline.workflow.production import Production
from pipeline.workflow.scheduling.pause import current_pause
from pipeline.workflow.scheduling.rests import standing_still
from pipeline.workflow.status import StageState, Status

__all__ = ["MARKS", "describe", "report", "when"]

MARKS = {
    Status.WAITS: "·", Status.DEPOSIT: "📥", Status.REFUSED: "⛔", Status.READY: "⏳",
    Status.FAILED: "❌", Status.GATE: "✍️", Status.DONE: "✅",
}  # fmt: skip
"""How each status is drawn on a page."""


def when(at_ms: int) -> str:
    """Write a time (Unix milliseconds) as the production's clocks show it."""
    return f"{datetime.fromtimestamp(at_ms / 1000, CHINA_TIME):%Y-%m-%d %H:%M}" if at_ms else "–"


def describe(production: Production, situation: SubjectStatus, complaint: str = "") -> str:
    """Say what is waited for, in Markdown."""
    return "\n".join(_description(production, situation, complaint)) + "\n"


def report(production: Production, situation: SubjectStatus) -> str:
    """Say where every stage of a subject stands, in Markdown."""
    still = standing_still(production, {situation.subject.slug: situation.states})
    lines = [
        f"# {plain(run_name(situation.subject))}",
        "",
        f"**{plain(still.get(situation.subject.slug, situation.words))}**",
        "",
        f"| {_('Stage')} | {_('State')} | {_('Since')} | {_('Signed by')} |",
        "| --- | --- | --- | --- |",
        *(_row(state) for state in situation.states),
        "",
    ]
    if situation.first is not None:
        lines += _description(production, situation, "")
    for state in situation.states:
        if state.outputs and state.passed:
            lines += ["", f"### {state.stage.label}", *_files(state.outputs)]
    return "\n".join(lines) + "\n"


def _description(production: Production, situation: SubjectStatus, complaint: str) -> Iterator[str]:
    subject = situation.subject
    if complaint:
        yield f"**⚠️ {_('Not accepted: {why}').format(why=plain(complaint))}**"
        yield ""
    if not situation.finished and (pause := current_pause(production)) is not None:
        yield f"**{plain(pause.words)}**"
        yield ""
    yield f"### {plain(situation.words)}"
    yield ""
    phase = _("phase {n}").format(n=subject.phase)
    yield f"{plain(run_name(subject))}（{phase}，{plain(_(subject.field))}）"
    yield ""
    state = situation.first
    if state is None:
        yield _("Nothing is to be done here; the run goes on by itself.")
        return
    if state.status is Status.GATE and production.settings.flows.codes:
        # Prefect shows the first few lines of this and lets people scroll to the rest.
        yield _("To sign here, ask for a one-time code: {where}").format(
            where=_code_page(production, subject.slug, state.stage.number)
        )
        yield ""
    roles = "、".join(Role(role).label for role in situation.roles)
    yield f"- {_('Who')}：{roles}（{plain('、'.join(situation.people))}）"
    if state.since_ms:
        yield f"- {_('Since')}：{when(state.since_ms)}"
    if state.reason:
        yield f"- {_('Why')}：{plain(state.reason)}"
    if page := desk_page(production, subject.slug):
        yield f"- {_('At the desk')}：[{page}]({page})"
    if state.status is Status.GATE:
        yield from _at_gate(production, state)
    elif state.status is Status.DEPOSIT:
        yield from _wanted(state)
    else:
        yield f"- {plain(explain(state))}"


def _at_gate(production: Production, state: StageState) -> Iterator[str]:
    for finding in findings(production, state):
        mark = {"error": "❌", "warning": "⚠️"}.get(finding.level, "ℹ️")
        yield f"- {mark} {plain(finding.message)}"
    yield ""
    yield f"**{_('To look at')}**"
    yield ""
    seen = [a for a in state.inputs if a.kind in state.stage.signs]
    yield from _files((*seen, *state.outputs))
    yield ""
    slug, stage = state.subject.slug, state.stage.number
    yield _("Sign here, at the desk, or with: {command}").format(
        command=f"`chifeng sign {slug} {stage} --by …`"
    )


def _code_page(production: Production, slug: str, stage: int) -> str:
    command = f"`chifeng code {slug} {stage} --person …`"
    if page := desk_page(production, slug):
        address = f"{page}/stage/{stage}/code"
        return f"[{address}]({address}) · {command}"
    return command


def _wanted(state: StageState) -> Iterator[str]:
    yield ""
    yield f"**{_('To bring')}**"
    yield ""
    for group in getattr(state.stage.needs, "ONE_OF", ()):
        if set(group) <= set(state.missing):
            names = " / ".join(KINDS[slug].label for slug in group)
            yield f"- {_('one of these is enough: {names}').format(names=names)}"
    for slug in state.missing:
        kind = KINDS[slug]
        if kind.deposit:
            command = f"chifeng deposit {state.subject.slug} {slug} …"
            yield f"- {kind.label}（{' '.join(kind.suffixes)}）：`{command}`"


def _files(artefacts: tuple[Artefact, ...]) -> Iterator[str]:
    for artefact in artefacts:
        yield f"- {KINDS[artefact.kind].label} {plain(artefact.name)}：{code(str(artefact.place))}"


def _row(state: StageState) -> str:
    signed = plain(state.approval.person) if state.approval else ""
    words = _(state.status.value)
    cells = (
        state.stage.label, f"{MARKS[state.status]} {words}", when(state.since_ms), signed,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"
