"""Speech recognition: from sound to words with times. Start reading at recognition.py.

protocol.py says what an engine is, engines.py lists them, models.py finds their weights.
"""

from pipeline.speech.audio_extraction import take_sound
from pipeline.speech.engines.base import Engine, RecognisedWindow, RecognitionOptions
from pipeline.speech.engines.registry import ENGINES, installed, open_engine, usable
from pipeline.speech.models.finder import Model, available, find_model
from pipeline.speech.models.importer import import_model
from pipeline.speech.prompt import read_terms, unique
from pipeline.speech.recognition import recognise
from pipeline.speech.result_cache import CachingEngine

__all__ = [
    "ENGINES",
    "CachingEngine",
    "Engine",
    "Model",
    "RecognisedWindow",
    "RecognitionOptions",
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
