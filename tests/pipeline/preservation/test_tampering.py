"""Whatever is changed, removed, put in or moved past the program, the audit finds and names it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import JSON, Integer, String, delete, insert, select, update
from sqlalchemy.orm import Session
from toys import TOYS

from pipeline.errors import IntegrityError, RecordError
from pipeline.preservation.audit import audit, read_head
from pipeline.repository import journal
from pipeline.repository.signoff_chain import chain_hash, verify_chain
from pipeline.repository.tables import (
    AccountRow,
    Base,
    CodeRow,
    DraftRow,
    FailureRow,
    JournalRow,
    LinkRow,
    NoteRow,
    OutputRow,
    PauseRow,
    ReminderRow,
    RosterChangeRow,
    SignOffRow,
)
from pipeline.review.notes import add_note, reply
from pipeline.review.signoff import approve, send_back
from pipeline.stage import Role
from pipeline.workflow.executor import advance
from pipeline.workflow.production import open_home
from pipeline.workflow.roster import add_person
from pipeline.workflow.scheduling.requests import request

EPISODE = "wang-guilan/01"
TABLES = [t for t in Base.metadata.sorted_tables if t.name not in ("journal", "session")]
"""All but who is signed in at the moment, which says nothing about the work."""
NAMES = [t.name for t in TABLES]

UNIQUE = {
    "person": "name", "subject": "slug", "run": "key", "signoff": "hash", "link": "token_sha256",
}  # fmt: skip


@pytest.fixture
def filled(production, bring):
    """The toy episode, signed, sent back and annotated: at least two rows in every table."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("4"), "钱导演")
    advance(production, EPISODE)
    send_back(production, EPISODE, production.stage("7"), production.stage("7"), "孙编辑", "错字")
    advance(production, EPISODE)
    request(production, EPISODE)
    request(production, EPISODE)
    note = add_note(production, EPISODE, "孙编辑", "地名", kind="picture", sha256="0" * 64,
                 start_ms=0, end_ms=1)  # fmt: skip
    reply(production, note, "钱导演", "问过了")
    with production.ledger.write() as session:
        for n in range(2):
            session.add(FailureRow(subject_id=1, stage="s", key="k", message=f"{n}", at_ms=n))
            session.add(ReminderRow(subject_id=1, stage="s", channel="c", day=f"{n}", since_ms=n,
                                    failed=False, at_ms=n))  # fmt: skip
            session.add(AccountRow(person_id=1, password_hash=f"{n}", by="赵制片", at_ms=n))
            session.add(LinkRow(subject_id=2, token_sha256=f"{n}", code_hash=f"{n}", attempts=0,
                                by="孙编辑", at_ms=n, expires_ms=n))  # fmt: skip
            session.add(PauseRow(paused=n == 0, by="钱导演", reason=f"{n}", at_ms=n))
            session.add(CodeRow(person_id=1, subject_id=2, stage="s", shown="x", code_hash=f"{n}",
                                attempts=0, at_ms=n, expires_ms=n))  # fmt: skip
            session.add(RosterChangeRow(person_id=1, subject_id=2, what="name", before=f"{n}",
                                        after="x", reason="r", by="x", at_ms=n))  # fmt: skip
            session.add(DraftRow(subject_id=2, kind="k", base_sha256="b", cue=f"{n}", before=None,
                                 after={"text": f"{n}"}, key="k", person="孙编辑",
                                 at_ms=n))  # fmt: skip
    add_person(production, "赵制片", [Role.EDITOR])  # the one kind of row that is changed by right
    return production


class _Undone(Exception):
    pass


@contextmanager
def tampering(production) -> Iterator[Session]:
    """Write past the journal, and have it undone afterwards."""
    with suppress(_Undone), production.ledger.write() as session:
        yield session
        raise _Undone


def faults(production, session: Session) -> list[str]:
    head_file = production.ledger.head_file
    found = journal.find_faults(session, head_file, head_file.entries())
    return [error.what for error in found]


def table_of(name: str):
    return Base.metadata.tables[name]


def other(value: object, column) -> object:
    """Return another value that the database takes in this column."""
    if column.foreign_keys:
        return 2 if value != 2 else 1
    if value is None:
        return {Integer: 1, JSON: ["x"], String: "x"}[column.type._type_affinity]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    if isinstance(value, list):
        return [*value, ["more", "0" * 64]]
    if isinstance(value, dict):
        return {**value, "host": "another"}
    return f"{value or ''}x"


