"""Edit lists: which frames of which originals make an episode.

Ingest uses `check_edit_list` and `split_by_episode`, conforming uses `read` and `resolve_frames`.
Frames are counted from 0 at the first picture; an in point is the first frame kept, an out point
the first one not kept, as in every EDL.
"""

from pipeline.editing.edit_lists.model import Line, Sound
from pipeline.editing.edit_lists.reader import check_edit_list, read, split_by_episode
from pipeline.editing.edit_lists.source_match import (
    FrameRange,
    Reel,
    find_source,
    only_by_timecode,
    resolve_frames,
    sound_start_s,
    start_time_s,
    timecode_offset_s,
)

__all__ = [
    "FrameRange",
    "Line",
    "Reel",
    "Sound",
    "check_edit_list",
    "find_source",
    "only_by_timecode",
    "read",
    "resolve_frames",
    "sound_start_s",
    "split_by_episode",
    "start_time_s",
    "timecode_offset_s",
]
