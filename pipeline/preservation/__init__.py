"""Preservation of a home: backup, restore, fixity checks, audit, and the log of these jobs."""
