"""Titles over the picture: what they say (wording), when (timing) and where (layout).

They lie over the film's own picture, so that every time in subtitles, transcript and withheld
passages stays as it is. Which there are stands in config/titles.toml.
"""

from pipeline.media.titles.render import title_overlays
from pipeline.media.titles.timing import opening_and_closing

__all__ = ["opening_and_closing", "title_overlays"]
