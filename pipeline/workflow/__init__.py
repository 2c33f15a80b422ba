"""The workflow of a production: deriving the status, running stages, ingest, scheduling."""
