"""Stage 4, video editing (视频剪辑): from camera originals to the picture of one episode.

Needs either a finished cut, or an edit list that names parts of the originals; where both were
deposited, the later counts. Makes `picture`: H.264 at an even frame rate, upright, square pixels,
one AAC sound at the loudness of config/editing.toml, no subtitles; and `edit_report`, which says
where each part comes from. The director signs.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from pipeline.core.artefacts.edit_report import EditReport
from pipeline.core.artefacts.recording_report import RecordingReport
from pipeline.core.progress import share
from pipeline.editing import conform
from pipeline.queues import Queue
from pipeline.settings import Editing, Settings
from pipeline.stage import Artefact, Finding, Role, Scope, Stage, Subject


def _used_originals(needs: Needs) -> tuple[tuple[str, str], ...]:
    """Return digest and name of each original the edit list names; none with a finished cut.

    Raises FormError for a list that does not fit the originals.
    """
    if needs.edit_list is None:
        return ()
    used = conform.named_originals(needs.edit_list, needs.subject.number, needs.camera_originals)
    return tuple((original.sha256, original.name) for original in used)


def _used_starts(needs: Needs) -> tuple[tuple[str, str | None], ...]:
    """Return where the timecode of each of them begins, by the recording report."""
    starts = _starts(needs)
    return tuple((sha256, starts.get(sha256)) for sha256, _name in _used_originals(needs))


def _starts(needs: Needs) -> dict[str, str | None]:
    report = RecordingReport.read(needs.recording_report.path)
    return {original.sha256: original.start_timecode for original in report.originals}


@dataclass(frozen=True)
class Needs:
    """What was recorded, and how it is to be cut: by a list, or done elsewhere."""

    subject: Subject
    recording_report: Artefact
    camera_originals: tuple[Artefact, ...]
    edit_list: Artefact | None
    finished_cut: Artefact | None
    ONE_OF: ClassVar = (("edit_list", "finished_cut"),)
    USES: ClassVar = {"camera_originals": _used_originals, "recording_report": _used_starts}
    LASTING: ClassVar = {"recording_report": ("camera_originals",)}


@dataclass(frozen=True)
class Makes:
    """The cut episode, and where each part of it comes from."""

    picture: Path
    edit_report: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Conform the cut and level its sound.

    Raises FormError for an edit list that does not fit the originals, MediaError for recordings
    that lack picture or sound, have several sounds to choose from, or break off.
    """
    editing = settings.editing
    made_from = needs.finished_cut or needs.edit_list
    assert made_from is not None, "ONE_OF"
    picture = folder / "picture.mp4"
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        parts_folder = Path(temporary)
        cuts = _cuts(needs, editing.audio_stream, parts_folder)
        frame = conform.choose_format(cuts, editing.frame_rate)
        parts = _render(cuts, frame, editing, parts_folder)
        samples = conform.join_sound(parts, frame, parts_folder / "sound.f32")
        sound = parts_folder / "sound.m4a"
        with share(0.8, 0.95):
            levels = conform.normalize_loudness(samples, sound, editing)
        with share(0.95, 1.0):
            conform.join_parts(parts, frame, sound, picture, parts_folder)
    report = conform.edit_report(made_from, parts, frame, levels, editing)
    return Makes(picture, report.write(folder / "edit_report.json"))


def check(makes: Makes, _settings: Settings) -> tuple[Finding, ...]:
    """Return the remarks of the report."""
    remarks = EditReport.read(makes.edit_report).findings
    return tuple(Finding(r.level, r.text) for r in remarks)


def _cuts(needs: Needs, audio_stream: int, folder: Path) -> list[conform.Cut]:
    if needs.finished_cut:
        return [conform.whole_recording(needs.finished_cut, audio_stream)]
    assert needs.edit_list is not None
    return conform.cuts_from_list(
        needs.edit_list, needs.subject.number, needs.camera_originals, _starts(needs),
        audio_stream, folder,
    )  # fmt: skip


def _render(
    cuts: list[conform.Cut], frame: conform.OutputFormat, editing: Editing, folder: Path
) -> list[conform.RenderedPart]:
    whole = sum(cut.frames / cut.footage.rate for cut in cuts)
    parts, done = [], Fraction(0)
    for number, cut in enumerate(cuts):
        start, done = done, done + cut.frames / cut.footage.rate
        with share(float(start / whole) * 0.8, float(done / whole) * 0.8):
            parts.append(conform.render_part(cut, frame, editing, folder, number))
    return parts


STAGE = Stage(
    number=4,
    slug="video_editing",
    title="视频剪辑",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    signed_by=Role.DIRECTOR,
    settings=("editing",),
    check=check,
    queue=Queue.RENDER,
)
