"""Stage 2: an outline for every field, the chronology, and the document to hand over."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from pipeline.core.files import read_json, write_json
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load
from pipeline.stage import Artefact, Subject
from stages import preliminary_communication as first
from stages.outline_drafting import STAGE, Makes, Needs
from tests.stages.papers import CONSENT, CONTACT, INTERVIEWEE, artefact

FIELDS = load().project.fields


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load().only(STAGE.settings)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    """The interviewee_file that stage 1 makes."""
    folder = tmp_path_factory.mktemp("told")
    needs = first.Needs(
        INTERVIEWEE,
        artefact("contact_record", folder / "c.yaml", CONTACT),
        (artefact("consent_form", folder / "f.pdf", b"%PDF-1.7\n%%EOF"),),
        artefact("consent_terms", folder / "t.yaml", CONSENT),
    )
    made = first.run(needs, load(), folder)
    return artefact("interviewee_file", made.interviewee_file)


def _make(
    folder: Path, told: Artefact, settings: Settings,
    revision: Artefact | None = None, subject: Subject = INTERVIEWEE,
) -> Makes:  # fmt: skip
    folder.mkdir(exist_ok=True)
    return STAGE.run(Needs(subject, told, revision), settings, folder)


@pytest.mark.parametrize("field", [*FIELDS, "beekeeping"])
def test_every_field_has_an_outline(
    tmp_path: Path, told: Artefact, settings: Settings, field: str
) -> None:
    made = _make(tmp_path / "out", told, settings, subject=replace(INTERVIEWEE, field=field))
    text = made.outline.read_text("utf-8")
    assert text.startswith("# 王桂兰访谈提纲")
    assert text.count("？") > 40
    assert not re.search(r"[{}]", text)
    assert "1940年生，翁牛特旗乌丹镇人，翁牛特旗文化馆馆员" in text
    assert "1958年（18岁）到乌丹读中学" in text
    assert "1969年（29岁）7月 昭乌达盟划归辽宁省" in text
    assert "不出现家庭住址" in text
    assert STAGE.check is not None
    assert STAGE.check(made, settings) == ()


def test_the_fields_differ(settings: Settings) -> None:
    texts = [settings.outlines[field] for field in (*FIELDS, "default")]
    assert len(set(texts)) == len(FIELDS) + 1


def test_events_before_memory_are_not_asked_about(
    tmp_path: Path, told: Artefact, settings: Settings
) -> None:
    made = _make(tmp_path / "out", told, settings)
    assert "赤峰光复" not in made.outline.read_text("utf-8")
    assert "赤峰光复" in made.chronology.read_text("utf-8")


def test_the_chronology_sets_the_life_beside_its_times(
    tmp_path: Path, told: Artefact, settings: Settings
) -> None:
    rows = _make(tmp_path / "out", told, settings).chronology.read_text("utf-8").splitlines()
    row = next(row for row in rows if row.startswith("| 1965 |"))
    assert row.startswith("| 1965 | 25 | 在公社放映队工作（至1978年） |")
    assert not any(row.startswith("| 1939 |") for row in rows)


def test_the_document_reads_back_and_is_the_same_twice(
    tmp_path: Path, told: Artefact, settings: Settings
) -> None:
    one = _make(tmp_path / "1", told, settings)
    two = _make(tmp_path / "2", told, settings)
    assert one.outline_document.read_bytes() == two.outline_document.read_bytes()
    document = docx.Document(str(one.outline_document))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings[0] == "王桂兰访谈提纲 · 文化"
    assert headings[-1] == "王桂兰生平年表"
    (table,) = document.tables
    assert [cell.text for cell in table.rows[0].cells] == [
        "年份",
        "周岁",
        "本人",
        "国家",
        "赤峰与内蒙古",
    ]
    assert any(cell.text == "1983" for cell in table.columns[0].cells)
    bullets = [p for p in document.paragraphs if p.style.name == "List Bullet"]
    assert len(bullets) > 40


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_revision_takes_the_place_of_the_draft(
    tmp_path: Path, told: Artefact, settings: Settings, encoding: str
) -> None:
    text = "# 改过的提纲\r\n\r\n1. 您好吗？\r\n"
    revision = artefact("outline_revision", tmp_path / "r.md", text.encode(encoding))
    made = _make(tmp_path / "out", told, settings, revision)
    assert made.outline.read_text("utf-8") == "# 改过的提纲\n\n1. 您好吗？\n"
    assert "王桂兰生平年表" in made.chronology.read_text("utf-8")
    document = docx.Document(str(made.outline_document))
    assert document.paragraphs[1].style.name == "List Number"
    assert STAGE.check is not None
    assert [f.level for f in STAGE.check(made, settings)] == ["warning"]


def test_a_birth_year_alone_is_enough(tmp_path: Path, told: Artefact, settings: Settings) -> None:
    record = read_json(told.path)
    record.update(born="1940", life=[], position=None, topics=[], care=None)
    file = artefact("interviewee_file", write_json(tmp_path / "i.json", record))
    made = _make(tmp_path / "out", file, settings)
    assert "按年份相减" in made.chronology.read_text("utf-8")
    assert "没有填生平" in made.outline.read_text("utf-8")


def test_a_word_the_template_may_not_hold_is_named(
    tmp_path: Path, told: Artefact, settings: Settings
) -> None:
    outlines = {**settings.outlines, "culture": "# {nmae}"}
    wrong = load().model_copy(update={"outlines": outlines})
    with pytest.raises(SettingsError, match=r"culture\.md holds “\{nmae\}”") as caught:
        _make(tmp_path / "out", told, wrong)
    assert "{name}" in caught.value.remedy
