"""What a draft is, and what must be true of a change to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.captions.cues import Cue
from pipeline.captions.formats.markup import clean, without_controls
from pipeline.captions.formats.reader import read
from pipeline.captions.revision.merge import Conflict
from pipeline.errors import InputError, SignOffError, SubtitleError
from pipeline.i18n import _
from pipeline.kinds import Kind
from pipeline.stage import Artefact

__all__ = [
    "MARKS", "Change", "Draft", "DraftCue", "EditConflictError", "conflicting_cues",
    "numbered_cues", "validate_change", "without_hidden_characters",
]  # fmt: skip

MARKS = ("", "right", "wrong", "withhold", "publish")
"""What an interviewee says of a cue: nothing yet, right, corrected, not to be published, or to be
published after all. A mark may give a reason: `withhold: my brother is still alive`."""

_LONGEST = 2_000  # characters of a cue; a slip of the paste key is not a subtitle
_LAST_MS = 48 * 3_600_000


@dataclass(frozen=True)
class DraftCue:
    """A cue as it stands. Times in milliseconds from the start of the episode."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    mark: str = ""

    @property
    def answer(self) -> str:
        """Return the mark without its reason."""
        return self.mark.partition(": ")[0]

    @property
    def reason(self) -> str:
        """Return the reason given with the mark, empty where there is none."""
        return self.mark.partition(": ")[2]


@dataclass(frozen=True)
class Change:
    """What became of one cue: `before` is what its author saw, None for a new one; `after` is what
    they made of it, None if they removed it."""

    cue: str
    before: DraftCue | None
    after: DraftCue | None


@dataclass(frozen=True)
class Draft:
    """Where the work stands. `number` grows with each change; `people` took part since it began.

    `conflicts` are places where changes were carried onto a new version that says something else;
    `settled` the ids of doubtful places that somebody looked at and found right.
    """

    slug: str
    kind: Kind
    base: Artefact
    cues: dict[str, DraftCue]
    number: int
    people: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    settled: frozenset[str] = frozenset()

    @property
    def has_changes(self) -> bool:
        """Tell whether its subtitles differ from the version it is made upon, marks aside."""
        return _unmarked(self.cues) != numbered_cues(self.base.path)

    def subtitles(self) -> list[Cue]:
        """Return the cues in order of time, without those that nobody could show."""
        cues = (
            Cue(c.start_ms, c.end_ms, clean(c.text), c.speaker)
            for c in self.cues.values()
            if clean(c.text).strip()
        )
        return sorted(cues)


class EditConflictError(SignOffError):
    """Somebody else has changed the same cues. `now` holds what stands there (None: removed),
    `people` who made it so."""

    def __init__(self, current: dict[str, DraftCue | None], people: dict[str, str]) -> None:
        super().__init__(
            _("{people} changed the same subtitle meanwhile.").format(
                people=", ".join(dict.fromkeys(people.values())) or _("Somebody")
            ),
            remedy=_("Yours is not lost: choose which of the two shall stand."),
        )
        self.current, self.people = current, people

    @property
    def details(self) -> dict[str, Any]:
        """Return what is told beside the message: the cues as they stand, and by whom."""
        now = {cue: asdict(there) if there else None for cue, there in self.current.items()}
        return {"now": now, "people": self.people}


def _unmarked(cues: dict[str, DraftCue]) -> dict[str, DraftCue]:
    return {key: replace(cue, mark="") for key, cue in cues.items()}


def without_hidden_characters(cue: DraftCue | None) -> DraftCue | None:
    """Return the cue without characters nobody sees and some databases refuse."""
    if cue is None:
        return None
    return replace(
        cue, text=without_controls(cue.text), speaker=without_controls(cue.speaker).strip(),
        mark=without_controls(cue.mark).strip(),
    )  # fmt: skip


def conflicting_cues(draft: Draft, changes: Sequence[Change]) -> dict[str, DraftCue | None]:
    """Return the cues that are not what the author of the changes saw, as they stand."""
    conflicting = {
        c.cue: draft.cues.get(c.cue) for c in changes if draft.cues.get(c.cue) != c.before
    }
    # Both made the same of it: there is nothing to choose between.
    wanted = {c.cue: c.after for c in changes}
    differing = any(wanted[cue] != current for cue, current in conflicting.items())
    return conflicting if differing else {}


def validate_change(change: Change) -> None:
    """Raise InputError for a cue that cannot be."""
    cue = change.after
    if not 0 < len(change.cue) <= 64:
        raise InputError(_("A subtitle needs a name."))
    if cue is None:
        return
    if not 0 <= cue.start_ms < cue.end_ms <= _LAST_MS:
        raise SubtitleError(
            _("The cue does not end after it starts."), remedy=_("Correct its times.")
        )
    if len(cue.text) > _LONGEST or len(cue.speaker) > 100:
        raise SubtitleError(
            _("The cue is longer than {limit} characters.").format(limit=_LONGEST),
            remedy=_("Divide it."),
        )
    if cue.answer not in MARKS or len(cue.reason) > _LONGEST:
        raise InputError(_("There is no mark “{mark}”.").format(mark=cue.mark[:40]))


def numbered_cues(path: Path) -> dict[str, DraftCue]:
    """Return the cues of a file under their numbers. Files in the store never change."""
    return _read(str(path))


@lru_cache(maxsize=64)
def _read(path: str) -> dict[str, DraftCue]:
    return {
        str(n): DraftCue(c.start_ms, c.end_ms, c.text, c.speaker)
        for n, c in enumerate(read(Path(path)), 1)
    }
