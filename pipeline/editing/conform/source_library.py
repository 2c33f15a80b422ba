"""The originals of an interviewee, each opened once."""

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
    """The originals that an edit list may name. `starts` are their start timecodes by digest;
    `folder` is for temporary files."""

    list_name: str
    originals: Sequence[Artefact]
    starts: Mapping[str, str | None]
    audio_stream: int
    folder: Path
    _footage: dict[tuple[str, bool], Footage] = field(default_factory=dict)
    _sounds: dict[tuple[str, int], SoundSource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sync = RecordingSync(self.folder)

    def find(self, line: edit_lists.Line, names: tuple[str, ...] = ()) -> Artefact:
        """Return the original that a line names, or the one of `names`."""
        return edit_lists.find_source(line, self.originals, self.list_name, names)

    def footage(self, original: Artefact, *, sound: bool) -> Footage:
        """Return a recording with its picture and, with `sound`, its sound."""
        key = (original.sha256, sound)
        if key not in self._footage:
            self._footage[key] = open_footage(
                original.path,
                original.name,
                original.sha256,
                audio_stream=self.audio_stream,
                sound=sound,
            )
        return self._footage[key]

    def sound(self, original: Artefact, track: int | None = None) -> SoundSource:
        """Return the sound of a recording, with or without a picture."""
        stream = self.audio_stream if track is None else track
        key = (original.sha256, stream)
        if key not in self._sounds:
            self._sounds[key] = open_sound(
                original.path, original.name, original.sha256, audio_stream=stream
            )
        return self._sounds[key]

    def reel(self, recording: Footage | SoundSource) -> edit_lists.Reel:
        """Return the rate, length and start timecode of a recording."""
        start = self.starts.get(recording.sha256)
        if isinstance(recording, Footage):
            return edit_lists.Reel(recording.name, recording.rate, recording.frames, start)
        frames = round_half_up(Fraction(recording.duration_ms, 1000) * recording.rate)
        return edit_lists.Reel(recording.name, recording.rate, frames, start)

    def sync_reference(self, original: Artefact) -> SyncReference:
        """Return a sound track and the start time of a recording."""
        start_s = None
        if start := self.starts.get(original.sha256):
            start_s = edit_lists.start_time_s(start, self.footage(original, sound=False).rate)
        try:
            sound = self.sound(original, max(self.audio_stream, 0))
        except MediaError:
            sound = None  # a camera without a microphone
        return SyncReference(original.name, original.sha256, start_s, sound)
