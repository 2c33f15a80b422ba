"""Fill a ledger as years of work would, in a minute: perform once, repeat for everybody else.

One interviewee and one episode go through the twelve stages by the machinery itself (only what the
stages make is a line of text), round after round. Their rows are then written again for every other
subject, with its own keys and with its own links in the chain of signatures, so that the survey
finds for all of them what it would had they been performed.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pipeline.kinds import KINDS
from pipeline.repository.records import SubjectRecords, find_subject, load_records, subject_of
from pipeline.repository.signoff_chain import chain_hash, verify_chain
from pipeline.repository.tables import DepositRow, OutputRow, RunRow, SignOffRow, SubjectRow
from pipeline.review.signoff import approve, send_back
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact, Role
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.run_key import work_key
from pipeline.workflow.status import field_arities

__all__ = ["fill", "light"]

ROUNDS = 5
_MODEL = "a-model"
_EPISODE = f"{_MODEL}/01"
_PEOPLE = {role: f"{role.value} {n}" for n, role in enumerate(Role) if role != Role.INTERVIEWEE}
_PEOPLE[Role.INTERVIEWEE] = "模范"


def light(stages: Sequence[AnyStage]) -> tuple[AnyStage, ...]:
    """Return the stages with the same needs and makes, making lines of text."""
    return tuple(replace(s, run=_writing(s), check=None) for s in stages)


def _writing(stage: AnyStage) -> Any:
    def run(needs: Any, _settings: Settings, folder: Path) -> Any:
        given = [a.sha256 for a in _artefacts(needs)]
        made: dict[str, Any] = {}
        for slug, arity in field_arities(stage.makes).items():
            path = folder / (slug + KINDS[slug].suffixes[0])
            consent = _consent() if slug == "interviewee_file" else {}
            path.write_text(json.dumps({"kind": slug, "from": given, **consent}), "utf-8")
            made[slug] = (path,) if arity == "many" else path
        return stage.makes(**made)

    return run


def _consent() -> dict[str, Any]:
    return {"consent": {
        "form_sha256": ["0" * 64], "signer": "模范", "signed_on": "2024-01-01",
        "uses": ["website", "broadcast", "book", "exhibition", "research"],
    }}  # fmt: skip


def _artefacts(needs: Any) -> Iterator[Artefact]:
    for value in vars(needs).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Artefact):
                yield one


def fill(production: Production, interviewees: int, episodes: int) -> None:
    """Fill an empty home. The stages must be `light`."""
    _perform(replace(production, deposit_checks={}))
    with production.ledger.write() as session:
        whole, _none = load_records(session, find_subject(session, _MODEL))
        episode, _parent = load_records(session, find_subject(session, _EPISODE))
        _repeat(production, session, whole, episode, interviewees, episodes)
        verify_chain(session)


def _perform(production: Production) -> None:
    for role, name in _PEOPLE.items():
        if role is not Role.INTERVIEWEE:
            add_person(production, name, [role])
    add_interviewee(production, _MODEL, _PEOPLE[Role.INTERVIEWEE], field="culture")
    add_episode(production, _MODEL, "童年")
    for n in range(ROUNDS):
        _round(production, _MODEL, ("contact_record", "consent_form", "consent_terms",
                                    "camera_originals"), n)  # fmt: skip
    for n in range(ROUNDS):
        _round(production, _EPISODE, ("finished_cut", "proofreading_correction"), n)


def _round(production: Production, slug: str, kinds: Sequence[str], n: int) -> None:
    if n and "/" in slug:
        last, first = production.stage("12"), production.stage("4")
        if all(state.passed for state in production.states(slug)):
            send_back(production, slug, last, first, _PEOPLE[Role.DIRECTOR], "again")
    for kind in kinds:
        path = production.folder / "work" / (kind + KINDS[kind].suffixes[0])
        path.write_text(f"{kind} {n}", "utf-8")
        deposits.deposit(production, slug, KINDS[kind], path, _PEOPLE[Role.CINEMATOGRAPHER])
    while True:
        gates = [s for s in advance(production, slug) if s.status == "gate"]
        if not gates:
            return
        for gate in gates:
            assert gate.stage.signed_by is not None
            approve(production, slug, gate.stage, _PEOPLE[gate.stage.signed_by])


@dataclass
class _Filling:
    """What is written so far: rows wait in lists, the chain goes on from `head`."""

    production: Production
    rows: dict[type[Any], list[dict[str, Any]]]
    numbers: dict[type[Any], Iterator[int]]
    head: str
    cuts: Iterator[int]


def _repeat(
    production: Production, session: Session, whole: SubjectRecords, episode: SubjectRecords,
    interviewees: int, episodes: int,
) -> None:  # fmt: skip
    tables = (SubjectRow, DepositRow, RunRow, OutputRow, SignOffRow)
    last = session.scalars(select(SignOffRow).order_by(SignOffRow.id.desc()).limit(1)).one()
    filling = _Filling(
        production, {table: [] for table in tables},
        {t: itertools.count((session.scalar(select(func.max(t.id))) or 0) + 1) for t in tables},
        last.hash, itertools.cycle(_last_times(episode)),
    )  # fmt: skip
    for n in range(1, interviewees):
        slug, name = f"p{n:04d}", f"受访者{n:04d}"
        parent = _subject(filling, slug, None, name, whole, n)
        _copy(filling, whole, parent, None, n, _end(whole))
        for number in range(1, episodes + 1):
            row = _subject(filling, f"{slug}/{number:02d}", parent, f"第{number}集", episode, n)
            _copy(filling, episode, row, parent, n, next(filling.cuts))
        for table, rows in filling.rows.items():
            if rows:
                session.execute(insert(table), rows)
            rows.clear()


def _end(facts: SubjectRecords) -> int:
    """Return the time of the last thing that happened."""
    return max(_last_times(facts))


def _last_times(facts: SubjectRecords) -> list[int]:
    """Return the times of what happened in the last round: where an episode may stand now."""
    begun = [row.at_ms for row in facts.deposits if row.kind in ("finished_cut", "contact_record")]
    times = [r.finished_ms for r in facts.runs] + [s.at_ms for s in facts.signoffs]
    return sorted(time for time in times if time >= begun[-1])


def _subject(
    filling: _Filling,
    slug: str,
    parent: SubjectRow | None,
    name: str,
    model: SubjectRecords,
    n: int,
) -> SubjectRow:
    row = SubjectRow(
        id=next(filling.numbers[SubjectRow]), slug=slug, parent_id=parent.id if parent else None,
        name=name, field=model.subject.field, phase=model.subject.phase,
        language=model.subject.language, number=int(slug[-2:]) if parent else 0,
        at_ms=model.at_ms - _shift_ms(n),
    )  # fmt: skip
    filling.rows[SubjectRow].append(_columns(row))
    return row


def _copy(
    filling: _Filling,
    model: SubjectRecords,
    row: SubjectRow,
    parent: SubjectRow | None,
    n: int,
    until: int,
) -> None:
    shift, rows, numbers = _shift_ms(n), filling.rows, filling.numbers
    for deposit in model.deposits:
        if deposit.at_ms <= until:
            rows[DepositRow].append(_columns(deposit) | {
                "id": next(numbers[DepositRow]), "subject_id": row.id,
                "at_ms": deposit.at_ms - shift,
            })  # fmt: skip
    for run in model.runs:
        if run.finished_ms <= until:
            id_ = next(numbers[RunRow])
            rows[RunRow].append(_columns(run) | {
                "id": id_, "subject_id": row.id, "key": _key(filling, model, run, row, parent),
                "started_ms": run.started_ms - shift, "finished_ms": run.finished_ms - shift,
            })  # fmt: skip
            rows[OutputRow].extend(
                _columns(made) | {"id": next(numbers[OutputRow]), "run_id": id_}
                for made in run.outputs
            )
    whom = (parent or row).name
    for signed in model.signoffs:
        if signed.at_ms <= until:
            again = SignOffRow(**_columns(signed) | {
                "id": next(numbers[SignOffRow]), "subject_id": row.id,
                "at_ms": signed.at_ms - shift, "previous_hash": filling.head,
                "person": whom if signed.role == Role.INTERVIEWEE else signed.person,
            })  # fmt: skip
            again.hash = filling.head = chain_hash(again)
            rows[SignOffRow].append(_columns(again))


def _key(
    filling: _Filling,
    model: SubjectRecords,
    run: RunRow,
    row: SubjectRow,
    parent: SubjectRow | None,
) -> str:
    stage = filling.production.stage(run.stage)
    bases = {(d.kind, d.sha256): d.base_sha256 for d in model.deposits}
    inputs = [
        replace(_named(kind, sha256, name), base=_named("", base, "") if base else None)
        for kind, sha256, name in run.inputs
        for base in [bases.get((kind, sha256))]
    ]
    rounds = sum(
        s.action == "send_back" and s.stage == run.stage and s.at_ms <= run.started_ms
        for s in model.signoffs
    )
    settings = filling.production.settings
    needed = "subject" in field_arities(stage.needs)
    assert run.key == work_key(stage, model.subject if needed else None, inputs, rounds, settings)
    subject = subject_of(row, parent) if needed else None
    return work_key(stage, subject, inputs, rounds, settings)


def _named(kind: str, sha256: str, name: str) -> Artefact:
    return Artefact(kind, sha256, name, Path(), 0)


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _shift_ms(n: int) -> int:
    return n * 3_600_000
