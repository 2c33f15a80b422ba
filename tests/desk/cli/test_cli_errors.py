"""What goes wrong is one line that says what and what to do, and an exit code of its class."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desk.cli.commands import roster
from desk.cli.commands.admin import init
from pipeline.errors import ChifengError

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("status", "nobody"), 2, "no interviewee or episode called “nobody”"),
        (("sign", "王桂兰", "13", "--by", "赵制片"), 2, "no stage called “13”"),
        (("sign", "王桂兰", "1", "--by", "某人"), 2, "no person called “某人”"),
        (("deposit", "王桂兰", "nonsense", "x", "--by", "赵制片"), 2, "no kind of material"),
        (("person", "add", "某人", "--role", "king"), 2, "no role “king”"),
        (("interviewee", "add", "li", "李", "--field", "space"), 2, "no field “space”"),
        (("produce",), 2, "Whose work"),
        (("deposit", "王桂兰", "联系记录", "missing.yaml", "--by", "赵制片"), 3, "no file"),
        (("deposit", "王桂兰", "联系记录", "a.yaml", "b.yaml", "--by", "赵制片"), 3, "Only one"),
        (("interviewee", "add", "Wang", "王", "--field", "culture"), 3, "short name"),
        (("sign", "王桂兰", "1", "--by", "赵制片"), 4, "nothing to sign yet"),
        (("withdraw", "王桂兰", "1", "--by", "赵制片", "--reason", "x"), 4, "has no approval"),
        (("send-back", "王桂兰", "1", "--to", "1", "--by", "赵制片", "--reason", " "), 4, "reason"),
        (("open", "王桂兰/1"), 5, "not released"),
        (("open", "王桂兰/1", "母版"), 2, "has no master yet"),
        (("sign",), 2, "SUBJECT is missing"),
        (("status", "--nope"), 2, "no option --nope"),
        (("nonsense",), 2, "no command nonsense"),
    ],
)  # fmt: skip
def test_one_line_and_the_code_of_the_class(peopled, words, code: int, said: str) -> None:
    answer = peopled(*words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert answer.err.startswith("Error: ")
    assert answer.err.count("\n") == 1


def test_without_a_home_it_says_how_to_make_one(chifeng) -> None:
    answer = chifeng("status")
    assert answer.code == 9
    assert "chifeng init" in answer.err


def test_init_twice_is_harmless(chifeng) -> None:
    assert (chifeng("init").code, chifeng("init").code) == (0, 0)


def test_init_in_a_folder_of_other_things_is_refused(chifeng, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letters.txt").write_text("private")
    answer = chifeng("init")
    assert answer.code == 9
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["letters.txt"]


def test_an_unknown_setting_is_named(peopled, tmp_path: Path) -> None:
    (tmp_path / "home" / "settings.toml").write_text("[speech]\nmodell = 'small'\n")
    answer = peopled("status")
    assert answer.code == 10
    assert "modell" in answer.err


def test_in_chinese(peopled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    answer = peopled("status", "nobody")
    assert answer.err.startswith("错误：")
    assert "nobody" in answer.err
    assert "待签署" in peopled("status").out


def test_the_unforeseen_is_one_line_and_a_log(peopled, monkeypatch, tmp_path: Path) -> None:
    def broken(*_args, **_options) -> None:
        raise RuntimeError("the sky fell")

    monkeypatch.setattr(roster.roster, "people", broken)
    answer = peopled("person", "list")
    assert answer.code == 1
    assert "the sky fell" in answer.err
    assert "Traceback" not in answer.err
    (log,) = (tmp_path / "home" / "logs").glob("error-*.log")
    assert str(log) in answer.err
    assert "RuntimeError: the sky fell" in log.read_text("utf-8")
    monkeypatch.setenv("CHIFENG_DEBUG", "1")
    with pytest.raises(RuntimeError):
        peopled("person", "list")


def test_interrupting_is_one_line_and_130(peopled, monkeypatch) -> None:
    def interrupted(*_args, **_options) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(roster.roster, "people", interrupted)
    answer = peopled("person", "list")
    assert answer.code == 130
    assert answer.err.count("\n") == 1


def test_names_cannot_steer_the_terminal(peopled, tmp_path: Path) -> None:
    answer = peopled("status", "\x1b[31mred\x1b[0m[bold]")
    assert "\x1b" not in answer.err
    assert "[bold]" in answer.err


def test_every_error_class_has_its_own_code() -> None:
    ours = [c for c in ChifengError.__subclasses__() if c.__module__ == ChifengError.__module__]
    codes = [cls.exit_code for cls in (ChifengError, *ours)]
    assert len(codes) == len(set(codes))


def test_doctor_names_a_missing_tool_and_its_remedy(chifeng, monkeypatch) -> None:
    from desk.cli.commands.admin import doctor
    from pipeline.errors import MissingTool

    def gone() -> str:
        raise MissingTool("ffmpeg is missing.", remedy="Install it.")

    monkeypatch.setattr(doctor, "_ffmpeg", gone)
    answer = chifeng("doctor", "--json")
    assert answer.code == 7
    wrong = [check for check in answer.json if not check["ok"]]
    assert wrong == [
        {
            "name": "ffmpeg",
            "ok": False,
            "found": "ffmpeg is missing.",
            "remedy": "Install it.",
            "essential": True,
        }
    ]
    assert init.examine is doctor.examine


def test_doctor_on_this_machine_finds_everything(chifeng, tmp_path: Path) -> None:
    (tmp_path / "home" / "demo").mkdir(parents=True)  # a demonstration was here, and no init yet
    answer = chifeng("doctor", "--json")
    assert [check["name"] for check in answer.json if not check["ok"]] == []
    assert answer.code == 0
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["demo"]
    assert chifeng("init").code == 0


def _really(*words: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "desk.cli", "--home", str(home), *words],
        cwd=ROOT,
        env=os.environ | {"CHIFENG_LANG": "en", "PYTHONIOENCODING": "utf-8"} | env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_as_a_process(tmp_path: Path) -> None:
    home = tmp_path / "赤峰 home's"
    assert _really("init", home=home).returncode == 0
    missing = _really("status", "没有这个人", home=home, CHIFENG_LANG="zh")
    assert missing.returncode == 2
    assert missing.stdout == ""
    assert missing.stderr.startswith("错误：")
    board = _really("status", home=home)
    assert board.returncode == 0
    assert "no interviewee yet" in board.stdout


def test_a_reader_who_has_had_enough_is_no_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _really("init", home=home)
    shown = subprocess.run(
        f"'{sys.executable}' -m desk.cli --home '{home}' doctor | true",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in shown.stderr


def test_demo_begins_nothing_where_a_tool_is_missing(chifeng, monkeypatch, tmp_path: Path) -> None:
    from desk.cli.commands.admin import doctor
    from pipeline.errors import MissingTool

    def gone() -> str:
        raise MissingTool("ffmpeg is missing.", remedy="Install it.")

    monkeypatch.setattr(doctor, "_ffmpeg", gone)
    answer = chifeng("demo")
    assert answer.code == 7
    assert "Install it." in answer.err
    assert not (tmp_path / "home").exists()
