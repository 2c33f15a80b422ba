"""Burn subtitles into a picture, and put withheld passages out of sight and hearing, in one pass.

Everything else about the picture stays: size, frames, rate, colours; the sound is copied unless
something in it is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ffmpeg

from pipeline.errors import MediaError, SubtitleError
from pipeline.i18n import _
from pipeline.settings import Burning, SubtitleStyle
from pipeline.stage import Finding
from pipeline.subtitles.cues import Cue, clock
from pipeline.tools.ass import Canvas, Event, script
from pipeline.tools.ffmpeg import BITEXACT, AudioStream, Probe, probe, run, source
from pipeline.tools.fonts import locate, missing_glyphs, prepared
from pipeline.tools.looking import frames_of
from pipeline.withholding import Span, Withheld

__all__ = ["burn", "canvas_of", "undrawable"]

# x264 writes other bytes for another number of threads; six keep four cores busy.
_THREADS = 6
# Sound is muted in steps of a hundredth of a second, and as far around a passage as AAC spreads it:
# two of its frames.
_STEPS_PER_SECOND = 100
_SPREAD_SAMPLES = 2 * 1024


def burn(
    picture: Path,
    target: Path,
    cues: Sequence[Cue],
    style: SubtitleStyle,
    how: Burning,
    *,
    withheld: Withheld | None = None,
    card: str = "",
) -> None:
    """Write `picture` with the cues on it to `target`, an MP4 ready for the web.

    The cues' times are those of the target, after what `withheld` cuts. A masked passage shows
    `card` on black. Equal inputs give equal bytes with one build of ffmpeg. Raises SubtitleError
    if a character cannot be drawn or a cue lies beyond the end, MissingTool, ToolFailed.
    """
    found = probe(picture)
    canvas = canvas_of(found)
    withheld = withheld or Withheld((), *frames_of(picture))
    font = locate(style.font)
    _require_drawable(cues, style)
    _require_within(cues, withheld.duration_ms)
    masks = withheld.masks_after_ms()
    events = [*_cue_events(cues), *((start, end, "Card", card) for start, end in masks)]
    with prepared(font) as fonts, TemporaryDirectory(prefix="chifeng-burn-") as temporary:
        file = Path(temporary) / "burn.ass"
        file.write_text(script(events, style, font, canvas), "utf-8")
        media = source(picture)
        shown = _withhold_picture(media[str(found.video[0].index)], withheld)
        shown = shown.filter("ass", filename=str(file), fontsdir=str(fonts.path))
        sound = [_withhold_sound(media[str(a.index)], a, withheld) for a in found.audio[:1]]
        result = ffmpeg.output(shown, *sound, str(target.absolute()), **_options(how, withheld))
        run(
            result,
            duration_ms=withheld.duration_ms,
            what=_("burning in the subtitles"),
            env=fonts.environment,
        )


def canvas_of(found: Probe) -> Canvas:
    """Return what is written on. Raises MediaError if there is no picture."""
    if not found.video:
        raise MediaError(_("There is no picture to put subtitles on."))
    video = found.video[0]
    return Canvas(video.display_width, video.display_height, video.frame_rate)


def undrawable(cues: Sequence[Cue], style: SubtitleStyle) -> tuple[Finding, ...]:
    """Return an error for each cue with characters that ffmpeg would burn as empty boxes.

    Raises MissingTool if the style's font is not there at all.
    """
    font = locate(style.font)
    message = _("The font “{font}” has no {characters}.")
    found = []
    for cue in cues:
        missing = missing_glyphs(font, cue.text)
        if missing:
            characters = ", ".join(f"“{c}” (U+{ord(c):04X})" for c in missing)
            text = message.format(font=font.family, characters=characters)
            found.append(Finding("error", text, cue.start_ms, cue.end_ms))
    return tuple(found)


def _require_drawable(cues: Sequence[Cue], style: SubtitleStyle) -> None:
    for finding in undrawable(cues, style):
        raise SubtitleError(
            _("At {time}: {message}").format(
                time=clock(finding.start_ms or 0), message=finding.message
            ),
            remedy=_("Write it another way, or choose a font that has it."),
        )


def _require_within(cues: Sequence[Cue], duration_ms: int) -> None:
    """Refuse a cue that would never be shown. One that only ends late is shown until the end; the
    verification tells of it."""
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


def _options(how: Burning, withheld: Withheld) -> dict[str, Any]:
    sound: dict[str, Any] = {"c:a": "copy"}
    if withheld.passages:
        sound = {"c:a": "aac", "b:a": how.audio_bitrate}
    return {
        "c:v": "libx264",
        "crf": how.crf,
        "preset": how.preset,
        "threads": _THREADS,
        "fps_mode:v": "passthrough",
        "movflags": "+faststart",
        **sound,
        **BITEXACT,
    }


def _withhold_picture(stream: Any, withheld: Withheld) -> Any:
    if withheld.masks:
        stream = stream.filter(
            "drawbox", x=0, y=0, w="iw", h="ih", color="black", t="fill",
            enable=_any_of("n", [(p.first, p.end - 1) for p in withheld.masks]),
        )  # fmt: skip
    if withheld.cuts:
        gone = _any_of("n", [(p.first, p.end - 1) for p in withheld.cuts])
        stream = stream.filter("select", expr=f"not({gone})")
        stream = stream.filter("setpts", expr="N/FRAME_RATE/TB")
    return stream


def _withhold_sound(stream: Any, track: AudioStream, withheld: Withheld) -> Any:
    if withheld.masks:
        # The volume filter looks at the clock once for each block of samples: make them short.
        step = track.rate_hz // _STEPS_PER_SECOND
        around = 1 / _STEPS_PER_SECOND + _SPREAD_SAMPLES / track.rate_hz
        spans = [
            (start / 1000 - around, end / 1000 + around)
            for start, end in withheld.spans_ms(withheld.masks)
        ]
        stream = stream.filter("asetnsamples", n=step, p=0)
        stream = stream.filter("volume", volume=0, enable=_any_of("t", spans))
    if withheld.cuts:
        stream = _cut_sound(stream, track.rate_hz, withheld)
    return stream


def _cut_sound(stream: Any, rate_hz: int, withheld: Withheld) -> Any:
    """Join what is kept, to the sample. Each branch drops the rest at once: nothing piles up."""
    branches = stream.filter_multi_output("asplit", len(withheld.kept))
    parts = []
    for number, (first, end) in enumerate(withheld.kept):
        bounds = {"start_sample": round(first * rate_hz / withheld.rate)}
        if end < withheld.total:
            bounds["end_sample"] = round(end * rate_hz / withheld.rate)
        part = branches[number].filter("atrim", **bounds)
        parts.append(part.filter("asetpts", expr="PTS-STARTPTS"))
    return ffmpeg.concat(*parts, v=0, a=1)


def _any_of(variable: str, spans: Sequence[tuple[float, float] | Span]) -> str:
    """Return an ffmpeg expression that holds inside any of the spans, both ends included."""
    return "+".join(f"between({variable},{start:.6f},{end:.6f})" for start, end in spans)
