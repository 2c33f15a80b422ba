"""Everything that forms, consent and the paper stages say has its Chinese, with the same gaps."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pipeline.i18n import _

ROOT = Path(__file__).resolve().parents[3]
FILES = [
    *sorted((ROOT / "pipeline/documents/forms").glob("*.py")),
    ROOT / "pipeline/workflow/consent.py",
    ROOT / "stages/preliminary_communication.py",
    ROOT / "stages/outline_drafting.py",
    ROOT / "stages/interviewee_proofreading.py",
    ROOT / "stages/final_review.py",
]


def _said(file: Path) -> list[str]:
    """The constant texts given to `_` in a module."""
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_"
        and isinstance(node.args[0], ast.Constant)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_sentence_is_translated(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    for english in _said(file):
        chinese = _(english)
        assert chinese != english, english
        assert set(re.findall(r"\{\w+\}", chinese)) == set(re.findall(r"\{\w+\}", english))
