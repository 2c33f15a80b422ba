"""Commands that work on media files without a home."""
