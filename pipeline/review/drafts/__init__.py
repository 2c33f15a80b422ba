"""Subtitles somebody is at work on: every change kept at once, none overwritten, merged forward.

A draft is the version a stage made and the changes people have made upon it since, cue by cue. A
change names what its author saw there; where somebody else has changed that cue meanwhile, nothing
of the save is taken and the author is told what stands there now. Finished, the draft becomes a
deposit. Where the stage makes a new version before that, the changes are carried onto it.
"""

from pipeline.review.drafts.model import MARKS, Change, Draft, DraftCue, EditConflictError
from pipeline.review.drafts.rebase import edited_by, version_of
from pipeline.review.drafts.repository import last_saved
from pipeline.review.drafts.service import (
    draft_upon,
    end,
    look,
    mark_again,
    numbered,
    open_draft,
    save,
    since,
)

__all__ = [
    "MARKS",
    "Change",
    "Draft",
    "DraftCue",
    "EditConflictError",
    "draft_upon",
    "edited_by",
    "end",
    "last_saved",
    "look",
    "mark_again",
    "numbered",
    "open_draft",
    "save",
    "since",
    "version_of",
]  # fmt: skip
