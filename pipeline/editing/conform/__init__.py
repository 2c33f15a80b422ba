"""Conform a cut: parts of recordings joined into one picture, to the frame, its sound levelled.

Parts are rendered one after the other, each source opened once for each part and decoded once,
so that neither the number of parts nor their length decides how much memory is needed. Sound is
cut to the sample that lies under each frame, measured as a whole, and levelled as a whole.
"""

from pipeline.editing.conform.assemble import join, join_sound
from pipeline.editing.conform.audio_sync import Match, side_by_side
from pipeline.editing.conform.cut_list import listed, whole
from pipeline.editing.conform.loudness import level
from pipeline.editing.conform.output_format import Frame, choose
from pipeline.editing.conform.remarks import Remark
from pipeline.editing.conform.render import Rendered, render
from pipeline.editing.conform.report import report
from pipeline.editing.conform.source import Cut, Sounding, listen, look

__all__ = [
    "Cut",
    "Frame",
    "Match",
    "Remark",
    "Rendered",
    "Sounding",
    "choose",
    "join",
    "join_sound",
    "level",
    "listed",
    "listen",
    "look",
    "render",
    "report",
    "side_by_side",
    "whole",
]
