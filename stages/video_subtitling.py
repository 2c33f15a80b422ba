"""Video subtitling: the proofread subtitles burned into the picture, and as captions for the web.

Needs the picture and the proofread subtitles, and for titles who the interviewee is and when they
speak; makes the film people will check, otherwise untouched (same frames, same sound), and WebVTT.
Nobody signs it: the technician and the interviewee look at it in the next two steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_vtt
from pipeline.captions.words import read_words
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.documents.transcript import add_speakers
from pipeline.media.ass_script import Overlay
from pipeline.media.burn_in import burn, canvas_for
from pipeline.media.ffmpeg import probe
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.redaction import RedactionPlan
from pipeline.media.titles import TITLE_FIELDS, title_overlays
from pipeline.queues import Queue
from pipeline.settings import Settings
from pipeline.stage import Artefact, Scope, Stage, Subject

__all__ = ["STAGE", "Makes", "Needs"]


def _read_file(needs: Needs) -> IntervieweeFile | None:
    """Return what the titles use of the interviewee file."""
    if needs.interviewee_file is None:
        return None
    return IntervieweeFile.read(needs.interviewee_file.path).only(*TITLE_FIELDS)


@dataclass(frozen=True)
class Needs:
    """The cut episode and what is said in it; for titles, by whom and when."""

    subject: Subject
    picture: Artefact
    proofread_subtitles: Artefact
    interviewee_file: Artefact | None = None
    words: Artefact | None = None
    ONLY_WITH: ClassVar = {"interviewee_file": "titles", "words": "titles"}
    USES: ClassVar = {"interviewee_file": _read_file}


@dataclass(frozen=True)
class Makes:
    """The film with its subtitles."""

    subtitled_video: Path
    captions: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Burn the subtitles and titles in and write the subtitles as WebVTT.

    Raises SubtitleError where a cue or title cannot be shown: a character the font lacks, a time
    beyond the end of the picture, too long a title.
    """
    style = settings.style_for(needs.subject.language)
    cues = read(needs.proofread_subtitles.path)
    captions = write_vtt(cues, folder / "captions.vtt")
    film = folder / "subtitled.mp4"
    burn(
        needs.picture.path, film, cues, style, settings.burning,
        titles=_titles(needs, settings), sha256=needs.picture.sha256,
    )  # fmt: skip
    return Makes(film, captions)


def _titles(needs: Needs, settings: Settings) -> tuple[Overlay, ...]:
    file = _read_file(needs)
    if file is None or needs.words is None:
        return ()
    cues = add_speakers(read(needs.proofread_subtitles.path), read_words(needs.words.path).words)
    withheld = RedactionPlan((), *rate_and_frame_count(needs.picture.path))
    canvas = canvas_for(probe(needs.picture.path))
    return title_overlays(settings, needs.subject, file, cues, withheld, canvas)


STAGE = Stage(
    number=8,
    slug="video_subtitling",
    title="视频配字幕",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    settings=("burning", "subtitles", "subtitle_styles", "titles"),
    queue=Queue.RENDER,
)
