"""The documents fit the program: the links, commands, settings and modules that they name."""

from __future__ import annotations

import re
import shlex
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from desk.cli.app import COMMANDS, command_line
from docs.make_reference import FOLDER, PAGES
from pipeline.settings import Settings, load
from pipeline.workflow.ingest.deposits import KINDS

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
WRITTEN = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if path.name != "CHANGELOG.md"  # which says what was
)
OF_RUN = {"test", "check", "chaos", "lock", "setup", "help"}
NOT_COMMANDS = {"…", "命令", "COMMAND"}


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def prose(name: str) -> str:
    """The page without its blocks of code."""
    return re.sub(r"```.*?```", "", text_of(name), flags=re.DOTALL)


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text_of(name), flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_reference_is_what_the_code_says_now(page: str) -> None:
    assert (FOLDER / page).read_text("utf-8") == PAGES[page](), "python -m docs.make_reference"


def test_the_reference_has_every_command_setting_and_kind() -> None:
    commands = (FOLDER / "commands.md").read_text("utf-8")
    assert [c.name for c in COMMANDS if f"\n### chifeng {c.name}\n" not in commands] == []
    settings = (FOLDER / "settings.md").read_text("utf-8")
    for name, table in load().model_dump().items():
        section = settings.split(f"## [{name}", 1)[1].split("\n## ", 1)[0]
        keys = table if f"[{name}.NAME]" not in settings else ()
        assert [k for k in keys if not re.search(rf"`{k}[`.]", section)] == [], name
    kinds = (FOLDER / "artefacts.md").read_text("utf-8")
    assert [
        kind for kind in KINDS if f"| `{kind}`" not in kinds and f"| [`{kind}`]" not in kinds
    ] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_every_link_leads_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose(name))
    ours = [link for link in links if "://" not in link]
    assert [link for link in ours if not (here / link).exists()] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_every_file_that_is_named_is_there(name: str) -> None:
    """Whole paths in the text, and the ends of paths of modules, also in diagrams."""
    rooms = r"\b(?:pipeline|stages|flows|desk|tests|benchmarks|config|docs)/[\w./-]+"
    whole = {path.rstrip("./") for path in re.findall(rooms, prose(name)) if "NAME" not in path}
    assert sorted(path for path in whole if not (ROOT / path).exists()) == []
    ends = {
        end for end in re.findall(r"[\w-][\w/-]*\.(?:py|js)\b", text_of(name)) if "NAME" not in end
    }
    assert (
        sorted(end for end in ends if not any(path.endswith(f"/{end}") for path in _files())) == []
    )


@cache
def _files() -> list[str]:
    rooms = ("pipeline", "stages", "flows", "desk", "tests", "benchmarks", "docs")
    found = (path for room in rooms for path in (ROOT / room).rglob("*.[pj][ys]"))
    return [
        f"/{path.relative_to(ROOT).as_posix()}"
        for path in found
        if "node_modules" not in path.parts
    ]


def test_the_table_of_contributing_names_what_is_there() -> None:
    for line in text_of("CONTRIBUTING.md").splitlines():
        if line.startswith("| ") and "`" in line:
            folder = ROOT
            for path in re.findall(r"`([\w./*-]+)`", line.rpartition(" | ")[2]):
                found = [*ROOT.glob(path.rstrip("/")), *folder.glob(path.rstrip("/"))]
                assert found or "NAME" in path, f"{path}: {line}"
                folder = found[0].parent if found else folder


@pytest.mark.parametrize("name", WRITTEN)
def test_every_command_is_one_of_ours_with_the_options_it_has(name: str) -> None:
    for block in blocks(name, "(?:sh|powershell)"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.replace("\\", "/"), comments=True)
            if ours := _ours(words):
                _must_be_known(ours, line)
    for quoted in re.findall(r"`((?:chifeng|\./run) [^`]+)`", prose(name)):
        _must_be_known(_ours(shlex.split(quoted)), quoted)


def _ours(words: list[str]) -> list[str]:
    """What is given to our program, without the options that stand before the command."""
    while words and "=" in words[0]:  # a variable of the environment
        words = words[1:]
    if not words or Path(words[0]).name not in ("chifeng", "run"):
        return []
    return words[3:] if words[1:2] == ["--home"] else words[1:]


def _must_be_known(words: list[str], where: str) -> None:
    known: Any = command_line()
    if not words or words[0] in OF_RUN - set(known.commands) | NOT_COMMANDS:
        return
    while words and hasattr(known, "commands"):
        assert words[0] in known.commands, where
        known, words = known.commands[words[0]], words[1:]
    options = {opt for param in known.params for opt in param.opts} | {"--help"}
    assert {w.partition("=")[0] for w in words if w.startswith("--")} <= options, where


@pytest.mark.parametrize("name", WRITTEN)
def test_every_setting_is_one_of_ours(name: str, tmp_path: Path) -> None:
    for block in blocks(name, "toml"):
        tomllib.loads(block)
        (tmp_path / "settings.toml").write_text(block, "utf-8")
        load(tmp_path)
    for table, key in re.findall(r"`\[([a-z_]+)\](?: (\w+))?", prose(name)):
        assert table in Settings.model_fields, table
        assert not key or key in getattr(load(), table).model_dump(), f"[{table}] {key}"


@pytest.mark.parametrize("name", READMES)
def test_the_readme_is_short_and_shows_one_picture(name: str) -> None:
    text = text_of(name)
    assert len(text.splitlines()) <= 120
    assert text.count("![") == 1


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        Path(link).name
        for name in WRITTEN
        for link in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text_of(name))
    }
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert set(pictures) == shown
    assert [name for name, size in pictures.items() if size > 120_000] == []


def test_every_page_of_docs_is_listed() -> None:
    listed = {
        (ROOT / "docs" / link).resolve()
        for link in re.findall(r"\]\(([^)]+\.md)\)", text_of("docs/README.md"))
    }
    pages = {(ROOT / name).resolve() for name in WRITTEN if name.startswith("docs/")}
    assert pages - listed == {ROOT / "docs" / "README.md"}
