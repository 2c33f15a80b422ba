"""The names and terms of a production: gathered, and put right where recognition misheard them.

entries.py gathers them, sounds.py compares syllables, context.py says how ordinary a text is,
correcting.py decides. fillers.py marks hesitation.
"""

from pipeline.glossary.correcting import corrected
from pipeline.glossary.entries import Entry, gathered
from pipeline.glossary.fillers import fillers_marked

__all__ = ["Entry", "corrected", "fillers_marked", "gathered"]
