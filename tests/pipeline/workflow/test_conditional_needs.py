"""What a stage needs only with a table of settings in use is no input, and in no key, without."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from toys import TOYS, add_settings, calls

from pipeline.kinds import KINDS
from pipeline.review.signoff import approve
from pipeline.stage import Artefact
from pipeline.workflow.executor import advance
from pipeline.workflow.impact import plan
from pipeline.workflow.production import open_home
from pipeline.workflow.stage_state import Status

EPISODE = "wang-guilan/01"
NEXT = 2  # the toys' first draft, made of the picture


@dataclass(frozen=True)
class Titled:
    """As the toy's draft needs, and for titles who the person is."""

    picture: Artefact
    interviewee_file: Artefact | None = None
    ONLY_WITH: ClassVar = {"interviewee_file": "titles"}


DRAFT = replace(TOYS[NEXT], needs=Titled, settings=(*TOYS[NEXT].settings, "titles"))


@pytest.fixture
def upgraded(production, bring):
    """Work done by a program without titles, opened by one that has them."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", TOYS[0], "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    approve(production, EPISODE, TOYS[1], "钱导演")
    advance(production, EPISODE)
    return lambda: open_home(production.folder, (*TOYS[:NEXT], DRAFT, *TOYS[NEXT + 1 :]))


def _draft(production):
    return next(s for s in production.states(EPISODE) if s.stage is DRAFT)


def test_what_was_done_before_stays_done_while_no_title_is_shown(upgraded):
    now = upgraded()
    assert _draft(now).status is Status.DONE
    assert [a.kind for a in _draft(now).inputs] == ["picture"]
    done = len(calls)
    advance(now, EPISODE)
    assert len(calls) == done
    now.ledger.close()


def test_once_shown_the_work_rests_on_the_person_too(upgraded):
    before = upgraded()
    add_settings(before, '[titles]\nshow = ["strap"]\n')
    before.ledger.close()
    now = upgraded()
    assert _draft(now).status is Status.READY
    assert [a.kind for a in _draft(now).inputs] == ["interviewee_file", "picture"]
    now.ledger.close()


@pytest.mark.parametrize("shown", [False, True])
def test_the_plan_names_the_person_only_where_they_are_shown(upgraded, shown):
    now = upgraded()
    if shown:
        add_settings(now, '[titles]\nshow = ["strap"]\n')
        now.ledger.close()
        now = upgraded()
    steps = plan(now, "wang-guilan", deposit=KINDS["contact_record"])
    step = next(s for s in steps if s.state.stage is DRAFT)
    assert ("interviewee_file" in step.because) == shown
    now.ledger.close()
