"""Stage 1: one record of contact and consent, and what it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.files import read_json
from pipeline.errors import FormError
from pipeline.settings import Settings, load
from pipeline.stage import Finding
from stages.preliminary_communication import STAGE, Makes, Needs
from tests.stages.papers import CONSENT, CONTACT, INTERVIEWEE, artefact

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load().only(STAGE.settings)


def _needs(folder: Path, contact: str = CONTACT, consent: str = CONSENT) -> Needs:
    return Needs(
        INTERVIEWEE,
        artefact("contact_record", folder / "in/contact.yaml", contact),
        (
            artefact("consent_form", folder / "in/p2.pdf", PDF + b"2"),
            artefact("consent_form", folder / "in/p1.pdf", PDF),
        ),
        artefact("consent_terms", folder / "in/terms.yaml", consent),
    )


def _make(folder: Path, settings: Settings, *forms: str) -> Makes:
    out = folder / "out"
    out.mkdir(parents=True)
    return STAGE.run(_needs(folder, *forms), settings, out)


def _findings(folder: Path, settings: Settings, *forms: str) -> tuple[Finding, ...]:
    assert STAGE.check is not None
    return STAGE.check(_make(folder, settings, *forms), settings)


def test_the_record_holds_what_later_stages_ask_for(tmp_path: Path, settings: Settings) -> None:
    told: dict[str, Any] = read_json(_make(tmp_path, settings).interviewee_file)
    assert (told["name"], told["birth_year"], told["field"]) == ("王桂兰", 1940, "culture")
    assert [station["year"] for station in told["life"]] == [1958, 1965, 1995]
    assert told["contacts"]["phone"] == "0476-6221111"
    consent = told["consent"]
    assert consent["uses"] == ["book", "website"]
    assert consent["valid_until"] is None
    assert consent["signed_on"] == "2025-03-18"
    assert len(consent["form_sha256"]) == 2
    assert consent["form_sha256"] == sorted(consent["form_sha256"])


def test_equal_papers_give_equal_bytes(tmp_path: Path, settings: Settings) -> None:
    one = _make(tmp_path / "1", settings)
    two = _make(tmp_path / "2", settings)
    assert one.interviewee_file.read_bytes() == two.interviewee_file.read_bytes()


def test_good_papers_may_be_signed(tmp_path: Path, settings: Settings) -> None:
    found = _findings(tmp_path, settings)
    assert [(f.level, f.message) for f in found] == [
        ("note", "The consent restricts: 不出现家庭住址.")
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("网站、图书", "图书", "does not cover: website"),
        ("有效期至: 长期", "有效期至: 2025-12-31", "expired after 2025-12-31"),
        ("签字日期: 2025-03-18", "签字日期: 2099-03-18", "not valid before 2099-03-18"),
        ("限制:", "撤回日期: 2025-04-01\n限制:", "withdrawn on 2025-04-01"),
        ("姓名: 王桂兰", "姓名: 李桂兰\n与受访者关系: 姐妹", "The consent is 李桂兰's"),
    ],
)
def test_a_consent_that_does_not_suffice_is_made_but_not_signed(
    tmp_path: Path, settings: Settings, old: str, new: str, words: str
) -> None:
    (error,) = (
        f for f in _findings(tmp_path, settings, CONTACT, CONSENT.replace(old, new))
        if f.level == "error"
    )  # fmt: skip
    assert words in error.message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("姓名: 王桂兰", "姓名: 王桂芝", "Registered as 王桂兰"),
        ("出生: 1940-05-12", "出生: 1940\n领域: 教育", "contact record says education"),
        ("  - 1995 退休\n", "", "holds 2 stations"),
        ("1958 到", "1930 到", "before the birth"),
    ],
)
def test_what_is_doubtful_is_said(
    tmp_path: Path, settings: Settings, old: str, new: str, words: str
) -> None:
    consent = CONSENT.replace("王桂兰", "王桂芝") if "桂芝" in new else CONSENT
    found = _findings(tmp_path, settings, CONTACT.replace(old, new), consent)
    assert words in next(f.message for f in found if f.level == "warning")
    assert "error" not in {f.level for f in found}


def test_an_incomplete_form_makes_nothing(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(FormError, match="lacks: born"):
        _make(tmp_path, settings, CONTACT.replace("出生: 1940-05-12\n", ""))
    assert list((tmp_path / "out").iterdir()) == []
