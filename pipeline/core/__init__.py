"""What everybody needs and nobody else knows of: files, time, progress, notifications."""
