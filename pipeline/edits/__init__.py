"""Edit lists: which parts of which originals make an episode, to the frame.

`check_edit_list` and `split_by_episode` are for the door where lists come in; `read` and `resolve`
are for the stage that conforms the cut. Frames are counted from 0 at the first picture; an in
point is the first frame kept, an out point the first one not kept, as in every EDL.
"""

from pipeline.edits.doors import check_edit_list, split_by_episode
from pipeline.edits.lines import Line, Note, Sound
from pipeline.edits.reading import read
from pipeline.edits.resolving import Part, Reel, begins_s, find_source, resolve, shift, sound_at

__all__ = [
    "Line",
    "Note",
    "Part",
    "Reel",
    "Sound",
    "begins_s",
    "check_edit_list",
    "find_source",
    "read",
    "resolve",
    "shift",
    "sound_at",
    "split_by_episode",
]
