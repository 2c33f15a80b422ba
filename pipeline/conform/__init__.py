"""Conform a cut: parts of recordings joined into one picture, to the frame, its sound levelled.

Parts are rendered one after the other, each source opened once for each part and decoded once,
so that neither the number of parts nor their length decides how much memory is needed. Sound is
cut to the sample that lies under each frame, measured as a whole, and levelled as a whole.
"""

from pipeline.conform.footage import Cut, Sounding, listen, look
from pipeline.conform.frames import Frame, choose
from pipeline.conform.joining import join, join_sound
from pipeline.conform.levelling import level
from pipeline.conform.listing import listed, whole
from pipeline.conform.parts import Rendered, render
from pipeline.conform.remarks import Remark
from pipeline.conform.reporting import report
from pipeline.conform.synchrony import Match, side_by_side

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
