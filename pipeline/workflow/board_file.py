"""The board at a glance, kept in the home's cache so that a new process need not survey it all.

The file holds nothing of value: it is made again when it is missing, unreadable or out of date.
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
from pipeline.workflow.board_cache import BoardCache, BoardSnapshot, BoardSource, columns
from pipeline.workflow.stage_state import StageState, StageSummary, Status

__all__ = ["BoardFile"]

log = logging.getLogger("chifeng.board")

_STATUS = {status.value: status for status in Status}
_WORTH_WRITING = 16
"""Subjects surveyed again since the file was written: fewer are quicker surveyed than written."""


class BoardFile(BoardCache[StageSummary]):
    """Keeps glances alone, and keeps them in the home's cache for the next process too."""

    def __init__(self) -> None:
        super().__init__()
        self._unwritten = 0

    def _keep(self, states: list[StageState]) -> list[StageSummary]:
        return [state.summary for state in states]

    def _recalled(
        self, production: BoardSource, context: str, rows: Sequence[SubjectRow]
    ) -> BoardSnapshot[StageSummary]:
        try:
            told = json.loads(_file(production).read_text("utf-8"))
            if told["context"] != context:
                return BoardSnapshot()
            marks = {table: (mark[0], mark[1]) for table, mark in told["marks"].items()}
            memory: BoardSnapshot[StageSummary] = BoardSnapshot(context, marks, told["day"])
            current = {row.id: row for row in rows}
            for values, asked, glances in told["subjects"]:
                row = current.get(values[0])
                if row is not None and columns(row) == tuple(values):
                    memory.rows[row.id] = tuple(values)
                    memory.asked[row.id] = dict(asked)
                    memory.shown[row.id] = _retold(glances, row, current, production.stages)
        except (OSError, ValueError, LookupError, TypeError):  # not there, or not by us
            return BoardSnapshot()
        return memory

    def _looked(
        self, production: BoardSource, memory: BoardSnapshot[StageSummary], again: int
    ) -> None:
        self._unwritten += again
        if self._unwritten < _WORTH_WRITING:
            return
        told = {
            "context": memory.context,
            "marks": memory.marks,
            "day": memory.day,
            "subjects": [
                [values, memory.asked[id_], [_told(glance) for glance in memory.shown[id_]]]
                for id_, values in memory.rows.items()
            ],
        }
        path = _file(production)
        beside = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(exist_ok=True)
            beside.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
            beside.replace(path)
            self._unwritten = 0
        except OSError as error:  # it only saves time
            log.warning("the board could not be kept for next time: %s", error)


def _file(production: BoardSource) -> Path:
    return production.folder / "cache" / f"board-{language()}.json"


def _told(glance: StageSummary) -> list[Any]:
    return [
        glance.status, glance.missing, glance.reason, glance.since_ms, glance.signers,
        glance.registered_by,
    ]  # fmt: skip


def _retold(
    told: list[list[Any]],
    row: SubjectRow,
    rows: Mapping[int, SubjectRow],
    stages: Sequence[AnyStage],
) -> list[StageSummary]:
    subject = subject_of(row, rows.get(row.parent_id or 0))
    own = [stage for stage in stages if stage.scope is subject.scope]
    return [
        StageSummary(
            stage, subject, _STATUS[status], tuple(missing), reason, since, tuple(signers), paper
        )
        for stage, (status, missing, reason, since, signers, paper) in zip(own, told, strict=True)
    ]
