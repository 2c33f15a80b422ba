"""Consent is good on some days and not on others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.artefacts.interviewee_file import Consent
from pipeline.core.files import write_json
from pipeline.settings import Settings, load
from pipeline.workflow.consent import refusal, refusals

GOOD: dict[str, Any] = {
    "uses": ["website", "book"],
    "signer": "王桂兰",
    "signed_on": "2024-03-01",
    "valid_from": None,
    "valid_until": "2030-12-31",
    "withdrawn_on": None,
    "form_sha256": ["ab" * 32],
}
DAY = date(2025, 6, 1)


def _consent(change: dict[str, Any]) -> Consent:
    return Consent.model_validate({**GOOD, **change}, strict=False)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "en")


def test_good_consent_refuses_nothing(tmp_path: Path, settings: Settings) -> None:
    file = write_json(tmp_path / "file.json", {"consent": GOOD})
    assert refusal(file, DAY, settings) is None


@pytest.mark.parametrize(
    ("change", "day", "refused"),
    [
        ({}, date(2030, 12, 31), False),
        ({}, date(2031, 1, 1), True),
        ({"valid_until": None}, date(2999, 1, 1), False),
        ({}, date(2024, 3, 1), False),
        ({}, date(2024, 2, 29), True),
        ({"valid_from": "2024-05-01"}, date(2024, 4, 30), True),
        ({"valid_from": "2024-05-01"}, date(2024, 5, 1), False),
        ({"withdrawn_on": "2025-06-02"}, DAY, False),
        ({"withdrawn_on": "2025-06-01"}, DAY, True),
    ],
)
def test_first_and_last_day_count(
    change: dict[str, Any], day: date, refused: bool, settings: Settings
) -> None:
    assert bool(refusals(_consent(change), day, settings)) is refused


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"uses": ["book"]}, "website"),
        ({"signer": ""}, "not signed"),
        ({"signed_on": None}, "not signed"),
        ({"form_sha256": []}, "no scan"),
    ],
)
def test_what_is_lacking_is_named(change: dict[str, Any], word: str, settings: Settings) -> None:
    (reason,) = refusals(_consent(change), DAY, settings)
    assert word in reason


def test_every_reason_is_given(tmp_path: Path, settings: Settings) -> None:
    bad = {**GOOD, "uses": [], "valid_until": "2024-12-31"}
    reason = refusal(write_json(tmp_path / "f.json", {"consent": bad}), DAY, settings)
    assert reason is not None
    assert "2024-12-31" in reason
    assert "website" in reason


def test_reasons_in_chinese(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    assert refusals(_consent({"uses": []}), DAY, settings) == ("授权用途不包括：网站公开。",)
