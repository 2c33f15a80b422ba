"""Speech recognition: from sound to words with times. Start reading at recognition.py.

protocol.py says what an engine is, engines.py lists them, models.py finds their weights.
"""

from pipeline.tools.speech.engines import ENGINES, installed, open_engine, usable
from pipeline.tools.speech.extracting import take_sound
from pipeline.tools.speech.importing import import_model
from pipeline.tools.speech.models import Model, available, find_model
from pipeline.tools.speech.protocol import Engine, Heard, Listening
from pipeline.tools.speech.recognition import recognise
from pipeline.tools.speech.remembering import Remembering
from pipeline.tools.speech.terms import read_terms, unique

__all__ = [
    "ENGINES",
    "Engine",
    "Heard",
    "Listening",
    "Model",
    "Remembering",
    "available",
    "find_model",
    "import_model",
    "installed",
    "open_engine",
    "read_terms",
    "recognise",
    "take_sound",
    "unique",
    "usable",
]
