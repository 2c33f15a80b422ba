"""Notes are never lost, follow their words, and hold up the final review until answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toys import TOYS

from pipeline.captions.cues import Cue
from pipeline.errors import InputError, NotFoundError, SignOffError
from pipeline.review import notes
from pipeline.review.signoff import approve
from pipeline.workflow.executor import advance
from pipeline.workflow.production import open_home

EPISODE = "wang-guilan/01"


def listed(production):
    with production.ledger.read() as session:
        return notes.notes(session, EPISODE)


@pytest.fixture
def note(production):
    """A note on the words 你好世界 at two seconds."""
    return notes.add_note(
        production, EPISODE, "孙编辑", "听不清，请核对", kind="proofread_subtitles",
        sha256="0" * 64, start_ms=2000, end_ms=3000, quote="你好世界",
    )  # fmt: skip


def test_a_note_stays_open_until_it_is_resolved_or_waived(production, note):
    notes.reply(production, note, "钱导演", "再听一遍")
    assert listed(production)[0].open
    notes.resolve(production, note, "孙编辑")
    found = listed(production)[0]
    assert not found.open
    assert [(r.person, r.action) for r in found.replies] == [
        ("钱导演", "reply"), ("孙编辑", "resolve"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cues", "expected"),
    [
        ([Cue(5200, 6200, "你好，世界")], (5200, 6200)),
        ([Cue(2000, 3000, "完全不同的话")], (2000, 3000)),
        ([Cue(2500, 3500, "你好世界"), Cue(20_000, 21_000, "你好世界")], (2500, 3500)),
        ([Cue(90_000, 91_000, "你好世界")], (2000, 3000)),
        ([], (2000, 3000)),
    ],
    ids=["moved", "words gone", "nearest of two", "too far", "no cues"],
)
def test_a_note_follows_its_words_into_another_version(production, note, cues, expected):
    assert notes.anchor(listed(production)[0], cues) == expected


def test_what_cannot_be_a_note_is_refused(production, note):
    with pytest.raises(InputError, match="empty"):
        notes.reply(production, note, "孙编辑", "  ")
    with pytest.raises(NotFoundError, match="no note 99"):
        notes.resolve(production, 99, "孙编辑")
    with pytest.raises(NotFoundError, match="no person"):
        notes.waive(production, note, "无名氏", "x")


def test_open_notes_hold_up_the_final_review(production, bring, note):
    review = replace(TOYS[3], slug="final_review", number=11, check=None)
    made = open_home(production.folder, (*TOYS[:3], review))
    rule = made.settings.roles.stage["initial_proofreading"]
    made.settings.roles.stage["final_review"] = rule
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(made, "wang-guilan")
    approve(made, "wang-guilan", made.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(made, EPISODE)
    approve(made, EPISODE, made.stage("4"), "钱导演")
    advance(made, EPISODE)
    with pytest.raises(SignOffError, match="1 notes are still open, the first by 孙编辑"):
        approve(made, EPISODE, review, "孙编辑")
    notes.waive(made, note, "钱导演", "方言，保留原样")
    approve(made, EPISODE, review, "孙编辑")
    made.ledger.close()
