"""Check and split edit lists at ingest."""

from __future__ import annotations

from pathlib import Path

from pipeline.editing.edit_lists import csv_table
from pipeline.editing.edit_lists.model import Line, list_error
from pipeline.editing.edit_lists.reader import read
from pipeline.i18n import _

__all__ = ["check_edit_list", "split_by_episode"]


def check_edit_list(path: Path) -> None:
    """Raise FormError, with the line, for a list that cannot be used.

    Sources and their lengths are checked only when the cut is conformed.
    """
    read(path)


def split_by_episode(path: Path) -> dict[int, str]:
    """Return canonical CSV for each episode of a list for an interviewee.

    Each text depends only on the lines of its episode. Raises FormError, also for an EDL or a list
    without episodes, which can be deposited for one episode only.
    """
    lines = read(path)
    parts: dict[int, list[Line]] = {}
    for line in lines:
        if not line.episode:
            raise list_error(
                path.name, None,
                _("the list does not say which episode it is for."),
                _("Deposit it for the episode, or add a column “episode”."),
            )  # fmt: skip
        parts.setdefault(line.episode, []).append(line)
    return {episode: csv_table.write(parts[episode]) for episode in sorted(parts)}
