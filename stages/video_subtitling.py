"""Video subtitling: the proofread subtitles burned into the picture, and as captions for the web.

Needs the picture and the proofread subtitles; makes the film people will check, otherwise untouched
(same frames, same sound), and WebVTT. Nobody signs it: the technician and the interviewee look at
it in the next two steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import Settings
from pipeline.stage import Artefact, Scope, Stage, Subject
from pipeline.subtitles.reading import read
from pipeline.subtitles.writing import write_vtt
from pipeline.tools.burning import burn

__all__ = ["STAGE", "Makes", "Needs"]


@dataclass(frozen=True)
class Needs:
    """The cut episode and what is said in it."""

    subject: Subject
    picture: Artefact
    proofread_subtitles: Artefact


@dataclass(frozen=True)
class Makes:
    """The film with its subtitles."""

    subtitled_video: Path
    captions: Path


def run(needs: Needs, settings: Settings, folder: Path) -> Makes:
    """Burn the subtitles in and write them as WebVTT.

    Raises SubtitleError where a cue cannot be shown: a character the font lacks, a time beyond the
    end of the picture.
    """
    style = settings.style_for(needs.subject.language)
    cues = read(needs.proofread_subtitles.path)
    captions = write_vtt(cues, folder / "captions.vtt")
    film = folder / "subtitled.mp4"
    burn(needs.picture.path, film, cues, style, settings.burning, sha256=needs.picture.sha256)
    return Makes(film, captions)


STAGE = Stage(
    number=8,
    slug="video_subtitling",
    title="视频配字幕",
    scope=Scope.EPISODE,
    needs=Needs,
    makes=Makes,
    run=run,
    settings=("burning", "subtitles", "subtitle_styles"),
)
