"""Of two who correct the same thing, the second is told what the first changed."""

from __future__ import annotations

import pytest

from pipeline.errors import StaleBaseError
from pipeline.kinds import KINDS
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest.version_conflicts import changes_since_base, find_base

EPISODE = "wang-guilan/01"
CORRECTION = KINDS["proofreading_correction"]
CUE = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"
DRAFT, FIRST, SECOND = (CUE.format(t) for t in ("我是演圆", "我是演员", "我是一名演员"))


@pytest.fixture
def drafted(production, bring):
    """The toy episode with a draft to correct."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", DRAFT)
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("4"), "钱导演")
    advance(production, EPISODE)
    return production


def output(production, number: int) -> str:
    """Return the digest of what a stage made."""
    states = {s.stage.number: s for s in production.states(EPISODE)}
    return states[number].outputs[0].sha256


def save(production, bring, text: str, digest: str, person: str, **options):
    base, began = find_base(production, EPISODE, CORRECTION, digest[:12], person)
    return bring(EPISODE, CORRECTION.slug, text, person, base=base, supersedes=began, **options)[0]


def test_two_begin_from_the_draft(drafted, bring):
    draft = output(drafted, 6)
    first = save(drafted, bring, FIRST, draft, "孙编辑")
    with pytest.raises(StaleBaseError, match="孙编辑 has saved another version") as told:
        save(drafted, bring, SECOND, draft, "李编辑")
    error = told.value
    assert (error.person, error.began, error.latest) == ("孙编辑", draft, first.sha256)
    (change,) = changes_since_base(drafted, error)
    assert change.pieces == (("same", "我是演"), ("gone", "圆"), ("new", "员"))


def test_who_begins_from_the_other_s_correction_may_save(drafted, bring):
    first = save(drafted, bring, FIRST, output(drafted, 6), "孙编辑")
    assert save(drafted, bring, SECOND, first.sha256, "李编辑").new


def test_who_begins_from_what_was_made_of_it_may_save(drafted, bring):
    draft = output(drafted, 6)
    first = save(drafted, bring, FIRST, draft, "孙编辑")
    advance(drafted, EPISODE)
    made = output(drafted, 7)
    assert find_base(drafted, EPISODE, CORRECTION, made[:12], "李编辑") == (draft, first.sha256)
    assert save(drafted, bring, SECOND, made, "李编辑").new


def test_who_saves_again_need_not_take_the_file_out_again(drafted, bring):
    draft = output(drafted, 6)
    save(drafted, bring, FIRST, draft, "孙编辑")
    assert save(drafted, bring, SECOND, draft, "孙编辑").new


def test_a_file_from_nowhere_does_not_replace_another_person_s(drafted, bring):
    save(drafted, bring, FIRST, "", "孙编辑")
    with pytest.raises(StaleBaseError):
        save(drafted, bring, SECOND, "", "李编辑")


def test_what_was_taken_back_stands_in_nobody_s_way(drafted, bring):
    from pipeline.workflow.ingest.deposits import take_back

    draft = output(drafted, 6)
    first = save(drafted, bring, FIRST, draft, "孙编辑")
    take_back(drafted, EPISODE, CORRECTION, first.sha256, "孙编辑")
    assert save(drafted, bring, SECOND, draft, "李编辑").new


def test_what_cannot_be_compared_is_told_without_changes(drafted, bring):
    bring(EPISODE, CORRECTION.slug, "no subtitles", "孙编辑")
    with pytest.raises(StaleBaseError) as told:
        save(drafted, bring, SECOND, "", "李编辑")
    assert changes_since_base(drafted, told.value) == []
