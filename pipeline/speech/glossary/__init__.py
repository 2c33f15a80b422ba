"""The names and terms of a production: gathered, and put right where recognition misheard them.

entries.py gathers them, sounds.py compares syllables, context.py says how ordinary a text is,
correcting.py decides. fillers.py marks hesitation.
"""

from pipeline.speech.glossary.fillers import fillers_marked
from pipeline.speech.glossary.name_correction import corrected
from pipeline.speech.glossary.terms import Entry, gathered

__all__ = ["Entry", "corrected", "fillers_marked", "gathered"]
