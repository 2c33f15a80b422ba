"""Keeping Prefect in agreement with the ledger."""
