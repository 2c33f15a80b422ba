"""A restored home revives no link, session or password, and an audit finds what a backup knows."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select
from toys import TOYS

from pipeline.preservation.audit import audit, entries_of_backup
from pipeline.preservation.backup import back_up
from pipeline.preservation.restore import restore
from pipeline.repository.records import find_person
from pipeline.repository.tables import JournalRow, PauseRow
from pipeline.review.access import accounts
from pipeline.workflow.production import open_home
from pipeline.workflow.roster import add_episode, add_interviewee
from pipeline.workflow.scheduling.pause import pause

PASSWORD = "four words and more"


@pytest.fixture
def backed_up(production, tmp_path):
    """A production with an account, a session and a link, and a backup of it."""
    add_interviewee(production, "bai-yin", "白音", field="culture")
    add_episode(production, "bai-yin", "草原")
    accounts.set_password(production, "孙编辑", PASSWORD, by="管理员")
    with production.ledger.read() as session:
        person = find_person(session, "孙编辑").id
    token = accounts.open_session(production, person_id=person)
    link = accounts.make_link(production, "bai-yin/01", by="赵制片")
    made = back_up(production, tmp_path / "backups")
    return made.folder, token, link


def test_links_sessions_and_passwords_end(backed_up, tmp_path):
    folder, token, link = backed_up
    made = restore(folder, tmp_path / "new", TOYS)
    assert made.ended == ("孙编辑",) and not made.audit.faults
    opened = open_home(tmp_path / "new", TOYS)
    assert accounts.authenticate(opened, token) is None
    assert accounts.find_link(opened, link.token) is None
    assert accounts.check_password(opened, "孙编辑", PASSWORD) is None
    accounts.set_password(opened, "孙编辑", "another few words", by="管理员")
    assert accounts.check_password(opened, "孙编辑", "another few words") is not None
    assert not audit(opened).faults
    opened.ledger.close()


def test_rows_cut_off_with_their_notes_are_found_against_a_backup(production, tmp_path):
    pause(production, by="钱导演")
    folder = back_up(production, tmp_path / "backups").folder
    known = entries_of_backup(folder)
    assert not audit(production, known=known).faults
    head_file = production.ledger.head_file
    with production.ledger.read() as session:
        last = session.scalars(select(JournalRow).order_by(JournalRow.id.desc())).first()
    with production.ledger._writer.begin() as connection:
        connection.execute(delete(PauseRow))
        connection.execute(delete(JournalRow).where(JournalRow.id == last.id))
    lines = head_file.path.read_text("utf-8").splitlines()
    kept = [line for line in lines if last.hash not in line]
    head_file.path.write_text("\n".join(kept) + "\n", "utf-8")
    (fault,) = audit(production, known=known).faults
    assert "kept elsewhere" in str(fault)
