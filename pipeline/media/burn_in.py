"""Burn subtitles into a picture, and mask or cut withheld passages.

Size, frame rate and colours of the picture stay. The sound is copied unless a passage is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ffmpeg

from pipeline.captions.cues import Cue, clock
from pipeline.core import progress
from pipeline.core.timebase import time_of
from pipeline.errors import MediaError, SubtitleError
from pipeline.i18n import _
from pipeline.media.ass_script import Canvas, Event, Overlay, build_script
from pipeline.media.audio_redaction import between_any, redact_audio
from pipeline.media.encoders import X264, select_encoder, upload_frames
from pipeline.media.ffmpeg import Probe, probe, run, source, version
from pipeline.media.fonts import (
    Font,
    FontFolder,
    describe_characters,
    find_font,
    font_folder,
    missing_glyphs,
)
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.redaction import RedactionPlan
from pipeline.media.render_cache import (
    THREADS,
    RenderCache,
    Segment,
    join_segments,
    segment_options,
)
from pipeline.repository.store import digest
from pipeline.settings import Burning, SubtitleStyle
from pipeline.stage import Finding

__all__ = ["burn", "canvas_for", "check_glyphs"]


def burn(
    picture: Path,
    target: Path,
    cues: Sequence[Cue],
    style: SubtitleStyle,
    options: Burning,
    *,
    withheld: RedactionPlan | None = None,
    card: str = "",
    titles: Sequence[Overlay] = (),
    sha256: str = "",
    cache: RenderCache | None = None,
) -> None:
    """Write `picture` with the cues on it to `target`, a fast-start MP4.

    The picture has a constant rate and its first frame at 0, as stage 4 makes it; `sha256` is its
    digest if known. The times of the cues and `titles` are those of the target, after the cuts of
    `withheld`; cues do not overlap. A masked passage shows `card` on black. Equal inputs give equal
    bytes with one build of ffmpeg, whatever `cache` holds. Raises SubtitleError if a character
    cannot be drawn or a cue begins after the end, MissingTool, ToolFailed.
    """
    found = probe(picture)
    canvas = canvas_for(found)
    withheld = withheld or RedactionPlan((), *rate_and_frame_count(picture))
    font = find_font(style.font)
    _require_drawable(cues, style)
    _require_within(cues, withheld.duration_ms)
    masks = withheld.output_masks_ms()
    events = [*_cue_events(cues), *((start, end, "Card", card) for start, end in masks)]
    cache = cache or RenderCache()
    with font_folder(font) as fonts:
        sources = (sha256 or digest(picture), digest(font.path), version())
        renderer = _SegmentRenderer(
            picture, found.video[0].index, sources, withheld, events, titles, style, font, canvas,
            options, select_encoder(options.encoder), fonts,
        )  # fmt: skip
        with progress.share(0.0, 0.95):
            segments = list(renderer.segments(cache.length_ms))
            files = cache.ensure(segments, _("burning in the subtitles"))
        media = source(picture)
        sound = [redact_audio(media[str(a.index)], a, withheld) for a in found.audio[:1]]
        sound_options = _sound_options(options, withheld)
        with progress.share(0.95, 1.0):
            join_segments(files, sound, target, withheld.rate, withheld.frames, **sound_options)
    cache.prune()


@dataclass(frozen=True)
class _SegmentRenderer:
    """Everything that decides the picture of the film; each segment is a part of it."""

    picture: Path
    stream: int
    sources: tuple[str, ...]
    withheld: RedactionPlan
    events: Sequence[Event]
    titles: Sequence[Overlay]
    style: SubtitleStyle
    font: Font
    canvas: Canvas
    options: Burning
    encoder: str
    fonts: FontFolder

    def segments(self, length_ms: int) -> Iterator[Segment]:
        """Yield the segments of the film, divided at fixed frames of the source picture."""
        length = max(round(length_ms * self.withheld.rate / 1000), 1)
        shown = 0
        for first in range(0, self.withheld.total, length):
            end = min(first + length, self.withheld.total)
            cuts = [(max(p.first, first), min(p.end, end)) for p in self.withheld.cuts]
            frames = end - first - sum(b - a for a, b in cuts if a < b)
            if frames:
                yield self._segment(first, end, shown, frames)
            shown += frames

    def _segment(self, first: int, end: int, shown: int, frames: int) -> Segment:
        rate = self.withheld.rate
        from_ms, to_ms = time_of(shown, rate), time_of(shown + frames, rate)
        events = [e for e in self.events if e[0] < to_ms and from_ms < e[1]]
        titles = [t for t in self.titles if t.start_ms < to_ms and from_ms < t.end_ms]
        text = build_script(events, self.style, self.font, self.canvas, titles)
        inside = [
            (p.action, max(p.first, first) - first, min(p.end, end) - first)
            for p in self.withheld.passages
            if p.first < end and first < p.end
        ]
        inputs = [
            self.sources, first, end, shown, str(rate), text, inside, self.options.crf,
            self.options.preset, THREADS,
        ]  # fmt: skip
        if self.encoder != X264:
            inputs.append(self.encoder)

        def encode(path: Path) -> None:
            with TemporaryDirectory(prefix="chifeng-burn-") as temporary:
                file = Path(temporary) / "burn.ass"
                file.write_text(text, "utf-8")
                self._encode(first, shown, frames, inside, file, path)

        return Segment(frames, inputs, encode)

    def _encode(
        self, first: int, shown: int, frames: int, inside: Sequence[tuple[str, int, int]],
        file: Path, path: Path,
    ) -> None:  # fmt: skip
        rate = self.withheld.rate
        stream = _from_frame(self.picture, self.stream, first, rate)
        stream = _redact_picture(stream, inside)
        # The script has times of the film; the segment starts at 0. Without rounding, 2.32 s would
        # be a tick less, and a cue that ends there would stay for one more frame.
        stream = stream.filter("setpts", expr=f"round((N+{shown})/({rate})/TB)")
        stream = stream.filter("ass", filename=str(file), fontsdir=str(self.fonts.path))
        stream = stream.filter("setpts", expr="PTS-STARTPTS")
        options = segment_options(self.options.crf, self.options.preset, rate, frames, self.encoder)
        stream = upload_frames(stream, self.encoder)
        run(
            ffmpeg.output(stream, str(path.absolute()), **options),
            duration_ms=round(frames * 1000 / rate),
            what=_("burning in the subtitles"),
            env=self.fonts.environment,
        )


def _from_frame(picture: Path, index: int, first: int, rate: Fraction) -> Any:
    """Return the picture from a frame on, selected by the file's own time stamps.

    Builds of ffmpeg count frames differently after a seek.
    """
    # Select from half a frame before, because times in files are rounded. Seek to a little after:
    # a segment often starts at a key frame, and the group before it need not be decoded.
    at = (Fraction(first) - Fraction(1, 2)) / rate
    input_options: dict[str, Any] = {"copyts": None}
    if first:
        near = f"{float((Fraction(first) + Fraction(1, 4)) / rate):.6f}"
        input_options |= {"ss": near, "noaccurate_seek": None, "seek_timestamp": 1}
    stream = source(picture, **input_options)[str(index)]
    return stream.filter("select", expr=f"gte(t,{float(at):.6f})")


def canvas_for(found: Probe) -> Canvas:
    """Return the canvas of the picture. Raises MediaError if there is no picture."""
    if not found.video:
        raise MediaError(_("There is no picture to put subtitles on."))
    video = found.video[0]
    return Canvas(video.display_width, video.display_height, video.frame_rate)


def check_glyphs(cues: Sequence[Cue], style: SubtitleStyle) -> tuple[Finding, ...]:
    """Return an error for each cue with characters that ffmpeg would burn as empty boxes.

    Raises MissingTool if the style's font is not installed.
    """
    font = find_font(style.font)
    message = _("The font “{font}” has no {characters}.")
    found = []
    for cue in cues:
        missing = missing_glyphs(font, cue.text)
        if missing:
            characters = describe_characters(missing)
            text = message.format(font=font.family, characters=characters)
            found.append(Finding("error", text, cue.start_ms, cue.end_ms))
    return tuple(found)


def _require_drawable(cues: Sequence[Cue], style: SubtitleStyle) -> None:
    for finding in check_glyphs(cues, style):
        raise SubtitleError(
            _("At {time}: {message}").format(
                time=clock(finding.start_ms or 0), message=finding.message
            ),
            remedy=_("Write it another way, or choose a font that has it."),
        )


def _require_within(cues: Sequence[Cue], duration_ms: int) -> None:
    """Refuse a cue that begins after the end. One that only ends late is shown until the end, and
    the verification reports it."""
    for number, cue in enumerate(cues, 1):
        if cue.start_ms >= duration_ms:
            raise SubtitleError(
                _("Cue {number} is to be shown at {time}, but the picture ends at {end}.").format(
                    number=number, time=clock(cue.start_ms), end=clock(duration_ms)
                ),
                remedy=_(
                    "Correct its times, or see whether subtitles and picture belong together."
                ),
            )


def _cue_events(cues: Sequence[Cue]) -> Iterator[Event]:
    for cue in cues:
        yield cue.start_ms, cue.end_ms, "Cue", cue.text


def _sound_options(options: Burning, withheld: RedactionPlan) -> dict[str, Any]:
    if withheld.passages:
        return {"c:a": "aac", "b:a": options.audio_bitrate}
    return {"c:a": "copy"}


def _redact_picture(stream: Any, inside: Sequence[tuple[str, int, int]]) -> Any:
    """Mask and cut ranges of frames, counted from the first of the stream."""
    masks = [(first, end - 1) for action, first, end in inside if action == "mask"]
    cuts = [(first, end - 1) for action, first, end in inside if action == "cut"]
    if masks:
        stream = stream.filter(
            "drawbox", x=0, y=0, w="iw", h="ih", color="black", t="fill",
            enable=between_any("n", masks),
        )  # fmt: skip
    if cuts:
        stream = stream.filter("select", expr=f"not({between_any('n', cuts)})")
    return stream
