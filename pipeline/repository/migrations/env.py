"""Run the migrations on the connection ledger.py hands over."""

from alembic import context

from pipeline.repository.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
