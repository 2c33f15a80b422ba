"""What people bring: deposits, uploads, voice notes."""
