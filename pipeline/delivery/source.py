"""What deliveries are made of: the released master and what was released with it.

The picture the master was made of is sealed. It is named here for one use: a version without
subtitles, from which what is withheld is taken as it was from the master (textless.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.core.artefacts.release_record import RedactedPassage, ReleaseRecord
from pipeline.core.timebase import frame_at
from pipeline.errors import NotReadyError
from pipeline.i18n import _
from pipeline.media.ffmpeg import Probe, probe
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.redaction import RedactedRange, RedactionPlan, Span
from pipeline.stage import Artefact
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import is_released

__all__ = ["Release", "load_release"]


@dataclass(frozen=True)
class Release:
    """The released files of one episode. `withheld` are the passages as the master was made without
    them, `uses` what the consent allows, `picture` the sealed picture, where it is known."""

    master: Path
    sha256: str
    captions: Path
    subtitles: Path
    cues: Sequence[Cue]
    withheld: RedactionPlan
    uses: tuple[str, ...]
    language: str
    probed: Probe
    rate: Fraction
    frames: int
    picture: Artefact | None = None

    @property
    def masks(self) -> tuple[Span, ...]:
        """Return the withheld passages that stay as a card, in milliseconds of the master."""
        return self.withheld.output_masks_ms()

    @classmethod
    def of(
        cls, master: Path, sha256: str, captions: Path, subtitles: Path, record: Path,
        picture: Artefact | None = None,
    ) -> Release:  # fmt: skip
        """Read what was released. Raises MediaError, SubtitleError."""
        released = ReleaseRecord.read(record)
        rate, frames = rate_and_frame_count(master)
        return cls(
            master, sha256, captions, subtitles, read(subtitles),
            _redaction_plan(released.withheld, rate, frames), released.consent.uses,
            released.subject.language if released.subject else "zh", probe(master), rate, frames,
            picture,
        )  # fmt: skip


def load_release(production: Production, slug: str) -> Release:
    """Return what was released of an episode, each file compared with its digest.

    Raises NotReadyError where it is not released, IntegrityError where a file differs.
    """
    states = production.states(slug)
    if not is_released(states):
        raise NotReadyError(
            _("{slug} is not released yet.").format(slug=slug),
            remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
        )
    outputs: dict[str, Artefact] = {a.kind: a for a in states[-1].outputs}
    kinds = ("master", "final_captions", "final_subtitles", "release_record")
    for kind in kinds:
        production.store.verify(outputs[kind].sha256, outputs[kind].place.suffix)
    master, captions, subtitles, record = (outputs[kind].path for kind in kinds)
    picture = next((a for a in states[-1].inputs if a.kind == "picture"), None)
    return Release.of(master, outputs["master"].sha256, captions, subtitles, record, picture)


def _redaction_plan(
    withheld: Sequence[RedactedPassage], rate: Fraction, frames: int
) -> RedactionPlan:
    """Return what was taken out; the record's times are before cuts, `frames` after."""
    passages = tuple(
        RedactedRange(frame_at(p.start_ms, rate), frame_at(p.end_ms, rate), p.action)
        for p in withheld
    )
    cut = sum(p.end - p.first for p in passages if p.action == "cut")
    return RedactionPlan(passages, rate, frames + cut)
