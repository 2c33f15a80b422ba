"""Every text the command line can show: what help prints, and what the code hands to `_`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import desk.cli

__all__ = ["help_texts", "marked_texts"]


def help_texts(command: Any) -> Iterator[str]:
    """Yield the texts of a command's help and of those below it."""
    if command.help:
        yield " ".join(command.help.split())
    if command.rich_help_panel:
        yield command.rich_help_panel
    for param in command.params:
        if param.help:
            yield param.help
    for sub in getattr(command, "commands", {}).values():
        yield from help_texts(sub)


def marked_texts() -> Iterator[str]:
    """Yield every literal that the modules of desk.cli hand to `_` or `ngettext`."""
    for module in sorted(Path(desk.cli.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("_", "ngettext")
                and isinstance(node.args[0], ast.Constant)
            ):
                yield node.args[0].value