def test_an_honest_ledger_passes(filled):
    found = audit(filled)
    assert found.faults == ()
    assert (found.signoffs, found.files) == (3, 5)
    with filled.ledger.read() as session:
        entered = set(session.scalars(select(JournalRow.of_table)))
        assert found.entries == len(session.scalars(select(JournalRow.id)).all())
    assert entered == set(NAMES), "every table is under the journal, and this test fills every one"


def test_any_column_of_any_table_changed(filled):
    for table in TABLES:
        _any_column_of_any_table_changed(filled, table.name, table)


def _any_column_of_any_table_changed(filled, name, table) -> None:
    for column in table.columns:
        if column.name == "id":
            continue
        with tampering(filled) as session:
            row = session.execute(select(table).order_by(table.c.id).limit(1)).mappings().one()
            new = other(row[column.name], column)
            session.execute(update(table).where(table.c.id == row["id"]).values({column: new}))
            said = faults(filled, session)
            assert said == [f"Row {row['id']} of “{name}” was changed."], column.name


def test_a_row_of_any_table_removed(filled):
    for table in TABLES:
        _a_row_of_any_table_removed(filled, table.name, table)


def _a_row_of_any_table_removed(filled, name, table) -> None:
    with tampering(filled) as session:
        last = session.scalar(select(table.c.id).order_by(table.c.id.desc()).limit(1))
        if name == "run":
            session.execute(delete(OutputRow).where(OutputRow.run_id == last))
        session.execute(delete(table).where(table.c.id == last))
        assert f"Row {last} of “{name}” was removed." in faults(filled, session)


def test_a_row_of_any_table_put_in(filled):
    for table in TABLES:
        _a_row_of_any_table_put_in(filled, table.name, table)


def _a_row_of_any_table_put_in(filled, name, table) -> None:
    unique = UNIQUE.get(name)
    with tampering(filled) as session:
        row = session.execute(select(table).order_by(table.c.id.desc()).limit(1)).mappings().one()
        again = dict(row) | {"id": 1000} | ({unique: "another"} if unique else {})
        if name == "subject":
            again["number"] = 99
        session.execute(insert(table).values(again))
        assert faults(filled, session) == [f"Row 1000 of “{name}” was put in past the program."]


def test_two_rows_of_any_table_exchanged(filled):
    for table in TABLES:
        _two_rows_of_any_table_exchanged(filled, table.name, table)


def _two_rows_of_any_table_exchanged(filled, name, table) -> None:
    with tampering(filled) as session:
        rows = session.execute(select(table).order_by(table.c.id).limit(2)).mappings().all()
        one, two = ({k: v for k, v in row.items() if k != "id"} for row in rows)
        first, second = (row["id"] for row in rows)
        parked = {k: f"parked {v}" for k, v in one.items() if k == UNIQUE.get(name)}
        for id_, values in ((first, parked), (second, one), (first, two)):
            if values:
                session.execute(update(table).where(table.c.id == id_).values(values))
        said = faults(filled, session)
        assert said[:2] == [f"Row {n} of “{name}” was changed." for n in (first, second)]


def test_an_entry_of_the_journal_changed(filled):
    for column in table_of("journal").columns:
        with tampering(filled) as session:
            found = getattr(session.get_one(JournalRow, 3), column.key)
            value = 1000 if column.key == "id" else other(found, column)
            session.execute(update(JournalRow).where(JournalRow.id == 3).values({column: value}))
            assert faults(filled, session) == ["The journal was tampered with at entry 3."]


def test_an_entry_of_the_journal_removed(filled):
    with tampering(filled) as session:
        session.execute(delete(JournalRow).where(JournalRow.id == 3))
        assert faults(filled, session) == ["The journal was tampered with at entry 3."]


def test_the_end_cut_off_with_its_entries(filled):
    """The chains that are left are whole, but somebody else remembers how long they were."""
    with tampering(filled) as session:
        last = session.scalars(select(SignOffRow.id).order_by(SignOffRow.id.desc())).first()
        entry = session.scalar(
            select(JournalRow.id).where(JournalRow.of_table == "signoff", JournalRow.of_id == last)
        )
        for later in session.execute(select(JournalRow).where(JournalRow.id >= entry)).scalars():
            table = table_of(later.of_table)
            session.execute(delete(OutputRow).where(OutputRow.run_id == later.of_id)
                            if table.name == "run" else select(1))  # fmt: skip
            session.execute(delete(NoteRow).where(NoteRow.parent_id == later.of_id)
                            if table.name == "note" else select(1))  # fmt: skip
            session.execute(delete(table).where(table.c.id == later.of_id))
            session.execute(delete(JournalRow).where(JournalRow.id == later.id))
        session.expire_all()
        assert verify_chain(session) == last - 1
        said = faults(filled, session)
        assert "is not the one that was noted when it was written" in said[0]


