"""What is not to be published: from marks to passages, and back."""

from __future__ import annotations

import json

import pytest

from pipeline.documents.forms import read_withholding_request
from pipeline.review.drafts import DraftCue
from pipeline.review.redaction_marks import NO_REASON, passages_to_withhold


def cues(*marks: str) -> dict[str, DraftCue]:
    """Cues of a second with half a second between them."""
    return {
        str(n): DraftCue(n * 1500, n * 1500 + 1000, f"第{n}句", "", mark)
        for n, mark in enumerate(marks)
    }


def test_neighbours_make_one_passage_with_both_reasons():
    (passage,) = passages_to_withhold(
        cues("right", "withhold: 家事", "withhold: 病情", "right"), []
    )
    assert passage == {"start_ms": 1500, "end_ms": 4000, "reason": "家事；病情"}


def test_what_lies_between_is_published():
    found = passages_to_withhold(cues("withhold", "right", "withhold: 无"), [])
    assert [(w["start_ms"], w["end_ms"], w["reason"]) for w in found] == [
        (0, 1000, NO_REASON), (3000, 4000, NO_REASON),
    ]  # fmt: skip


def test_what_was_asked_for_before_stays_as_it_was():
    before = [{"start_ms": 1400, "end_ms": 2700, "reason": "纸上写的", "action": "cut"}]
    assert passages_to_withhold(cues("right", "right", "right"), before) == before
    kept, new = passages_to_withhold(cues("right", "withhold: 新的", "withhold: 新的"), before)
    assert kept == before[0]
    assert (new["start_ms"], new["end_ms"]) == (2700, 4000)


def test_what_may_be_published_after_all_is_taken_out_of_the_passage():
    before = [{"start_ms": 0, "end_ms": 4000, "reason": "家事", "action": None}]
    first, last = passages_to_withhold(cues("", "publish", ""), before)
    assert (first["end_ms"], last["start_ms"]) == (1500, 2500)
    assert passages_to_withhold(cues("publish", "publish", "publish"), before) == []


@pytest.mark.parametrize("reason", ["无", "none", "~", "[]", '"', "a: b\n- c", "null", "<b>"])
def test_the_request_is_read_as_it_was_meant(tmp_path, reason: str):
    wishes = passages_to_withhold(cues(f"withhold: {reason}"), [])
    path = tmp_path / "不公开请求.json"
    path.write_text(json.dumps({"withheld": wishes}, ensure_ascii=False), "utf-8")
    (read,) = read_withholding_request(path).withheld
    assert (read.start_ms, read.end_ms, read.action) == (0, 1000, None)
    assert read.reason
