"""From what was deposited to cuts: all of a finished cut, or the lines of an edit list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from pipeline import edits
from pipeline.conform.footage import Cut, Footage, look
from pipeline.errors import FormError
from pipeline.i18n import _
from pipeline.stage import Artefact

__all__ = ["listed", "whole"]

Find = Callable[[edits.Line], Footage]


def whole(artefact: Artefact, audio_stream: int) -> Cut:
    """Return all of a recording. Raises MediaError."""
    footage = look(artefact.path, artefact.name, artefact.sha256, audio_stream=audio_stream)
    return Cut(footage, 0, footage.frames, to_end=True)


def listed(
    edit_list: Artefact,
    episode: int,
    originals: Sequence[Artefact],
    starts: Mapping[str, str | None],
    audio_stream: int,
) -> list[Cut]:
    """Return the parts an edit list names for this episode.

    `starts` gives the start timecode of originals by their digest. Raises FormError for a list
    that does not fit the originals, MediaError for an original that cannot be used.
    """
    seen: dict[str, Footage] = {}

    def find(line: edits.Line) -> Footage:
        found = edits.find_source(line, originals, edit_list.name)
        if found.sha256 not in seen:
            seen[found.sha256] = look(
                found.path, found.name, found.sha256, audio_stream=audio_stream
            )
        return seen[found.sha256]

    cuts = []
    for line in _lines(edit_list, episode, find):
        footage = find(line)
        start = starts.get(footage.sha256)
        reel = edits.Reel(footage.name, footage.rate, footage.frames, start)
        part = edits.resolve(line, reel, edit_list.name)
        cuts.append(Cut(footage, part.in_frame, part.out_frame, to_end=line.out is None))
    return cuts


def _lines(edit_list: Artefact, episode: int, find: Find) -> list[edits.Line]:
    name = edit_list.name
    lines = edits.read(edit_list.path, name=name)
    if PurePath(name).suffix.lower() == ".edl":
        lines = edits.read(edit_list.path, name=name, rate=find(lines[0]).rate)
        _refuse_mixed_rates({find(line) for line in lines}, name)
    own = [line for line in lines if line.episode in (0, episode)]
    if not own:
        raise FormError(
            _("{file} has no lines for episode {number}.").format(file=name, number=episode),
            remedy=_("Add them, or deposit the finished cut."),
        )
    return own


def _refuse_mixed_rates(sources: set[Footage], name: str) -> None:
    """An EDL counts all its sources at one rate and does not say which."""
    rates = sorted({footage.rate for footage in sources})
    if len(rates) > 1:
        raise FormError(
            _("{file} names recordings of different frame rates ({rates}).").format(
                file=name, rates=", ".join(f"{float(rate):.3f}" for rate in rates)
            ),
            remedy=_("Export the list as CSV with times, or deposit the finished cut."),
        )
