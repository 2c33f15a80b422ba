"""Turn a form's bytes into mappings, lists and texts that remember their line.

Every value stays text: YAML's own guesses would read the telephone number 0476221 as octal, 1:30 as
90 and the answer `no` as false.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipeline.captions.formats.text_file import read_text_file
from pipeline.errors import FormError
from pipeline.i18n import _

__all__ = ["Block", "Items", "Text", "parse"]

_INDENT = re.compile(r"^[ \t\u3000]+", re.M)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?(.*)", re.M | re.S)


class Text(str):
    """A text and the line it stands on."""

    line: int | None = None


class Block(dict[str, Any]):
    """A mapping and the line it begins on."""

    line: int | None = None


class Items(list[Any]):
    """A list and the line it begins on."""

    line: int | None = None


def parse(path: Path, keys: Iterable[str]) -> tuple[Any, str]:
    """Return a form's value (Block, Items or Text) and the free text below its head.

    `keys` are the names of fields, after which a full-width colon, or one without a space, is
    taken for what it means. Raises FormError.
    """
    text = read_text_file(path)
    front = _FRONT.match(text)
    head, body = (f"\n{front[1]}", front[2].strip()) if front else (text, "")
    if not front and path.suffix.lower() == ".md":
        raise FormError(
            _("{file} has no fields.").format(file=path.name),
            remedy=_("Put the fields at the top, between two lines of three dashes (---)."),
            path=path,
        )
    if head.lstrip().startswith(("{", "[")):
        return _parse_json(head, path), body
    return _parse_yaml(_as_yaml(head, keys), path), body


def _as_yaml(text: str, keys: Iterable[str]) -> str:
    """Write what Chinese keyboards produce the way YAML wants it; lines keep their numbers."""
    text = _INDENT.sub(lambda m: m[0].replace("\t", "  ").replace("\u3000", "  "), text)
    names = "|".join(re.escape(key) for key in sorted(keys, key=len, reverse=True))
    return re.sub(rf"^( *(?:- +)*)({names}) *[:：][ \u3000]*", r"\1\2: ", text, flags=re.M)


def _parse_json(text: str, path: Path) -> Any:
    try:
        return _plain(json.loads(text, parse_int=str, parse_float=str))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise _unreadable(path, line) from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return Block({str(k): _plain(v) for k, v in value.items()})
    if isinstance(value, list):
        return Items(_plain(v) for v in value)
    return Text("" if value is None else str(value))


def _parse_yaml(text: str, path: Path) -> Any:
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        return _build(node, path, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(path, mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _unreadable(path, None) from error


def _unreadable(path: Path, line: int | None) -> FormError:
    where = _("{file}, line {line}").format(file=path.name, line=line) if line else path.name
    return FormError(
        _("{where}: the form cannot be read.").format(where=where),
        remedy=_(
            "Each field is one line “name: value”. Put a value that holds a colon, "
            "or begins with a mark such as * or &, in quotes."
        ),
        path=path,
        line=line,
    )


def _build(node: Any, path: Path, seen: set[int]) -> Any:
    """Build values from YAML nodes; refuse aliases (a few bytes of them make gigabytes)."""
    if node is None:
        return Text("")
    line = node.start_mark.line + 1
    if id(node) in seen:
        raise _unreadable(path, line)
    seen.add(id(node))
    built: Any
    if isinstance(node, yaml.MappingNode):
        built = Block()
        for key_node, value_node in node.value:
            _add(built, key_node, _build(value_node, path, seen), path)
    elif isinstance(node, yaml.SequenceNode):
        built = Items(_build(item, path, seen) for item in node.value)
    else:
        built = Text(node.value.strip())
    built.line = line
    return built


def _add(block: Block, key_node: Any, value: Any, path: Path) -> None:
    line = key_node.start_mark.line + 1
    if not isinstance(key_node, yaml.ScalarNode):
        raise _unreadable(path, line)
    if key_node.value in block:
        raise FormError(
            _("{file}, line {line}: “{key}” stands there twice.").format(
                file=path.name, line=line, key=key_node.value
            ),
            remedy=_("Remove one of them."),
            path=path,
            key=key_node.value,
            line=line,
        )
    block[key_node.value] = value
