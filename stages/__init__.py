"""The work: the twelve stages, one module each."""
