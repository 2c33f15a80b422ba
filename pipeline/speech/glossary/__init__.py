"""The glossary: names and terms of a production, and their correction in recognised words.

terms.py collects them, phonetics.py compares syllables, word_likelihood.py rates a text as ordinary
Chinese, name_correction.py decides. fillers.py marks hesitation.
"""

from pipeline.speech.glossary.fillers import mark_fillers
from pipeline.speech.glossary.name_correction import correct_names
from pipeline.speech.glossary.terms import NAME_FIELDS, Entry, collect_entries

__all__ = ["NAME_FIELDS", "Entry", "collect_entries", "correct_names", "mark_fillers"]
