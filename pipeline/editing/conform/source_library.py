"""The originals of an interviewee, each looked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pipeline.editing import edit_lists
from pipeline.editing.conform.source import Footage, SoundSource, open_footage, open_sound
from pipeline.editing.conform.sync import RecordingSync, SyncReference
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.errors import MediaError
from pipeline.stage import Artefact

__all__ = ["SourceLibrary"]


@dataclass
class SourceLibrary:
    """What an edit list may name. `starts` gives the start timecode of originals by their digest,
    `folder` is for what is needed meanwhile."""

    list_name: str
    originals: Sequence[Artefact]
    starts: Mapping[str, str | None]
    audio_stream: int
    folder: Path
    _looked: dict[tuple[str, bool], Footage] = field(default_factory=dict)
    _heard: dict[tuple[str, int], SoundSource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pairing = RecordingSync(self.folder)

    def named(self, line: edit_lists.Line, names: tuple[str, ...] = ()) -> Artefact:
        """Return the original a line names, or the one `names` mean."""
        return edit_lists.find_source(line, self.originals, self.list_name, names)

    def find(self, line: edit_lists.Line) -> Footage:
        """Return the source of a line, with its sound."""
        return self.look(self.named(line), sound=True)

    def look(self, found: Artefact, *, sound: bool) -> Footage:
        """Return a recording with picture and, if wanted, sound."""
        key = (found.sha256, sound)
        if key not in self._looked:
            self._looked[key] = open_footage(
                found.path, found.name, found.sha256, audio_stream=self.audio_stream, sound=sound
            )
        return self._looked[key]

    def listen(self, found: Artefact, track: int | None = None) -> SoundSource:
        """Return the sound of a recording, which need not have a picture."""
        chosen = self.audio_stream if track is None else track
        key = (found.sha256, chosen)
        if key not in self._heard:
            self._heard[key] = open_sound(found.path, found.name, found.sha256, audio_stream=chosen)
        return self._heard[key]

    def reel(self, held: Footage | SoundSource) -> edit_lists.Reel:
        """Return what must be known of a recording to find a place in it."""
        start = self.starts.get(held.sha256)
        if isinstance(held, Footage):
            return edit_lists.Reel(held.name, held.rate, held.frames, start)
        frames = round_half_up(Fraction(held.duration_ms, 1000) * held.rate)
        return edit_lists.Reel(held.name, held.rate, frames, start)

    def clock(self, found: Artefact) -> SyncReference:
        """Return what tells the time of a recording: any of its sounds, and its timecode."""
        begins_s = None
        if start := self.starts.get(found.sha256):
            begins_s = edit_lists.start_time_s(start, self.look(found, sound=False).rate)
        try:
            sound = self.listen(found, max(self.audio_stream, 0))
        except MediaError:
            sound = None  # a camera without a microphone
        return SyncReference(found.name, found.sha256, begins_s, sound)
