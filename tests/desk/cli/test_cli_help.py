"""Help: every command has an example that works, and all of it can be read in Chinese."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from wording import help_texts, marked_texts

from desk.cli.app import COMMANDS, command_line
from pipeline.i18n import _

SAME_IN_CHINESE = {"Python", "{amount} GB"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_an_example_of_itself(chifeng, command) -> None:
    words = shlex.split(command.example)
    assert words[0] == "chifeng"
    assert command.name in command.example
    shown = chifeng(*command.name.split(), "--help")
    assert shown.code == 0
    assert "Example: chifeng" in shown.out


def test_help_lists_every_command(chifeng) -> None:
    shown = chifeng("--help").out
    for command in COMMANDS:
        assert command.name.split()[0] in shown
    assert chifeng().code == 2


def test_every_text_has_its_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {*help_texts(command_line()), *marked_texts()} - SAME_IN_CHINESE
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    plural = {"{n} minute", "{n} hour", "{n} day"}
    assert [text for text in sorted(texts - plural) if _(text) == text] == []
    assert len(texts) > 100


def test_help_in_chinese(chifeng, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    shown = chifeng("sign", "--help").out
    assert "签署一个步骤的成果" in shown
    assert "选项" in shown
    monkeypatch.setenv("CHIFENG_LANG", "en")
    assert "Approve what a stage has made" in chifeng("sign", "--help").out


def test_every_command_that_is_recommended_exists() -> None:
    """Remedies, forms and reports tell people to type commands; each must be there."""
    known = {command.name.split()[0] for command in COMMANDS} | {"COMMAND"}
    root = Path(__file__).parent.parent.parent.parent
    files = [f for room in ("pipeline", "stages", "flows", "desk", "config") for f in
             (root / room).rglob("*") if f.suffix in (".py", ".yaml", ".md", ".toml")]  # fmt: skip
    named = {
        word
        for file in files
        for word in re.findall(
            r"(?:“|[：:] )chifeng (?:--home [^ ]+ )?([A-Za-z-]+)", file.read_text("utf-8")
        )
    }
    assert len(named) > 8
    assert named <= known
