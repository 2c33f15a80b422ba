"""What the command line does not show of a home: the keys of the work, and unfinished subtitles."""

from __future__ import annotations

from pathlib import Path

from pipeline.review import drafts
from pipeline.workflow.production import open_home
from pipeline.workflow.roster import subjects
from stages import STAGES

__all__ = ["draft_texts", "work_keys"]


def work_keys(folder: Path) -> dict[str, dict[str, str]]:
    """Return the key of every stage's work as it is computed now, by subject and stage."""
    home = open_home(folder, STAGES)
    try:
        return {
            row.slug: {state.stage.slug: state.key for state in home.states(row.slug)}
            for row in subjects(home)
        }
    finally:
        home.ledger.close()


def draft_texts(folder: Path, slug: str, stage: str, person: str) -> list[str]:
    """Return the texts of the subtitles that `person` has not finished."""
    home = open_home(folder, STAGES)
    try:
        draft = drafts.open_draft(home, slug, home.stage(stage), person)
        return [cue.text for cue in draft.subtitles()]
    finally:
        home.ledger.close()
