"""Speech recognition: from sound to words with times. Start reading at recognition.py.

engines/base.py says what an engine is, engines/registry.py lists them, models/ finds their weights.
"""

from pipeline.speech.audio_extraction import extract_audio
from pipeline.speech.engines.base import Engine, RecognisedWindow, RecognitionOptions
from pipeline.speech.engines.registry import ENGINES, installed_engines, locate_engine, open_engine
from pipeline.speech.models.finder import Model, available_models, find_model
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
    "available_models",
    "extract_audio",
    "find_model",
    "import_model",
    "installed_engines",
    "locate_engine",
    "open_engine",
    "read_terms",
    "recognise",
    "unique",
]
