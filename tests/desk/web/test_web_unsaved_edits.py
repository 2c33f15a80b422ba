"""The director's last corrections: upon all the words, carried onto changed ones, never lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.captions.formats.reader import read
from pipeline.kinds import KINDS
from pipeline.review import drafts
from pipeline.review.drafts import Change, Draft
from pipeline.review.proofreading import deposit_draft
from pipeline.review.signoff import approve, send_back
from pipeline.workflow.executor import advance, state_of
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import Status
from tests.desk.web.interview_film import SAID, SLUG

EPISODE = f"{SLUG}/07"


def opened(production: Production) -> Draft:
    return drafts.open_draft(production, EPISODE, production.stage("12"), "钱导演")


def sign(production: Production, number: str, who: str) -> None:
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage(number), who)


def test_the_last_corrections_are_made_again_upon_what_the_interviewee_changes(
    production: Production, tmp_path: Path
):
    draft = opened(production)
    assert draft.base.kind == "interviewee_subtitles"
    change = Change("1", draft.cues["1"], replace(draft.cues["1"], text="导演改的"))
    draft = drafts.save(production, draft, [change], "钱导演", key="a-key-12", settled=["p1"])
    deposit_draft(production, draft, "钱导演")
    stage = production.stage("12")
    assert state_of(production, EPISODE, stage).status is Status.READY  # nobody signs it unseen
    advance(production, EPISODE)
    state = state_of(production, EPISODE, stage)
    final = next(a for a in state.outputs if a.kind == "final_subtitles")
    assert read(final.path)[0].text == "导演改的"
    again = opened(production)
    assert again.base.kind == "final_correction" and not again.has_changes
    assert again.subtitles()[0].text == "导演改的"

    send_back(production, EPISODE, stage, production.stage("10"), "钱导演", "受访者还要改")
    advance(production, EPISODE)
    last = read(next(a.path for a in state.inputs if a.kind == "interviewee_subtitles"))
    path = tmp_path / "paper.srt"
    path.write_text(
        "".join(
            f"{n}\n{_clock(c.start_ms)} --> {_clock(c.end_ms)}\n"
            f"{'受访者改的' if n == 2 else c.text}\n\n"
            for n, c in enumerate(last, 1)
        ),
        "utf-8",
    )
    deposit(production, EPISODE, KINDS["interviewee_correction"], path, "赵制片")
    sign(production, "10", "王桂兰")
    sign(production, "11", "吴馆长")
    carried = opened(production) if state_of(production, EPISODE, stage).inputs else None
    assert carried is not None and carried.base.kind == "interviewee_subtitles"
    assert [c.text for c in carried.subtitles()][:3] == ["导演改的", "受访者改的", SAID[2]]
    assert opened(production) == carried, "carried once"


def _clock(ms: int) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"00:00:{seconds:02d},{rest:03d}"