def test_everything_written_anew(filled):
    """Whoever computes all hashes again still does not have those that were noted."""
    with tampering(filled) as session:
        session.execute(update(NoteRow).where(NoteRow.id == 1).values(text="another"))
        session.execute(delete(JournalRow))
        journal.enter_all_rows(session.connection())
        (said,) = faults(filled, session)
        assert "is not the one that was noted when it was written" in said


def test_a_line_cut_short_in_the_notes_is_no_tampering(filled):
    witness = filled.ledger.head_file
    with witness.path.open("a", encoding="utf-8") as file:
        file.write("12")
    assert audit(filled, files=False).faults == ()
    add_person(filled, "周编辑", [Role.EDITOR])
    assert audit(filled, files=False).faults == ()
    assert max(witness.entries()) == audit(filled, files=False).entries
    add_person(filled, "吴编辑", [Role.EDITOR])
    assert audit(filled, files=False).faults == ()


def test_a_list_of_entries_that_is_gone_or_cut_is_missed(filled):
    path, whole = filled.ledger.head_file.path, filled.ledger.head_file.path.read_text("utf-8")
    for left in ("", whole[: len(whole) // 2], None):
        path.unlink() if left is None else path.write_text(left, "utf-8")
        (fault,) = audit(filled, files=False).faults
        assert "journal.txt" in fault.what and "--against" in fault.remedy
    opened = open_home(filled.folder, TOYS)  # to open it heals nothing
    assert audit(opened, files=False).faults
    opened.ledger.close()


def test_a_process_killed_after_the_commit_is_no_tampering(filled, monkeypatch):
    monkeypatch.setattr(type(filled.ledger.head_file), "note", lambda self, entry: None)
    add_person(filled, "周编辑", [Role.EDITOR])
    assert audit(filled, files=False).faults == ()


def test_a_head_that_was_written_down_is_looked_for(filled):
    head = read_head(audit(filled, files=False).head)
    add_person(filled, "周编辑", [Role.EDITOR])
    assert audit(filled, files=False, known=[head]).faults == ()
    (fault,) = audit(filled, files=False, known=[(head[0], "0" * 16)]).faults
    assert "kept elsewhere" in fault.what


def test_what_is_written_during_an_audit_is_no_tampering(filled):
    done = threading.Event()

    def write() -> None:
        for n in range(30):
            add_person(filled, f"周编辑{n}", [Role.EDITOR])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert audit(filled, files=False).faults == ()
    writer.join()


def test_a_sign_off_changed_breaks_their_own_chain_too(filled):
    for column in table_of("signoff").columns:
        with tampering(filled) as session:
            value = other(getattr(session.get_one(SignOffRow, 2), column.key), column)
            session.execute(update(SignOffRow).where(SignOffRow.id == 2).values({column: value}))
            session.expire_all()
            with pytest.raises(RecordError, match="at entry 2"):
                verify_chain(session)


def test_a_sign_off_forged_with_its_hash_breaks_the_next(filled):
    with tampering(filled) as session:
        row = session.get_one(SignOffRow, 2)
        row.person = "别人"
        forged = chain_hash(row)
        session.expunge(row)
        session.execute(
            update(SignOffRow).where(SignOffRow.id == 2).values(person="别人", hash=forged)
        )
        with pytest.raises(RecordError, match="at entry 3"):
            verify_chain(session)


def test_any_file_changed_or_removed_is_named(filled):
    with filled.ledger.read() as session:
        kept = [filled.store.path(o.sha256, o.suffix) for o in session.scalars(select(OutputRow))]
    for path in {*kept, filled.states(EPISODE)[0].inputs[0].path}:
        whole = path.read_bytes()
        path.chmod(0o644)
        for wrong in (whole[:-1] + b"?", whole + b" ", b"", None):
            if wrong is None:
                path.unlink()
            else:
                path.write_bytes(wrong)
            (fault,) = audit(filled).faults
            assert isinstance(fault, IntegrityError)
            assert fault.path == path
            assert ("is missing" in fault.what) == (wrong is None)
        path.write_bytes(whole)
    assert audit(filled).faults == ()


def test_one_file_in_the_place_of_another(filled):
    one, two = (s.outputs[0].path for s in filled.states(EPISODE)[:2])
    two.chmod(0o644)
    two.write_bytes(one.read_bytes() + b"x")
    assert [fault.path for fault in audit(filled).faults] == [two]
