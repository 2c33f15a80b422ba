"""Titles over the picture: what they say (wording), when (timing) and where (layout).

They lie over the film's own picture, so that every time in subtitles, transcript and withheld
passages stays as it is. Which there are stands in config/titles.toml.
"""

from pipeline.titles.drawing import titled
from pipeline.titles.timing import grounds

__all__ = ["grounds", "titled"]
