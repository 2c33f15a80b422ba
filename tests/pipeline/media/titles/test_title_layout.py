"""Where titles stand: inside the title-safe area, above the subtitles, whole however long."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipeline.captions.cues import Cue
from pipeline.core.artefacts.interviewee_file import Consent
from pipeline.errors import SubtitleError
from pipeline.media.ass_script import Canvas, cue_top
from pipeline.media.fonts import find_font, text_width
from pipeline.media.redaction import RedactionPlan
from pipeline.media.titles import title_overlays
from pipeline.media.titles.layout import lay_out
from pipeline.media.titles.text import Line
from pipeline.settings import load
from pipeline.stage import Scope, Subject
from tests.pipeline.media.titles.test_title_text import FILE, titles

SETTINGS = load()
STYLE = SETTINGS.style_for("zh")
FONT = find_font(STYLE.font)
RATE = Fraction(25)
HD, SMALL, UPRIGHT = (Canvas(w, h, RATE) for w, h in ((1920, 1080), (640, 360), (720, 1280)))
LONG = "那木吉勒道尔吉·阿拉坦乌拉·孛儿只斤·乌兰巴根·斯琴高娃"
OFFICE = "原内蒙古自治区赤峰市翁牛特旗乌兰牧骑艺术指导委员会副主任兼国家一级演员"


NAMES = some.sampled_from(["王桂兰", LONG, OFFICE, "Mr. Smith-Jones"])


@given(
    some.lists(some.tuples(NAMES, some.floats(3, 12)), min_size=1, max_size=6),
    some.sampled_from(["middle", "lower"]), some.sampled_from([HD, SMALL, UPRIGHT]),
)  # fmt: skip
def test_every_row_is_whole_and_inside(given_lines, place, canvas):
    free = cue_top("字", STYLE, FONT, canvas)
    block = lay_out([Line(*line) for line in given_lines], place, FONT, canvas, free)
    if block is None:
        assert len(given_lines) > 2  # there is always room for two lines
        return
    assert "".join(r.text for r in block.rows) == "".join(
        text if any(r.text == text for r in block.rows) else text.replace(" ", "")
        for text, _size in given_lines
    )
    assert canvas.width * 0.05 - 1 <= block.left
    assert block.left + block.width <= canvas.width * 0.95 + 1
    assert canvas.height * 0.05 - 1 <= block.top and block.top + block.height <= free
    for row in block.rows:
        assert row.em >= canvas.base * 0.0299
        wide = text_width(FONT, row.text) * row.em
        left = row.x - wide / 2 if place == "middle" else row.x
        assert block.left <= left + 1 and left + wide <= block.left + block.width + 1
        assert block.top <= row.y and row.y + row.em * FONT.line_height <= block.top + block.height


def test_a_line_becomes_smaller_first_and_is_broken_then():
    once = lay_out([Line("国" * 20, 6.0)], "middle", FONT, SMALL, 300)
    assert [row.text for row in once.rows] == ["国" * 20]
    longer = lay_out([Line("国" * 32, 6.0)], "middle", FONT, SMALL, 300)
    assert len(longer.rows) == 1 and longer.rows[0].em < 0.9 * once.rows[0].em
    broken = lay_out([Line("国" * 50, 6.0)], "middle", FONT, SMALL, 300)
    assert len(broken.rows) == 2 and broken.rows[0].em == pytest.approx(360 * 0.06)


def drawn(cues, *, name="王桂兰", pseudonym=None, show="strap", canvas=SMALL, **changes):
    subject = Subject("a/01", Scope.EPISODE, name, "culture", 2, "zh", 1, "放映队")
    shown = SETTINGS.model_copy(update={"titles": titles(show=[show], **changes)})
    withheld = RedactionPlan((), RATE, 1500)
    file = FILE.model_copy(update={"name": name, "consent": Consent(pseudonym=pseudonym)})
    return title_overlays(shown, subject, file, cues, withheld, canvas)


def lowest(lettering) -> float:
    """The row at which the ground of a title ends."""
    (top,) = re.findall(r"pos\(\d+,(\d+)\)", lettering[0].tags)
    return int(top) + int(lettering[0].text.split()[-1])


def test_a_strap_stands_above_whatever_subtitles_come_while_it_is_shown():
    usual = lowest(drawn([Cue(1000, 3000, "一行")]))
    assert usual <= cue_top("一行", STYLE, FONT, SMALL)
    assert lowest(drawn([Cue(1000, 3000, "一行"), Cue(20_000, 21_000, "一\n二\n三")])) == usual
    higher = lowest(drawn([Cue(1000, 3000, "一行"), Cue(5000, 6000, "一\n二\n三")]))
    assert higher <= cue_top("一\n二\n三", STYLE, FONT, SMALL) < usual


@pytest.mark.parametrize("name", ["乌兰🐎", "ᠮᠣᠩᠭᠣᠯ"])
def test_a_name_the_font_cannot_draw_is_refused_by_its_letters(name):
    with pytest.raises(SubtitleError, match=r"“name strap”: the font .* has no “.” \(U\+1"):
        drawn([Cue(0, 900, "一")], name=name)


def test_credits_that_would_be_too_small_to_read_are_refused():
    crew = [{"role": "演员", "names": f"第{n}位"} for n in range(40)]
    with pytest.raises(SubtitleError, match="“closing” does not fit into the picture"):
        drawn([], show="closing", crew=crew)


@pytest.mark.parametrize("show", ["opening", "closing"])
def test_under_a_pseudonym_a_title_is_that_of_somebody_so_called(show):
    crew = [{"role": "受访者", "names": "王桂兰"}]
    called = [{"role": "受访者", "names": "兰奶奶"}]
    hidden = drawn([], show=show, pseudonym="兰奶奶", crew=crew)
    assert hidden == drawn([], show=show, name="兰奶奶", crew=called)


def test_typed_commands_stay_text():
    (_ground, name, *_rest) = drawn([Cue(0, 900, "一")], name=r"{\an8}上\N")
    assert name.text == r"{\an8}上\N" and "an8" not in name.tags
