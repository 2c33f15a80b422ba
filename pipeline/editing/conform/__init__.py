"""Conform a cut: join parts of recordings into one picture, to the frame, and level its sound.

Parts are rendered one after the other, so that memory depends neither on their number nor on their
length. Sound is cut to the sample under each frame; loudness is measured and set for the whole.
"""

from pipeline.editing.conform.assemble import join_parts, join_sound
from pipeline.editing.conform.audio_sync import SyncMatch, match_recordings
from pipeline.editing.conform.cut_list import cuts_from_list, named_originals, whole_recording
from pipeline.editing.conform.loudness import normalize_loudness
from pipeline.editing.conform.output_format import OutputFormat, choose_format
from pipeline.editing.conform.render import RenderedPart, render_part
from pipeline.editing.conform.report import edit_report
from pipeline.editing.conform.source import Cut, SoundSource, open_footage, open_sound
from pipeline.editing.remarks import Remark

__all__ = [
    "Cut",
    "OutputFormat",
    "Remark",
    "RenderedPart",
    "SoundSource",
    "SyncMatch",
    "choose_format",
    "cuts_from_list",
    "edit_report",
    "join_parts",
    "join_sound",
    "match_recordings",
    "named_originals",
    "normalize_loudness",
    "open_footage",
    "open_sound",
    "render_part",
    "whole_recording",
]
