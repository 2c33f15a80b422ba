"""Subtitles somebody is at work on: every change kept at once, none overwritten, merged forward.

A draft is the version a stage made and the changes people have made upon it since, cue by cue. A
change names what its author saw there; where somebody else has changed that cue meanwhile, nothing
of the save is taken and the author is told what stands there now. Finished, the draft becomes a
deposit. Where the stage makes a new version before that, the changes are carried onto it.
"""

from pipeline.review.drafts.model import MARKS, Change, Draft, DraftCue, EditConflictError
from pipeline.review.drafts.rebase import base_version, correction_kind
from pipeline.review.drafts.repository import latest_changes
from pipeline.review.drafts.service import (
    base_cues,
    changes_since,
    close_draft,
    draft_on,
    open_draft,
    refresh,
    restore_marks,
    save,
)

__all__ = [
    "MARKS",
    "Change",
    "Draft",
    "DraftCue",
    "EditConflictError",
    "base_cues",
    "base_version",
    "changes_since",
    "close_draft",
    "correction_kind",
    "draft_on",
    "latest_changes",
    "open_draft",
    "refresh",
    "restore_marks",
    "save",
]  # fmt: skip
