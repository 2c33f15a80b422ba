"""A title reads as it should: held beside the same words drawn by another program."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import ffmpeg
import numpy as np
import pytest

from pipeline.media.ass_script import Canvas, build_script
from pipeline.media.ffmpeg import capture
from pipeline.media.fonts import find_font, font_folder
from pipeline.media.redaction import RedactionPlan
from pipeline.media.titles import title_overlays
from pipeline.settings import load
from pipeline.stage import Scope, Subject
from tests.pipeline.media.titles.test_title_text import FILE, titles

SETTINGS = load()
STYLE = SETTINGS.style_for("zh")
FONT = find_font(STYLE.font)
HD, SMALL = Canvas(1920, 1080, Fraction(25)), Canvas(640, 360, Fraction(25))


def _frame(canvas: Canvas, filtered) -> np.ndarray:
    """One grey frame with something drawn on it."""
    source = f"color=c=0x303030:s={canvas.width}x{canvas.height}:r=25"
    shown = filtered(ffmpeg.input(source, f="lavfi")).filter("format", pix_fmts="gray")
    data = capture(ffmpeg.output(shown, "pipe:1", format="rawvideo", **{"frames:v": 1}))
    return np.frombuffer(data, np.uint8).reshape(canvas.height, canvas.width)


def drawn(name: str, canvas: Canvas, folder: Path) -> np.ndarray:
    """The name alone as the title of the film's first frame, nine per cent of the height."""
    lines = [{"text": "{name}", "size_percent": 9.0}]
    opening = {"duration_ms": 5000, "place": "middle", "lines": lines}
    table = titles(show=["opening"], opening=opening)
    subject = Subject("a/01", Scope.EPISODE, name, "culture", 2, "zh", 1, "放映队")
    shown = SETTINGS.model_copy(update={"titles": table})
    file, withheld = FILE.model_copy(update={"name": name}), RedactionPlan((), Fraction(25), 1500)
    lettering = title_overlays(shown, subject, file, [], withheld, canvas)
    file = folder / "title.ass"
    file.write_text(build_script([], STYLE, FONT, canvas, lettering), "utf-8")
    with font_folder(FONT) as fonts:
        return _frame(canvas, lambda s: s.filter("ass", filename=str(file), fontsdir=fonts.path))


def reference(name: str, canvas: Canvas, folder: Path) -> np.ndarray:
    """The same name drawn by FreeType without libass, where it should be seen.

    It takes the collection's first face, the Japanese one, some strokes of which are others.
    """
    text = folder / "name.txt"
    text.write_text(name, "utf-8")
    options = {"fontsize": round(canvas.base * 0.09), "x": "(w-text_w)/2", "y": "(h-text_h)/2"}
    return _frame(canvas, lambda s: s.filter(
        "drawtext", textfile=str(text), fontfile=str(FONT.path), fontcolor="white", **options
    ))  # fmt: skip


def cut_out(frame: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """The bright letters, cut out close around them, and the middle of where they are."""
    rows, columns = np.nonzero(frame > 150)
    letters = frame[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] > 150
    return letters, ((rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2)


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """The share of ink two cut-outs have in common where they lie best upon each other."""
    high, wide = (max(a, b) + 6 for a, b in zip(one.shape, other.shape, strict=True))
    held = np.zeros((high, wide), bool)
    held[3 : 3 + one.shape[0], 3 : 3 + one.shape[1]] = one
    shares = []
    for down, right in product(range(7), repeat=2):
        laid = np.zeros((high, wide), bool)
        laid[down : down + other.shape[0], right : right + other.shape[1]] = other
        shares.append(float((held & laid).sum() / (held | laid).sum()))
    return max(shares)


@pytest.mark.parametrize(("canvas", "least"), [(HD, 0.7), (SMALL, 0.6)], ids=["1080", "360"])
@pytest.mark.parametrize(("name", "other"), [("王桂兰", "王桂芝"), ("斯琴高娃", "斯琴高远")])
def test_a_name_reads_as_it_is_written(tmp_path, name, other, canvas, least):
    letters, middle = cut_out(drawn(name, canvas, tmp_path))
    right, where = cut_out(reference(name, canvas, tmp_path))
    assert np.subtract(letters.shape, right.shape).__abs__().max() <= canvas.base * 0.01
    assert np.subtract(middle, where).__abs__().max() <= canvas.base * 0.03
    wrong, _where = cut_out(reference(other, canvas, tmp_path))
    assert alike(letters, right) > least
    assert alike(letters, wrong) < alike(letters, right) - 0.1
