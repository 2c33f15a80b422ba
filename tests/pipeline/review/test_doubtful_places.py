"""What became of the doubtful places of the first version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import write_srt
from pipeline.captions.review_points import ReviewPoint, write_review_points
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.tables import OutputRow, RunRow
from pipeline.review.doubtful_places import doubtful_places, saved_work
from pipeline.review.drafts.repository import draft_row
from pipeline.stage import Artefact

EPISODE = "wang-guilan/01"
FIRST = [Cue(0, 1000, "我是演圆"), Cue(2000, 3000, "在文化馆"), Cue(4000, 5000, "工作")]
POINTS = [
    ReviewPoint(0, 900, "unsure", "warning", kind="unsure"),
    ReviewPoint(2100, 2900, "unsure", "note", kind="unsure"),
    ReviewPoint(4000, 5000, "unsure", "note", kind="unsure"),
]


def run(production: Any, folder: Path, cues: list[Cue], points: list[ReviewPoint]) -> RunRow:
    """Return a run of the proofreading with its two files in the store."""
    files = {
        "proofread_subtitles": write_srt(cues, folder / "a.srt"),
        "doubts": write_review_points(points, folder / "a.json"),
    }
    made = RunRow(stage="initial_proofreading", inputs=[["draft_subtitles", "d" * 64, "draft.srt"]])
    for kind, path in files.items():
        kept = production.store.import_copy(path)
        made.outputs.append(OutputRow(kind=kind, sha256=kept.sha256, suffix=path.suffix))
    return made


def places(production: Any, runs: list[RunRow], settled: list[str]) -> Any:
    with production.ledger.write() as session:
        own, _parent = load_records(session, find_subject(session, EPISODE))
        after = {"settled": settled}
        session.add(draft_row(own.id, "proofreading_correction", "d" * 64, after, "孙编辑"))
        session.flush()
        last = runs[-1].outputs[0]
        path = production.store.path(last.sha256, last.suffix)
        shown = Artefact(last.kind, last.sha256, "a.srt", path, 1)
        assert saved_work(session, own.id, "proofreading_correction") is None
        return doubtful_places(session, production.store, replace(own, runs=tuple(runs)), [shown])


def test_whoever_signs_without_looking_has_touched_nothing(production, tmp_path: Path) -> None:
    found = places(production, [run(production, tmp_path, FIRST, POINTS)], [])
    assert found.counts == {"found": 3, "corrected": 0, "found_right": 0, "untouched": 3}


def test_corrected_found_right_and_untouched_are_told_apart(production, tmp_path: Path) -> None:
    better = [replace(FIRST[0], text="我是演员"), *FIRST[1:]]
    runs = [run(production, tmp_path, FIRST, POINTS), run(production, tmp_path, better, POINTS[1:])]
    found = places(production, runs, [POINTS[1].id])
    assert found.counts == {"found": 3, "corrected": 1, "found_right": 1, "untouched": 1}
    assert found.untouched == (POINTS[2],)


def test_a_file_that_is_gone_leaves_it_unknown(production, tmp_path: Path) -> None:
    made = run(production, tmp_path, FIRST, POINTS)
    made.outputs[1].sha256 = "0" * 64
    assert places(production, [made], []) is None
