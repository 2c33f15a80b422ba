"""Stage 7: what the editor corrects, and where they are told to look."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.captions.formats.reader import read
from pipeline.captions.review_points import ReviewPoint, read_review_points
from pipeline.captions.words import Correction, Doubt, Word, Words, write_words
from pipeline.core.files import read_json
from pipeline.errors import SubtitleError
from pipeline.settings import Settings
from pipeline.stage import Artefact, Scope, Subject
from stages.initial_proofreading import STAGE, Makes, Needs

SUBJECT = Subject("wang-guilan/01", Scope.EPISODE, "王桂兰", "culture", 2, "zh", 1, "第一集")
DRAFT = """\
    1
    00:00:01,000 --> 00:00:03,000
    我是一九五八年

    2
    00:00:03,100 --> 00:00:05,000
    到乌兰木骑的
    """
WORDS = Words(
    "zh",
    (Word(1000, 3000, "我是一九五八年", 0.9), Word(3100, 5000, "乌兰木骑的", 0.2)),
    speech=((1000, 5000), (8000, 11000)),
    doubts=(Doubt(1000, 3000, "可能是重复"),),
)


@pytest.fixture
def proofread(
    tmp_path: Path, settings: Settings, artefact: Callable[[str, Path], Artefact]
) -> Callable[..., Makes]:
    """A function that performs the stage on a draft, with a correction and what it was made on."""

    def deposited(kind: str, name: str, text: str, encoding: str = "utf-8") -> Artefact:
        file = tmp_path / name
        file.write_bytes(dedent(text).encode(encoding))
        return artefact(kind, file)

    def perform(
        draft: str = DRAFT, correction: str = "", base: str = "", encoding: str = "utf-8"
    ) -> Makes:
        now = deposited("draft_subtitles", "draft.srt", draft)
        ours = None
        if correction:
            ours = deposited("proofreading_correction", "c.srt", correction, encoding)
            upon = deposited("draft_subtitles", "base.srt", base) if base else now
            ours = replace(ours, base=upon)
        words = artefact("words", write_words(WORDS, tmp_path / "words.json"))
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        needs = Needs(SUBJECT, now, words, ours)
        return STAGE.run(needs, settings.only(STAGE.settings), folder)

    return perform


def texts(makes: Makes) -> list[str]:
    return [cue.text for cue in read(makes.proofread_subtitles)]


def test_without_a_correction_the_draft_stands(proofread: Callable[..., Makes]) -> None:
    makes = proofread()
    assert makes.proofread_subtitles.read_text("utf-8") == dedent(DRAFT) + "\n"


def test_doubts_say_where_to_look_first(proofread: Callable[..., Makes]) -> None:
    assert read_review_points(proofread().doubts) == [
        ReviewPoint(8000, 11000, "有人说话，但没有字幕。", "warning", "", "unheard"),
        ReviewPoint(1000, 3000, "可能是重复", "warning", "我是一九五八年", "recogniser"),
        ReviewPoint(
            3100, 5000, "识别把握不大（20%）：乌兰木骑的", "warning", "到乌兰木骑的", "unsure",
            confidence=0.2,
        ),
    ]  # fmt: skip


def test_names_offered_and_put_right_can_be_taken_or_undone(
    proofread: Callable[..., Makes], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = (
        Correction(1000, 1800, "汪桂兰", "王桂兰", True, 0.98),
        Correction(3500, 4300, "乌兰木骑", "乌兰牧骑", False, 0.6),
        Correction(9000, 9500, "不在这里", "在哪里呢", False, 0.9),
    )
    monkeypatch.setattr(sys.modules[__name__], "WORDS", replace(WORDS, corrections=found))
    draft = DRAFT.replace("我是一九五八年", "王桂兰一九五八年")
    makes = proofread(draft=draft)
    listed = read_review_points(makes.doubts)
    offer, undo = (next(p for p in listed if p.kind == kind) for kind in ("offer", "replacement"))
    assert listed.index(offer) == 0 and listed.index(undo) == len(listed) - 1
    assert (offer.heard, offer.offer, offer.confidence) == ("乌兰木骑", "乌兰牧骑", 0.6)
    assert offer.reason == "“乌兰木骑”可能是“乌兰牧骑”。" and offer.heard in offer.text
    assert (undo.heard, undo.offer) == ("王桂兰", "汪桂兰") and undo.heard in undo.text
    assert "不在这里" not in makes.doubts.read_text("utf-8")
    ids = [place["id"] for place in read_json(makes.doubts)]
    assert len(set(ids)) == len(ids)

    settled = proofread(draft=draft, correction=draft.replace("木骑", "牧骑"))
    assert not [p for p in read_review_points(settled.doubts) if p.kind == "offer"]


def test_a_correction_is_taken_whole_and_settles_its_doubts(
    proofread: Callable[..., Makes],
) -> None:
    makes = proofread(correction=DRAFT.replace("木", "牧"), encoding="gb18030")
    assert texts(makes) == ["我是一九五八年", "到乌兰牧骑的"]
    assert not [p for p in read_review_points(makes.doubts) if "把握" in p.reason]


def test_a_correction_of_an_earlier_draft_is_carried_forward(
    proofread: Callable[..., Makes],
) -> None:
    later = DRAFT.replace("00:00:03,100 --> 00:00:05", "00:00:13,100 --> 00:00:15")
    makes = proofread(draft=later, correction=DRAFT.replace("木", "牧"), base=DRAFT)
    assert [(c.start_ms, c.text) for c in read(makes.proofread_subtitles)] == [
        (1000, "我是一九五八年"),
        (13100, "到乌兰牧骑的"),
    ]


def test_where_draft_and_editor_disagree_the_list_begins(
    proofread: Callable[..., Makes], settings: Settings
) -> None:
    makes = proofread(
        draft=DRAFT.replace("到乌兰木骑的", "到了乌兰慕骑"),
        correction=DRAFT.replace("木", "牧"),
        base=DRAFT,
    )
    assert texts(makes)[1] == "到乌兰牧骑的"
    first = read_review_points(makes.doubts)[0]
    assert (first.level, first.text) == ("conflict", "到乌兰牧骑的")
    assert "到了乌兰慕骑" in first.reason
    assert STAGE.check is not None
    findings = STAGE.check(makes, settings.only(STAGE.settings))
    assert [(f.level, f.message) for f in findings] == [("warning", first.reason)]


def test_the_same_needs_give_the_same_bytes_whoever_runs(
    proofread: Callable[..., Makes], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = proofread(correction=DRAFT.replace("木", "牧，"))
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    after = proofread(correction=DRAFT.replace("木", "牧，"))
    assert before.doubts.read_bytes() == after.doubts.read_bytes()
    assert before.proofread_subtitles.read_bytes() == after.proofread_subtitles.read_bytes()


def test_what_cannot_be_shown_cannot_be_signed(
    proofread: Callable[..., Makes], settings: Settings
) -> None:
    assert STAGE.check is not None
    only = settings.only(STAGE.settings)
    assert STAGE.check(proofread(), only) == ()
    overlapping = DRAFT.replace("00:00:03,000", "00:00:04,000")
    levels = [f.level for f in STAGE.check(proofread(correction=overlapping), only)]
    assert "error" in levels


def test_an_unreadable_correction_is_refused(proofread: Callable[..., Makes]) -> None:
    with pytest.raises(SubtitleError):
        proofread(correction="到乌兰牧骑的\n")
