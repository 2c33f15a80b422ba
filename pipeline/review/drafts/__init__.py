"""Drafts of subtitles: each change is saved at once, conflicts are refused, bases are rebased.

A draft is a base version made by a stage and the changes people have made to it, cue by cue. A
change names the cue as its author saw it; where somebody else has changed that cue since, the whole
save is refused with the cue as it is now. A finished draft becomes a deposit. Where the stage makes
a new version before that, the changes are rebased onto it.
"""

from pipeline.review.drafts.model import (
    MARKS,
    Change,
    Draft,
    DraftCue,
    EditConflictError,
    without_hidden_characters,
)
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
    "MARKS", "Change", "Draft", "DraftCue", "EditConflictError", "base_cues", "base_version",
    "changes_since", "close_draft", "correction_kind", "draft_on", "latest_changes", "open_draft",
    "refresh", "restore_marks", "save", "without_hidden_characters",
]  # fmt: skip
