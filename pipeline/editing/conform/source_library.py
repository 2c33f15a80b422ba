"""The originals of an interviewee, each opened once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from pipeline.editing import edit_lists
from pipeline.editing.conform.source import Footage, SoundSource, open_footage, open_sound
from pipeline.editing.conform.sync import RecordingSync, SyncReference
from pipeline.editing.edit_lists.timecode import round_half_up
from pipeline.errors import MediaError
from pipeline.i18n import _
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
        """Return the original that a line names, or the one of `names`; where cameras gave the
        name to several, the one that the timecodes of the line are in."""
        wanted = _own_times(line, names)

        def narrow(found: list[Artefact]) -> list[Artefact]:
            return self._with_timecode(wanted, found) if wanted else []

        return edit_lists.find_source(
            line, self.originals, self.list_name, names, narrow=narrow, describe=self._described
        )

    def _with_timecode(self, line: edit_lists.Line, found: list[Artefact]) -> list[Artefact]:
        try:
            reels = {o.sha256: self.reel(self._recording(o)) for o in found}
        except MediaError:
            return []
        chosen = edit_lists.only_by_timecode(line, reels)
        return [o for o in found if o.sha256 in chosen]

    def _recording(self, original: Artefact) -> Footage | SoundSource:
        try:
            return self.footage(original, sound=False)
        except MediaError:  # a sound recorder's
            return self.sound(original, max(self.audio_stream, 0))

    def _described(self, original: Artefact) -> str:
        start = self.starts.get(original.sha256)
        begins = _("timecode from {start}").format(start=start) if start else _("no timecode")
        return f"{original.name} ({original.sha256[:12]}, {begins})"

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


def _own_times(line: edit_lists.Line, names: tuple[str, ...]) -> edit_lists.Line | None:
    """Return the line with the times of what is looked for: its source, or the sound under it; None
    for what the list gives no times of."""
    if not names or names == line.names:
        return line
    sound = line.sound
    if sound is None or sound.names != names or sound.at is None:
        return None
    return replace(line, names=names, in_=sound.at, out=None, starts=sound.starts)
