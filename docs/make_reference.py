"""Write the pages of docs/reference/ from the code: `python -m docs.make_reference`.

The commands come from the command line itself, the settings from config/ and pipeline/settings.py,
the kinds of artefact from pipeline/kinds.py and stages/, the exit codes from pipeline/errors.py.
tests/test_documents.py fails while a page differs from what this writes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from desk.cli.app import COMMANDS, command_line
from pipeline import errors
from pipeline.i18n import _, use_language
from pipeline.kinds import KINDS, Kind
from pipeline.settings import Settings
from stages import STAGES

__all__ = ["PAGES", "main"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
LONGEST = 70
MOST = 15
HEADINGS = {
    "en": ("Argument or option", "What it is", "Example", "required", "default", "environment"),
    "zh": ("参数", "说明", "例子", "必填", "默认", "环境变量"),
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
        print(FOLDER / name)


def commands(lang: Literal["en", "zh"]) -> str:
    """Return the page of all commands, in the order of the help and under its headings."""
    with use_language(lang):
        root = command_line()
        out = [_COMMANDS_HEAD[lang], _parameters(root, lang), ""]
        for heading in dict.fromkeys(command.heading for command in COMMANDS):
            out += [f"## {_(heading)}", ""]
            for command in (c for c in COMMANDS if c.heading == heading):
                found = root
                for word in command.name.split():
                    found = found.commands[word]
                out += _command(command.name, command.example, found, lang)
    return "\n".join(out)


def _command(name: str, example: str, found: Any, lang: str) -> Iterator[str]:
    yield from (f"### chifeng {name}", "", found.help, "")
    if found.params:
        yield from (_parameters(found, lang), "")
    yield from ("```sh", example, "```", "")


def _parameters(found: Any, lang: str) -> str:
    first, second, *_rest = HEADINGS[lang]
    rows = [f"| {first} | {second} |", "|---|---|"]
    rows += [_parameter(param, lang) for param in found.params if param.name != "help"]
    return "\n".join(rows)


def _parameter(param: Any, lang: str) -> str:
    *_first, required, default, environment = HEADINGS[lang]
    if param.param_type_name == "argument":
        name = f"`{param.metavar or param.name.upper()}{' …' if param.nargs == -1 else ''}`"
    else:
        value = "" if param.is_flag else f" {param.metavar or _value_of(param)}"
        name = ", ".join(f"`{opt}{value}`" for opt in (*param.opts, *param.secondary_opts))
    notes = [required] if param.required and param.param_type_name == "option" else []
    if param.default not in (None, False, (), [], "") and not callable(param.default):
        notes.append(f"{default} `{param.default}`")
    if param.envvar:
        notes.append(f"{environment} `{param.envvar}`")
    text = " ".join(filter(None, [param.help, f"({'; '.join(notes)})" if notes else ""]))
    return f"| {name.replace('|', '&#124;')} | {text.replace('|', '&#124;')} |"


def _value_of(param: Any) -> str:
    kind = param.type_descriptor.annotation
    kind = (get_args(kind) or (kind,))[0]
    names = [each.value for each in kind] if issubclass(kind, Enum) else []
    return "|".join(names) or {int: "NUMBER", float: "NUMBER"}.get(kind, "TEXT")


_COMMANDS_HEAD = {
    "en": """# Commands

Every command of `chifeng`. In a checkout, `./run COMMAND` is the same with the environment set up first.
`chifeng COMMAND --help` prints what stands here. [中文](commands.zh-CN.md). Made by `python -m docs.make_reference`.

`CHIFENG_LANG=en` or `zh` chooses the language of messages. What a command returns to the shell is listed in
[exit codes](exit-codes.md). Before any command these may stand:
""",
    "zh": """# 命令

`chifeng` 的全部命令。在源码文件夹里可用 `./run 命令`，会先装好环境。`chifeng 命令 --help` 显示同样的内容。
[English](commands.md)。本页由 `python -m docs.make_reference` 生成。

`CHIFENG_LANG=zh` 或 `en` 选择语言；命令返回给 shell 的数字见[退出码](exit-codes.md)。下列选项写在任何命令之前：
""",
}


def settings() -> str:
    """Return the page of all settings, one section for each table."""
    out = [_SETTINGS_HEAD]
    for name, info in Settings.model_fields.items():
        out += _table(name, info.annotation)
    return "\n".join(out)


def _table(name: str, annotation: Any) -> Iterator[str]:
    place = ROOT / "config" / name.replace("_", "-")
    if get_origin(annotation) is not dict:
        yield from (f"## [{name}]", "", _about(annotation), "")
        yield from _settings_of(place.with_suffix(".toml"))
        return
    inner = get_args(annotation)[1]
    files = sorted([*place.glob("*.toml"), *place.glob("*.md")])
    names = ", ".join(f"`{file.stem}`" for file in files)
    yield from (
        f"## [{name}.NAME]",
        "",
        f"A file in `config/{place.name}/` for each NAME: {names}.",
        "",
    )
    if inner is not str:
        for file in files:
            yield from (f"### [{name}.{file.stem}]", "")
            yield from _settings_of(file)


def _about(annotation: type[BaseModel]) -> str:
    return " ".join((annotation.__doc__ or "").split())


def _settings_of(file: Path) -> Iterator[str]:
    """Go through a file: the comment above a key, or behind it, says what the key is for."""
    yield from (f"`config/{file.relative_to(ROOT / 'config')}`", "")
    yield from ("| Setting | Default | What it does |", "|---|---|---|")
    values = tomllib.loads(file.read_text("utf-8"))
    table, comment, seen = "", [], set()
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("#"):
            comment.append(line.lstrip("# "))
            continue
        header, key = re.match(r"\[+([^\]]+)\]", line), re.match(r'("[^"]*"|[\w-]+) *=', line)
        table = f"{header[1]}." if header else table
        full = f"{table}{key[1]}" if key else ""
        if len(values.get(table[:-1], ())) > MOST:
            full = table[:-1]
        if full and full not in seen:
            seen.add(full)
            behind = re.search(r"[\]\"\d}e] +# (.*)$", line)
            said = " ".join([*comment, *([behind[1]] if behind else [])])
            yield f"| `{full}` | {_value(values, full)} | {said.replace('|', '&#124;')} |"
            comment = []
    yield ""


def _value(values: Any, key: str) -> str:
    for part in re.findall(r'"[^"]*"|[^.]+', key):
        values = values[part.strip('"')]
    if isinstance(values, list | dict) and len(values) > MOST:
        return f"{len(values)} entries"
    text = json.dumps(values, ensure_ascii=False)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 12]} …"
    return f"`{text.replace('|', '&#124;')}`"


_SETTINGS_HEAD = """# Settings

