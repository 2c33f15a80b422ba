"""The names and terms of a production: gathered, and put right where recognition misheard them.

entries.py gathers them, sounds.py compares syllables, context.py says how ordinary a text is,
correcting.py decides. fillers.py marks hesitation.
"""

from pipeline.speech.glossary.fillers import mark_fillers
from pipeline.speech.glossary.name_correction import correct_names
from pipeline.speech.glossary.terms import Entry, collect_entries

__all__ = ["Entry", "collect_entries", "correct_names", "mark_fillers"]
