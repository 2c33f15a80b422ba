"""Looking after a home: backups, reading the store again, the weekly report."""