Every setting and its default. The defaults stand in `config/`, which nobody needs to edit: a production writes what
differs into `settings.toml` in its home, under the table's name.

```toml
[flows]
runs_at_once = 3

[roles.stage.final_review]
signatures = 2
```

An unknown key or a wrong value stops the program, which names file and key. A change to a setting that a stage reads has
that stage done again where it was not released, since settings belong to what a signature covers; `chifeng plan SUBJECT`
says what would run. Restart `chifeng up` after a change to ports, addresses or the ledger. This page is made by
`python -m docs.make_reference` from the comments in `config/`.
"""


def artefacts() -> str:
    """Return the page of stages and kinds of artefact."""
    out = [_ARTEFACTS_HEAD, "| | Stage | Signed by | Needs | Makes |", "|---|---|---|---|---|"]
    for stage in STAGES:
        signed = stage.signed_by.value if stage.signed_by else "—"
        needs, makes = (_kinds_of(each) for each in (stage.needs, stage.makes))
        out.append(
            f"| {stage.number} | {stage.title} {stage.english} | {signed} | {needs} | {makes} |"
        )
    for title, wanted in (("People deposit", True), ("Stages make", False)):
        out += [
            "",
            f"## {title}",
            "",
            "| Kind | 中文 | What it is | Files | Of or for |",
            "|---|---|---|---|---|",
        ]
        out += [_kind(kind) for kind in KINDS.values() if bool(kind.deposit) is wanted]
    return "\n".join([*out, ""])


def _kinds_of(record: Any) -> str:
    return ", ".join(f"`{f.name}`" for f in fields(record) if f.name in KINDS)


def _kind(kind: Kind) -> str:
    makers = [str(s.number) for s in STAGES if kind.slug in {f.name for f in fields(s.makes)}]
    of = " or ".join(sorted(kind.deposit, reverse=True)) or f"stage {', '.join(makers)}"
    several = ", several" if kind.many else ""
    schema = f"schemas/{kind.slug}.json"
    name = f"[`{kind.slug}`]({schema})" if (FOLDER / schema).exists() else f"`{kind.slug}`"
    limit = f", {_size(kind.max_bytes)} at most" if kind.max_bytes else ""
    return (
        f"| {name} | {kind.title} | {kind.meaning} | {' '.join(kind.suffixes)} |"
        f" {of}{several}{limit} |"
    )


def _size(n: int) -> str:
    return f"{n >> 20} MB" if n >= 1 << 20 else f"{n >> 10} kB"


_ARTEFACTS_HEAD = """# Stages and artefacts

An *artefact* is a file of a known kind. It is never changed, and the store names it by its SHA-256. People *deposit* some
kinds (`chifeng deposit SUBJECT KIND FILE`); each of the others is made by exactly one stage. A stage sees what an earlier
stage made once that is signed, where the earlier
stage has a signer. A kind that is a link has a JSON Schema. Made by `python -m docs.make_reference`.

## Stages
"""


def exit_codes() -> str:
    """Return the page of exit codes, from the tree in the docstring of pipeline/errors.py."""
    out = [_EXIT_HEAD, "| Code | Error | When |", "|---|---|---|"]
    for name, meaning in re.findall(r"─ (\w+) +(?:\d+ +)?(\S.*)", errors.__doc__ or ""):
        out.append(f"| {getattr(errors, name).exit_code} | `{name}` | {meaning} |")
    return "\n".join([*out, ""])


_EXIT_HEAD = """# Exit codes

What `chifeng` returns to the shell. A failure prints one line with what happened and what to do about it; `CHIFENG_DEBUG=1`
prints where in the code it happened. Made by `python -m docs.make_reference` from `pipeline/errors.py`.

| Code | When |
|---|---|
| 0 | done |
| 1 | something the program did not foresee; the line names the file with the details |
| 2 | the command line is wrong: no such command or option, a value is missing |
| 11 | `chifeng check` found a check that fails; `chifeng sync` could not align a recording |
| 130 | stopped by Ctrl-C; the same command goes on from there |

The errors of the program have these codes:
"""

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": lambda: commands("en"),
    "commands.zh-CN.md": lambda: commands("zh"),
    "settings.md": settings,
    "artefacts.md": artefacts,
    "exit-codes.md": exit_codes,
}

if __name__ == "__main__":
    main()
