"""Make the overlays of an episode's titles from their text, times and layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.captions.cues import Cue
from pipeline.core.artefacts.interviewee_file import IntervieweeFile
from pipeline.errors import SubtitleError
from pipeline.i18n import _
from pipeline.media.ass_script import Canvas, Overlay, cue_top
from pipeline.media.fonts import Font, describe_characters, find_font, missing_glyphs
from pipeline.media.redaction import RedactionPlan, Span
from pipeline.media.titles.layout import Block, lay_out
from pipeline.media.titles.text import Line, placeholder_values, title_lines
from pipeline.media.titles.timing import title_times
from pipeline.settings import Settings, SubtitleStyle, Title
from pipeline.stage import Subject

__all__ = ["title_overlays"]


def title_overlays(
    settings: Settings,
    subject: Subject,
    file: IntervieweeFile,
    cues: Sequence[Cue],
    withheld: RedactionPlan,
    canvas: Canvas,
) -> tuple[Overlay, ...]:
    """Return the titles of an episode as overlays to burn in, in the font of its subtitles.

    Reads the settings `titles`, `subtitles` and `subtitle_styles`. The cues are those of the film,
    with their speakers if known. Raises SubtitleError if a character cannot be drawn or a title
    does not fit into the picture.
    """
    style = settings.style_for(subject.language)
    font = find_font(style.font)
    values = placeholder_values(settings.titles, subject, file)
    overlays: list[Overlay] = []
    for name, span in title_times(settings.titles, cues, withheld).items():
        title: Title = getattr(settings.titles, name)
        text = title_lines(title, values)
        if text:
            _require_drawable(name, text, font)
            block = lay_out(
                text, title.place, font, canvas, _subtitle_top(cues, span, style, canvas)
            )
            overlays += _overlays(_required(name, block), title.place, span, settings, font)
    return tuple(overlays)


def _subtitle_top(cues: Sequence[Cue], span: Span, style: SubtitleStyle, canvas: Canvas) -> int:
    """Return the top row of the subtitles while the title is shown: room for as many lines as the
    style allows, more if a cue has more."""
    font = find_font(style.font)
    full = "\n".join("字" * style.lines)
    together = [cue.text for cue in cues if cue.start_ms < span[1] and span[0] < cue.end_ms]
    return min(cue_top(text, style, font, canvas) for text in (full, *together))


def _overlays(
    block: Block, place: str, span: Span, settings: Settings, font: Font
) -> Iterator[Overlay]:
    opacity = settings.titles.ground_percent / 100
    if opacity:
        at = rf"\an7\pos({block.left},{block.top})\bord0\1c&H000000&\1a&H{_alpha(opacity)}&\p1"
        w, h = block.width, block.height
        yield Overlay(*span, 1, at, f"m 0 0 l {w} 0 {w} {h} 0 {h}")
    side = 8 if place == "middle" else 7
    for row in block.rows:
        size = row.em * font.line_height
        at = rf"\an{side}\pos({row.x:.2f},{row.y:.2f})\fs{size:.3f}"
        yield Overlay(*span, 2, at, row.text)


def _alpha(opacity: float) -> str:
    """Return the transparency as ASS writes it: 00 is opaque, FF is transparent."""
    return f"{round(255 * (1 - opacity)):02X}"


def _require_drawable(name: str, text: Sequence[Line], font: Font) -> None:
    for line in text:
        missing = missing_glyphs(font, line.text)
        if missing:
            characters = describe_characters(missing)
            raise SubtitleError(
                _("The title “{title}”: the font “{font}” has no {characters}.").format(
                    title=_display_name(name), font=font.family, characters=characters
                ),
                remedy=_("Write it another way, or choose a font that has it."),
            )


def _required(name: str, block: Block | None) -> Block:
    if block is None:
        raise SubtitleError(
            _("The title “{title}” does not fit into the picture above the subtitles.").format(
                title=_display_name(name)
            ),
            remedy=_("Shorten it, or leave lines out, under [titles] in settings.toml."),
        )
    return block


def _display_name(name: str) -> str:
    names = {"opening": _("opening"), "strap": _("name strap"), "closing": _("closing")}
    return names[name]
