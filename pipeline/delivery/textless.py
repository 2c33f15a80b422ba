"""The version without subtitles: of the sealed picture, without what is withheld.

It is made as the master was (pipeline/media/burn_in.py), without subtitles and titles, and checked
as the master was, before anything is made of it. It is never delivered itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.delivery.source import Release
from pipeline.errors import NotReadyError, ToolFailed
from pipeline.i18n import _
from pipeline.media.burn_in import burn
from pipeline.media.ffmpeg import probe
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.qc import Film, check_redaction
from pipeline.repository.store import digest
from pipeline.settings import Settings

__all__ = ["make_textless"]


def make_textless(released: Release, settings: Settings, folder: Path) -> Release:
    """Return the released files with a film without subtitles, made in `folder`, as the master.

    Raises NotReadyError where the picture is missing or is another, ToolFailed where anything
    withheld would be left.
    """
    picture = released.picture
    if picture is None or not picture.path.exists() or digest(picture.path) != picture.sha256:
        raise NotReadyError(
            _("The picture this episode was made of is missing or was changed."),
            remedy=_("Restore it from the backup, or choose a profile without a clean version."),
        )
    withheld, style = released.withheld, settings.style_for(released.language)
    if rate_and_frame_count(picture.path) != (withheld.rate, withheld.total):
        raise NotReadyError(
            _("The picture does not fit the released master."),
            remedy=_("Run the last step again, and have it signed."),
        )
    film = folder / "clean.mp4"
    burn(
        picture.path, film, (), style, settings.burning, withheld=withheld,
        card=settings.release.mask_text, sha256=picture.sha256,
    )  # fmt: skip
    for proof in check_redaction(Film(film, picture.path, (), (), style, withheld)):
        if proof.result != "pass":
            raise ToolFailed(
                _("A version without subtitles would show or sound what is withheld."),
                remedy=_("Nothing was handed out. Try again; if it fails again, report it."),
                detail=proof.name,
            )
    return replace(released, master=film, probed=probe(film))
