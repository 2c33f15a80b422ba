"""What titles say: every place filled in, empty lines left out, and under a pseudonym no name."""

from __future__ import annotations

import pytest

from pipeline.core.artefacts.interviewee_file import Consent, IntervieweeFile
from pipeline.errors import SettingsError
from pipeline.media.titles.text import placeholder_values, title_lines
from pipeline.settings import load
from pipeline.stage import Scope, Subject

EPISODE = Subject("wang-guilan/02", Scope.EPISODE, "王桂兰", "culture", 2, "zh", 2, "王桂兰放映")
FILE = IntervieweeFile(
    name="王桂兰", position="文化馆馆员", field="folklore", consent=Consent(pseudonym=None)
)
CREW = [{"role": "导演", "names": "王芳"}, {"role": "摄像", "names": "赵敏"}]


def titles(**changes):
    table = load().titles
    return type(table).model_validate({**table.model_dump(), **changes})


def said(name: str, file=FILE, subject=EPISODE, **changes) -> list[str]:
    table = titles(**changes)
    return [
        line.text
        for line in title_lines(getattr(table, name), placeholder_values(table, subject, file))
    ]


def test_the_opening_names_series_person_and_episode():
    assert said("opening") == ["赤峰记忆", "王桂兰", "第2集　王桂兰放映"]


def test_the_strap_names_person_position_and_field_in_chinese_whoever_asks(monkeypatch):
    for speaks in ("en", "zh"):
        monkeypatch.setenv("CHIFENG_LANG", speaks)
        assert said("strap") == ["王桂兰", "文化馆馆员", "赤峰记忆 · 民俗"]


def test_the_closing_gives_each_of_the_crew_a_line_and_leaves_out_what_is_empty():
    assert said("closing") == ["赤峰记忆"]
    assert said("closing", crew=CREW, unit="赤峰市图书馆", year="2026") == [
        "赤峰记忆", "导演　王芳", "摄像　赵敏", "赤峰市图书馆", "2026"
    ]  # fmt: skip


def test_a_pseudonym_stands_for_the_name_everywhere_and_the_position_is_kept_back():
    hidden = FILE.model_copy(update={"name": "王桂蘭", "consent": Consent(pseudonym="兰奶奶")})
    thanks = {"thanks": "鸣谢　王桂蘭一家", "crew": CREW}
    for name in ("opening", "strap", "closing"):
        text = "".join(said(name, hidden, **thanks))
        assert "王桂" not in text and "馆员" not in text
    assert said("opening", hidden)[1:] == ["兰奶奶", "第2集　兰奶奶放映"]
    assert "鸣谢　兰奶奶一家" in said("closing", hidden, **thanks)


def test_what_people_typed_is_text_not_a_place():
    odd = Subject("a/01", Scope.EPISODE, "王桂兰", "culture", 2, "zh", 1, "{name} {0} }")
    assert said("opening", subject=odd)[2] == "第1集　{name} {0} }"


@pytest.mark.parametrize("text", ["{nmae}", "{name!r:>9}", "{0}", "{name"])
def test_a_place_that_is_not_known_is_refused_with_its_key(tmp_path, text):
    line = f'lines = [{{ text = "{text}", size_percent = 5.0 }}]'
    (tmp_path / "settings.toml").write_text(f"[titles.opening]\n{line}\n", "utf-8")
    with pytest.raises(SettingsError, match=r"titles\.opening\.lines\.0\.text"):
        load(tmp_path)
