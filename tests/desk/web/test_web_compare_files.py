"""A correction made in another program is taken up change by change, and nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.errors import NotFoundError, SignOffError, SubtitleError
from pipeline.review import correction_files, drafts
from pipeline.review.correction_files import DraftChangedError
from pipeline.review.drafts import base_version
from pipeline.workflow.production import Production
from tests.desk.web.interview_film import SLUG

EPISODE = f"{SLUG}/01"


def base_of(production: Production):
    stage = production.stage("7")
    state = next(s for s in production.states(EPISODE) if s.stage is stage)
    made = base_version(state)
    assert made is not None
    return made


def brought(production: Production, folder: Path, *, name: str = "改.srt") -> tuple[str, list[Cue]]:
    """Bring a file in which the first text is corrected, the second removed, the last later."""
    cues = read(base_of(production).path)
    changed = [replace(cues[0], text="我是一九五七年到文化馆的"), *cues[2:-1]]
    changed.append(replace(cues[-1], end_ms=cues[-1].end_ms + 300))
    path = write_srt(changed, folder / "made.srt")
    base = base_of(production).sha256
    return correction_files.add_correction_file(
        production, EPISODE, path, "李编辑", base=base, name=name
    ), cues


def draft(production: Production):
    return drafts.open_draft(production, EPISODE, production.stage("7"), "李编辑")


def choose(production: Production, sha256: str, offer: str, decision, **how) -> None:
    stage = production.stage("7")
    correction_files.decide(production, EPISODE, stage, sha256, offer, decision, "陈编辑", **how)


def test_what_is_accepted_is_in_the_draft_and_what_is_declined_stays_listed(
    production: Production, tmp_path: Path
):
    sha256, cues = brought(production, tmp_path)
    offered = correction_files.proposed_changes(production, EPISODE, sha256)
    assert [o.change.kind for o in offered] == ["text", "removed", "time"]
    for offer, decision in zip(offered, ("accepted", "declined", "accepted"), strict=True):
        choose(production, sha256, offer.id, decision)
    now = draft(production).subtitles()
    assert now[0].text == "我是一九五七年到文化馆的"
    assert now[1] == cues[1] and now[-1].end_ms == cues[-1].end_ms + 300
    told = correction_files.proposed_changes(production, EPISODE, sha256)
    assert [(o.decided, o.person) for o in told] == [
        ("accepted", "陈编辑"), ("declined", "陈编辑"), ("accepted", "陈编辑"),
    ]  # fmt: skip
    choose(production, sha256, told[1].id, "accepted")  # on second thoughts
    assert len(draft(production).subtitles()) == len(cues) - 1
    with pytest.raises(SignOffError, match="陈编辑"):
        choose(production, sha256, told[0].id, "declined")


def test_what_somebody_changed_meanwhile_is_not_overwritten_unasked(
    production: Production, tmp_path: Path
):
    sha256, cues = brought(production, tmp_path)
    stage = draft(production)
    first = stage.cues["1"]
    change = drafts.Change("1", first, replace(first, text="我是五六年到文化馆的"))
    drafts.save(production, stage, [change], "陈编辑", key="k")
    offer = correction_files.proposed_changes(production, EPISODE, sha256)[0]
    with pytest.raises(DraftChangedError) as refused:
        choose(production, sha256, offer.id, "accepted")
    assert refused.value.details == {"now": "我是五六年到文化馆的"}
    assert draft(production).cues["1"].text == "我是五六年到文化馆的"
    assert correction_files.proposed_changes(production, EPISODE, sha256)[0].decided == ""
    choose(production, sha256, offer.id, "accepted", force=True)
    assert draft(production).subtitles()[0].text == "我是一九五七年到文化馆的"
    assert len(draft(production).subtitles()) == len(cues)


def test_the_digest_in_a_name_tells_upon_what_it_was_made(production: Production, tmp_path: Path):
    made = base_of(production)
    first = next(s for s in production.states(EPISODE) if s.stage.number == 6).outputs
    other = next(a for a in first if a.kind == "draft_subtitles")
    path = write_srt([Cue(0, 1000, "一"), Cue(1000, 2000, "二")], tmp_path / "x.srt")
    name = f"字幕.{made.sha256[:12]}.srt"
    correction_files.add_correction_file(
        production, EPISODE, path, "李编辑", base=other.sha256, name=name
    )
    assert (
        correction_files.list_correction_files(production, EPISODE)[-1].base_sha256 == made.sha256
    )


def test_what_is_no_subtitles_or_made_upon_nothing_is_refused(
    production: Production, tmp_path: Path
):
    (tmp_path / "x.srt").write_text("nothing of the sort", "utf-8")
    with pytest.raises(SubtitleError):
        base = base_of(production).sha256
        correction_files.add_correction_file(
            production, EPISODE, tmp_path / "x.srt", "李编辑", base=base
        )
    path = write_srt([Cue(0, 1000, "一")], tmp_path / "y.srt")
    with pytest.raises(NotFoundError):
        correction_files.add_correction_file(production, EPISODE, path, "李编辑", base="0" * 64)
    with pytest.raises(NotFoundError):
        choose(production, "0" * 64, "x", "accepted")
