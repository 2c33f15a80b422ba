"""Commands that set up a home and look after it."""
