"""The names and terms of a production: gathered, and put right where recognition misheard them.

entries.py gathers them, sounds.py compares syllables, context.py says how ordinary a text is,
correcting.py decides.
"""

from pipeline.glossary.correcting import corrected
from pipeline.glossary.entries import Entry, gathered

__all__ = ["Entry", "corrected", "gathered"]
