"""An approval binds to all that its signer looked at, whenever it was given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from toys import TOYS

from pipeline.repository.tables import DepositRow
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.production import open_home
from pipeline.workflow.stage_state import Status

EPISODE = "wang-guilan/01"
CUE = "1\n00:00:01,000 --> 00:00:03,000\n童年\n"
SIGNS_DRAFT = tuple(replace(s, signs=("draft_subtitles",)) if s.number == 7 else s for s in TOYS)


def opened(production, stages):
    return replace(
        open_home(production.folder, stages),
        deposit_checks={},
        consent_policy=production.consent_policy,
    )


@pytest.fixture
def proofread(production, bring):
    """The toy episode, its words corrected and signed by a version that bound to less."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", CUE)
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("4"), "钱导演")
    advance(production, EPISODE)
    bring(EPISODE, "proofreading_correction", "her words")
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("7"), "孙编辑")
    return production


def seventh(production):
    return next(s for s in production.states(EPISODE) if s.stage.number == 7)


def test_what_was_signed_before_counts_until_what_lay_there_changes(proofread, bring):
    later = opened(proofread, SIGNS_DRAFT)
    assert seventh(later).status is Status.DONE
    bring(EPISODE, "finished_cut", CUE.replace("童年", "中年"))
    advance(later, EPISODE)
    approve(later, EPISODE, later.stage("4"), "钱导演")
    advance(later, EPISODE)
    state = seventh(later)
    assert state.outputs == seventh(proofread).outputs, "the words are the same"
    assert state.status is Status.GATE and "has changed since" in state.reason
    approve(later, EPISODE, later.stage("7"), "孙编辑")
    assert seventh(later).status is Status.DONE
    later.ledger.close()


def test_a_request_remembers_the_words_it_was_made_upon(proofread, bring):
    made = {a.kind: a.sha256 for a in seventh(proofread).outputs}
    bring(EPISODE, "withholding_request", "withheld: []")
    with proofread.ledger.read() as session:
        rows = session.scalars(select(DepositRow).where(DepositRow.kind == "withholding_request"))
        assert [row.base_sha256 for row in rows] == [made["proofread_subtitles"]]
