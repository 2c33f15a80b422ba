"""Alembic migrations of the ledger; ledger.py runs them when a home is opened."""
