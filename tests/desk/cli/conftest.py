"""The command line on a home of its own, with the toy stages in place of the twelve."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from toys import calls

from desk.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read what it printed as JSON."""
        return json.loads(self.out)


Chifeng = Callable[..., Answer]


PEOPLED = (
    ("init",),
    ("person", "add", "赵制片", "--role", "producer"),
    ("person", "add", "钱导演", "--role", "director"),
    ("person", "add", "孙编辑", "--role", "字幕编辑"),
    ("interviewee", "add", "wang-guilan", "王桂兰", "--field", "文化"),
    ("episode", "add", "王桂兰", "童年"),
)


@pytest.fixture
def chifeng(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Chifeng:
    """Run a command in this process, on a home that does not exist yet."""
    monkeypatch.setenv("CHIFENG_STAGES", "toys:TOYS")
    monkeypatch.setenv("CHIFENG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CHIFENG_DEBUG", raising=False)
    monkeypatch.delenv("CHIFENG_PERSON", raising=False)
    calls.clear()

    def run(*words: str) -> Answer:
        capsys.readouterr()
        code = main(words, deposit_checks={})
        shown = capsys.readouterr()
        return Answer(code, shown.out, shown.err)

    return run


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three people, an interviewee and an episode, made by command line, to copy."""
    folder = tmp_path_factory.mktemp("prepared") / "home"
    for words in PEOPLED:
        assert main(["--home", str(folder), *words]) == 0
    return folder


@pytest.fixture
def peopled(chifeng: Chifeng, prepared: Path, tmp_path: Path) -> Chifeng:
    """The same with that home."""
    shutil.copytree(prepared, tmp_path / "home")
    return chifeng


@pytest.fixture
def material(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file to deposit."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "material" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def filmed(peopled: Chifeng, material: Callable[[str, str], Path]) -> Chifeng:
    """The same with everything deposited that the toy stages need, and nothing run."""
    record = material("contact.yaml", "the record")
    film = material("cut.mp4", "the film")
    assert peopled("deposit", "王桂兰", "联系记录", str(record), "--by", "赵制片").code == 0
    assert peopled("deposit", "王桂兰/1", "成片", str(film), "--by", "钱导演").code == 0
    return peopled
