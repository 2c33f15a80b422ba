"""What was requested, in which order it runs, and what pauses it."""
