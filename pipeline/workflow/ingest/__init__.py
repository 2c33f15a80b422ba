"""Ingest: deposits, uploads, voice notes."""
