"""Titles over the picture: their text, timing and layout, as configured in config/titles.toml.

They are drawn over the film, so that no time of subtitles, transcript or withheld passages changes.
"""

from pipeline.media.titles.render import title_overlays
from pipeline.media.titles.text import TITLE_FIELDS
from pipeline.media.titles.timing import opening_and_closing

__all__ = ["TITLE_FIELDS", "opening_and_closing", "title_overlays"]
