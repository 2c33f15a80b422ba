"""Keep a journal of every row that is written, and begin it with those there are."""

import sqlalchemy as sa
from alembic import op

from pipeline.repository.journal import enter_all_rows

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("of_table", sa.String(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    enter_all_rows(op.get_bind())
