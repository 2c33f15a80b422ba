"""The toy stages as a flow process finds them: consent is not looked into, and one can be slow, or
held until there is a file “go” in the home.

Importing this changes the process it is imported in: it is for the processes of flows alone.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.settings import Settings
from toys import TOYS as _TOYS

__all__ = ["SLOW_S", "TOYS"]

SLOW_S = 4.0
"""How long the first version of the subtitles takes of a picture that says “slow”."""


FILM_S = 8.0
"""How long ffmpeg is at work on it where the picture says “film”."""


def _draft(needs: Any, settings: Settings, folder: Path) -> Any:
    text = needs.picture.path.read_text("utf-8")
    if "slow" in text:
        time.sleep(SLOW_S)
    while "held" in text and not Path(os.environ["CHIFENG_HOME"], "go").exists():
        time.sleep(0.1)
    if "film" in text:
        _film(folder / "film.mkv")
    return _TOYS[2].run(needs, settings, folder)


def _film(path: Path) -> None:
    import ffmpeg

    from pipeline.media.ffmpeg import run

    picture = f"testsrc2=size=64x64:rate=5:duration={FILM_S}"
    run(ffmpeg.input(picture, f="lavfi", re=None).output(str(path)), what="film")


TOYS = (*_TOYS[:2], replace(_TOYS[2], run=_draft), *_TOYS[3:])
