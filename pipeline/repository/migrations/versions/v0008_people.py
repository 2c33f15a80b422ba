"""Tell people apart by their ids: interviewees by their subject, names and roles with a history."""

import time

import sqlalchemy as sa
from alembic import op

from pipeline.repository.journal import enter_rows

revision = "0008"
down_revision = "0007"

_INTERVIEWEE = "interviewee"
_BY = "migration 0008"


def upgrade() -> None:
    op.create_table(
        "roster_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_roster_change_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_roster_change_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_change")),
    )
    for column in ("person_id", "subject_id"):
        op.create_index(op.f(f"ix_roster_change_{column}"), "roster_change", [column])
    # SQLite takes a foreign key with a new column, but not afterwards; PostgreSQL takes both.
    op.execute(
        "ALTER TABLE person ADD COLUMN subject_id INTEGER "
        "CONSTRAINT fk_person_subject_id REFERENCES subject (id)"
    )
    op.add_column("person", sa.Column("retired_ms", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_person_subject_id"), "person", ["subject_id"])
    op.add_column("signoff", sa.Column("evidence", sa.JSON(), nullable=True))
    op.add_column("link", sa.Column("code_by", sa.String(), nullable=True))
    _link_interviewees(op.get_bind())


def _link_interviewees(connection: sa.Connection) -> None:
    """Give every interviewee a person of their own.

    Earlier versions gave the account of a crew member to an interviewee who was called alike. The
    crew member keeps account, password and history, under a name that says what they do; the
    interviewee keeps the name, which the keys of runs hold.
    """
    metadata = sa.MetaData()
    metadata.reflect(connection, only=("person", "subject", "roster_change"))
    person, subject = metadata.tables["person"], metadata.tables["subject"]
    change = metadata.tables["roster_change"]
    entered: dict[str, list[int]] = {"person": [], "roster_change": []}
    interviewees = sa.select(subject).where(subject.c.parent_id.is_(None)).order_by(subject.c.id)
    for each in connection.execute(interviewees).all():
        found = connection.execute(sa.select(person).where(person.c.name == each.name)).first()
        if found is not None and set(found.roles) != {_INTERVIEWEE}:
            roles = [role for role in found.roles if role != _INTERVIEWEE]
            told_apart = _free_name(connection, person, each.name, roles)
            update = sa.update(person).where(person.c.id == found.id)
            connection.execute(update.values(name=told_apart, roles=roles))
            values = {
                "person_id": found.id, "what": "name", "before": each.name, "after": told_apart,
                "reason": "an interviewee is called alike", "by": _BY,
                "at_ms": time.time_ns() // 1_000_000,
            }  # fmt: skip
            made = connection.execute(sa.insert(change).values(values)).inserted_primary_key
            entered["roster_change"].append(made[0] if made else 0)
            entered["person"].append(found.id)
            found = None
        if found is None:
            values = {"name": each.name, "roles": [_INTERVIEWEE], "at_ms": each.at_ms}
            connection.execute(sa.insert(person).values(values))
        own = sa.update(person).where(person.c.name == each.name)
        connection.execute(own.values(subject_id=each.id))
        id_ = connection.scalar(sa.select(person.c.id).where(person.c.name == each.name))
        entered["person"].append(id_ or 0)
    enter_rows(connection, entered)


def _free_name(connection: sa.Connection, person: sa.Table, name: str, roles: list[str]) -> str:
    """Return a name that nobody has, which says what the person does."""
    taken = set(connection.scalars(sa.select(person.c.name)))
    found = told_apart = f"{name}（{'、'.join(roles) or 'crew'}）"
    number = 1
    while found in taken:
        number += 1
        found = f"{told_apart}{number}"
    return found
