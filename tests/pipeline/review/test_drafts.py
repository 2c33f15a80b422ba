"""Drafts: kept change by change, merged cue by cue, carried forward, never overwritten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from derivations import derivations

from pipeline.errors import InputError, SignOffError
from pipeline.review import drafts
from pipeline.review.drafts import Change, DraftCue, EditConflictError
from pipeline.review.proofreading import sign_draft
from pipeline.review.signoff import approve, send_back
from pipeline.workflow.executor import advance

SRT = """1
00:00:01,000 --> 00:00:03,000
我是演圆

2
00:00:04,000 --> 00:00:06,000
在文化馆工作
"""
NEW_SRT = SRT.replace("在文化馆工作", "在赤峰文化馆工作")


@pytest.fixture
def episode(production, bring):
    """An episode that waits for its editor: its draft is SRT."""
    picture = next(s for s in production.stages if s.slug == "first_version_subtitles")

    def run(needs, settings, folder):
        out = folder / "draft.srt"
        out.write_text(TEXT[0], "utf-8")
        return picture.makes(out)

    object.__setattr__(
        production, "stages",
        tuple(replace(s, run=run) if s is picture else s for s in production.stages),
    )  # fmt: skip
    TEXT[0] = SRT
    bring("wang-guilan", "contact_record", "x")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring("wang-guilan/01", "finished_cut", "film")
    advance(production, "wang-guilan/01")
    approve(production, "wang-guilan/01", production.stage("4"), "钱导演")
    advance(production, "wang-guilan/01")
    return "wang-guilan/01"


TEXT = [SRT]


def opened(production, episode, person="孙编辑"):
    return drafts.open_draft(production, episode, production.stage("7"), person)


def test_a_change_is_kept_and_sent_twice_is_kept_once(production, episode):
    draft = opened(production, episode)
    right = replace(draft.cues["1"], text="我是演员")
    change = Change("1", draft.cues["1"], right)
    first = drafts.save(production, draft, [change], "孙编辑", key="a")
    again = drafts.save(production, draft, [change], "孙编辑", key="a")
    assert first == again == opened(production, episode)
    assert [cue.text for cue in first.subtitles()] == ["我是演员", "在文化馆工作"]
    assert first.people == ("孙编辑",)


def test_signing_a_draft_derives_the_status_four_times(production, episode):
    """For the draft, before and after the stage runs, and inside the signing transaction."""
    draft = opened(production, episode)
    right = replace(draft.cues["1"], text="我是演员")
    drafts.save(production, draft, [Change("1", draft.cues["1"], right)], "孙编辑", key="a")
    seen = opened(production, episode).number
    with derivations() as slugs:
        sign_draft(production, episode, production.stage("7"), "孙编辑", seen=seen)
    assert slugs == [episode] * 4
    assert production.states(episode)[2].passed


def test_two_people_may_change_different_cues_but_not_the_same(production, episode):
    mine, theirs = opened(production, episode), opened(production, episode, "李编辑")
    one, two = mine.cues["1"], mine.cues["2"]
    drafts.save(
        production, mine, [Change("1", one, replace(one, text="我是演员"))], "孙编辑", key="a"
    )
    both = drafts.save(
        production, theirs, [Change("2", two, replace(two, text="在馆里"))], "李编辑", key="b"
    )
    assert [cue.text for cue in both.subtitles()] == ["我是演员", "在馆里"]
    with pytest.raises(EditConflictError, match="孙编辑") as caught:
        drafts.save(
            production, theirs,
            [Change("1", one, replace(one, text="园")), Change("n", None, DraftCue(7, 9, "新"))],
            "李编辑", key="c",
        )  # fmt: skip
    assert caught.value.current == {"1": replace(one, text="我是演员")}
    assert "n" not in opened(production, episode).cues, "a save is taken whole or not at all"


def test_both_typing_the_same_is_no_clash(production, episode):
    draft = opened(production, episode)
    change = Change("1", draft.cues["1"], replace(draft.cues["1"], text="我是演员"))
    drafts.save(production, draft, [change], "孙编辑", key="a")
    drafts.save(production, draft, [change], "李编辑", key="b")


def test_work_is_carried_onto_a_new_version_of_the_draft(production, episode):
    draft = opened(production, episode)
    change = Change("1", draft.cues["1"], replace(draft.cues["1"], text="我是演员"))
    drafts.save(production, draft, [change], "孙编辑", key="a")
    TEXT[0] = NEW_SRT
    send_back(production, episode, production.stage("7"), production.stage("6"), "孙编辑", "再听")
    advance(production, episode)
    after = opened(production, episode, "李编辑")
    assert after.base.sha256 != draft.base.sha256
    assert [cue.text for cue in after.subtitles()] == ["我是演员", "在赤峰文化馆工作"]
    assert opened(production, episode) == after, "carried once"


def test_marks_that_still_hold_are_carried_too_and_a_wish_to_withhold_whatever_the_words(
    production, episode
):
    draft = opened(production, episode)
    marks = {"1": "right", "2": "withhold: 家事"}
    changes = [Change(c, draft.cues[c], replace(draft.cues[c], mark=m)) for c, m in marks.items()]
    marked = drafts.save(production, draft, changes, "孙编辑", key="a")
    assert not marked.has_changes, "marks alone are no correction"
    TEXT[0] = NEW_SRT
    send_back(production, episode, production.stage("7"), production.stage("6"), "孙编辑", "再听")
    advance(production, episode)
    after = sorted(opened(production, episode).cues.values(), key=lambda cue: cue.start_ms)
    assert [(cue.text, cue.mark) for cue in after] == [
        ("我是演圆", "right"), ("在赤峰文化馆工作", "withhold: 家事"),
    ]  # fmt: skip
    assert (after[1].answer, after[1].reason) == ("withhold", "家事")


@pytest.mark.parametrize(
    "after",
    [
        DraftCue(5, 5, "x"), DraftCue(-1, 5, "x"), DraftCue(0, 10**12, "x"),
        DraftCue(0, 5, "x" * 5000), DraftCue(0, 5, "x", mark="perhaps"),
    ],
)  # fmt: skip
def test_what_no_subtitle_can_be_is_refused(production, episode, after):
    draft = opened(production, episode)
    with pytest.raises(InputError):
        drafts.save(production, draft, [Change("n", None, after)], "孙编辑", key="a")
    assert opened(production, episode) == draft


def test_null_and_direction_marks_are_not_kept(production, episode):
    draft = opened(production, episode)
    cue = DraftCue(7000, 8000, "a\x00b\u202ec")
    made = drafts.save(production, draft, [Change("n", None, cue)], "孙编辑", key="a")
    assert made.cues["n"].text == "abc"


def test_a_stage_without_subtitles_has_no_draft(production, episode):
    with pytest.raises(SignOffError):
        drafts.open_draft(production, episode, production.stage("4"), "孙编辑")


def test_what_was_looked_at_is_remembered_and_does_not_end_the_work(production, episode):
    draft = opened(production, episode)
    change = Change("1", draft.cues["1"], replace(draft.cues["1"], text="我是演员"))
    drafts.save(production, draft, [change], "孙编辑", key="a")
    drafts.save(production, draft, [], "孙编辑", key="b", settled=["place-1"])
    seen = opened(production, episode, "李编辑")
    assert seen.settled == {"place-1"}
    TEXT[0] = NEW_SRT
    send_back(production, episode, production.stage("7"), production.stage("6"), "孙编辑", "再听")
    advance(production, episode)
    assert opened(production, episode).subtitles()[0].text == "我是演员"


def test_who_has_an_earlier_version_open_can_still_save(production, episode):
    draft = opened(production, episode)
    TEXT[0] = NEW_SRT
    send_back(production, episode, production.stage("7"), production.stage("6"), "孙编辑", "再听")
    advance(production, episode)
    stage = production.stage("7")
    before = drafts.draft_on(production, episode, stage, draft.base.sha256)
    assert before.cues == draft.cues
    change = Change("1", draft.cues["1"], replace(draft.cues["1"], text="我是演员"))
    late = drafts.save(production, before, [change], "孙编辑", key="a")
    assert [row.cue for row in drafts.changes_since(production, late, 0)] == ["1"]
    texts = [cue.text for cue in opened(production, episode).subtitles()]
    assert texts == ["我是演员", "在赤峰文化馆工作"]
    with pytest.raises(SignOffError):
        drafts.draft_on(production, episode, stage, "0" * 64)
