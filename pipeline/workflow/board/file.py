"""The board's summaries in the home's cache, so that a new process need not derive them all.

The file may be deleted at any time: it is written again where it is missing, damaged or outdated.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.i18n import language
from pipeline.repository.records import subject_of
from pipeline.repository.tables import SubjectRow
from pipeline.stage import AnyStage
from pipeline.workflow.board.cache import BoardCache, BoardSnapshot, BoardSource, columns
from pipeline.workflow.stage_state import StageState, StageSummary, Status

__all__ = ["BoardFile"]

log = logging.getLogger("chifeng.board")

_WORTH_WRITING = 16
"""Subjects derived since the file was written: to derive fewer is quicker than to write it."""


class BoardFile(BoardCache[StageSummary]):
    """Keeps summaries alone, and keeps them in a file for the next process."""

    def __init__(self) -> None:
        super().__init__()
        self._unwritten = 0

    def _convert(self, states: list[StageState]) -> list[StageSummary]:
        return [state.summary for state in states]

    def _load(
        self, production: BoardSource, context: str, rows: Sequence[SubjectRow]
    ) -> BoardSnapshot[StageSummary]:
        try:
            content = json.loads(_file(production).read_text("utf-8"))
            if content["context"] != context:
                return BoardSnapshot()
            marks = {table: (mark[0], mark[1]) for table, mark in content["marks"].items()}
            snapshot: BoardSnapshot[StageSummary] = BoardSnapshot(context, marks, content["day"])
            current = {row.id: row for row in rows}
            for values, answers, summaries in content["subjects"]:
                row = current.get(values[0])
                if row is not None and columns(row) == tuple(values):
                    snapshot.rows[row.id] = tuple(values)
                    snapshot.answers[row.id] = dict(answers)
                    snapshot.states[row.id] = _read(summaries, row, current, production.stages)
        except (OSError, ValueError, LookupError, TypeError):  # not there, or not by us
            return BoardSnapshot()
        return snapshot

    def _save(
        self, production: BoardSource, snapshot: BoardSnapshot[StageSummary], derived: int
    ) -> None:
        self._unwritten += derived
        if self._unwritten < _WORTH_WRITING:
            return
        content = {
            "context": snapshot.context,
            "marks": snapshot.marks,
            "day": snapshot.day,
            "subjects": [
                [values, snapshot.answers[id_], [_as_list(s) for s in snapshot.states[id_]]]
                for id_, values in snapshot.rows.items()
            ],
        }
        path = _file(production)
        partial = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(exist_ok=True)
            partial.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
            partial.replace(path)
            self._unwritten = 0
        except OSError as error:  # it only saves time
            log.warning("the board could not be kept for next time: %s", error)


def _file(production: BoardSource) -> Path:
    return production.folder / "cache" / f"board-{language()}.json"


def _as_list(summary: StageSummary) -> list[Any]:
    return [
        summary.status, summary.missing, summary.reason, summary.since_ms, summary.signers,
        summary.registered_by,
    ]  # fmt: skip


def _read(
    summaries: list[list[Any]],
    row: SubjectRow,
    rows: Mapping[int, SubjectRow],
    stages: Sequence[AnyStage],
) -> list[StageSummary]:
    subject = subject_of(row, rows.get(row.parent_id or 0))
    own = [stage for stage in stages if stage.scope is subject.scope]
    return [
        StageSummary(
            stage, subject, Status(status), tuple(missing), reason, since, tuple(signers), paper
        )
        for stage, (status, missing, reason, since, signers, paper) in zip(
            own, summaries, strict=True
        )
    ]
