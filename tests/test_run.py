"""The script `./run`: what it offers, and when it sets up."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Stands in for Python: notes how it was called, and makes an environment that does the same.
FAKE_PYTHON = """\
#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
    *"-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
    *"pip install"*"$FAILING"*) exit "${PIP_FAILS:-0}" ;;
    *"pytest"*"fail these"*) exit 9 ;;
esac
"""
FAKE_NPM = """\
#!/bin/sh
echo "npm $* in $PWD" >>"$LOG"
case "$*" in *check*) exit "${JS_FAILS:-0}" ;; esac
"""
FAKE_CHIFENG = '#!/bin/sh\necho "chifeng $*" in "$PWD"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with blanks and Chinese in its path, holding only what `./run` reads."""
    folder = tmp_path / "赤峰 记忆's checkout"
    folder.mkdir()
    for name in ("run", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    (folder / "desk" / "web").mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "desk" / "web" / name, folder / "desk" / "web")
    (folder / "bin").mkdir()
    (folder / "bin" / "npm").write_text(FAKE_NPM)
    (folder / "bin" / "npm").chmod(0o755)
    (folder / "fake python").write_text(FAKE_PYTHON)
    (folder / "fake python").chmod(0o755)
    return folder


def call(
    checkout: Path,
    *words: str,
    cwd: Path | None = None,
    pip_fails: int = 0,
    failing: str = "",
    js_fails: int = 0,
) -> subprocess.CompletedProcess[str]:
    env = os.environ | {
        "CHIFENG_PYTHON": str(checkout / "fake python"),
        "LOG": str(checkout / "log"),
        "PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_FAILS": str(pip_fails),
        "FAILING": failing,
        "JS_FAILS": str(js_fails),
    }
    return subprocess.run(
        ["sh", str(checkout / "run"), *words],
        env=env,
        cwd=cwd or checkout,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def installs(checkout: Path) -> int:
    log = checkout / "log"
    return log.read_text().count("--require-hashes -r requirements/") if log.exists() else 0


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_scripts_are_posix_shell_and_executable(script: str) -> None:
    path = ROOT / script
    assert path.read_text().startswith("#!/bin/sh\n")
    assert os.access(path, os.X_OK)
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_help_lists_the_commands_and_sets_nothing_up(checkout: Path) -> None:
    for words in ([], ["help"], ["--help"]):
        shown = call(checkout, *words)
        assert shown.returncode == 0
        for command in ("demo", "up", "test", "check", "chaos", "lock", "setup"):
            assert f"./run {command}" in shown.stdout
    assert installs(checkout) == 0


def test_second_setup_does_nothing(checkout: Path) -> None:
    assert call(checkout, "setup").returncode == 0
    assert call(checkout, "setup").returncode == 0
    assert installs(checkout) == 1


def test_running_installs_no_tools_and_testing_adds_them(checkout: Path) -> None:
    call(checkout, "status")
    log = checkout / "log"
    assert "requirements/run.txt" in log.read_text()
    assert "-e .[ffmpeg,model,postgresql,s3]" in log.read_text()
    assert "dev" not in log.read_text()
    venvs = log.read_text().count("-m venv")
    tools(checkout)
    call(checkout, "check")
    assert "requirements/dev.txt" in log.read_text()
    assert "-e .[dev]" in log.read_text()
    assert log.read_text().count("-m venv") == venvs == 1  # added to, not made anew
    call(checkout, "status")
    assert installs(checkout) == 2


def test_setup_takes_no_other_kind(checkout: Path) -> None:
    assert call(checkout, "setup", "everything").returncode == 2
    assert installs(checkout) == 0


def test_packages_come_by_hash_and_their_scripts_do_not_run(checkout: Path) -> None:
    call(checkout, "setup")
    by_hash, own = [
        line for line in (checkout / "log").read_text().splitlines() if "pip install" in line
    ]
    assert "--no-deps --require-hashes" in by_hash
    assert "--no-build-isolation" in own  # which would fetch what no file names
    assert "npm ci --ignore-scripts" in (checkout / "log").read_text()


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt", "requirements/run.txt"])
def test_changed_requirements_install_again(checkout: Path, changed: str) -> None:
    call(checkout, "setup")
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    call(checkout, "setup")
    assert installs(checkout) == 2


@pytest.mark.parametrize("failing", ["--require-hashes", "-e ."])
def test_failed_install_says_so_and_is_tried_again(checkout: Path, failing: str) -> None:
    failed = call(checkout, "setup", pip_fails=1, failing=failing)
    assert failed.returncode == 7
    assert "could not be installed" in failed.stderr
    assert "软件包安装失败" in failed.stderr
    assert call(checkout, "setup").returncode == 0
    assert installs(checkout) == 2


def test_moved_checkout_gets_a_new_environment(checkout: Path) -> None:
    call(checkout, "setup")
    moved = checkout.rename(checkout.parent / "moved")
    call(moved, "setup")
    assert installs(moved) == 2


def test_other_words_go_to_chifeng_where_the_user_stands(checkout: Path, tmp_path: Path) -> None:
    call(checkout, "setup")
    chifeng = checkout / ".venv/bin/chifeng"
    chifeng.write_text(FAKE_CHIFENG)
    chifeng.chmod(0o755)
    shown = call(checkout, "demo", "--recording", "a b.mp4", cwd=tmp_path)
    assert shown.stdout == f"chifeng demo --recording a b.mp4 in {tmp_path}\n"


def test_chaos_is_begun_with_so_many_rounds(checkout: Path) -> None:
    (checkout / "bin" / "initdb").write_text("#!/bin/sh\n")
    (checkout / "bin" / "initdb").chmod(0o755)
    call(checkout, "chaos", "3", "7")
    assert (checkout / "log").read_text().splitlines()[-1] == "-m chaos 3 7"


def tools(checkout: Path, **fails: int) -> None:
    """Let the tools of the checks note that they were called, and fail with these codes."""
    for tool in ("ruff", "lint-imports", "mypy"):
        path = checkout / ".venv/bin" / tool
        code = fails.get(tool.partition("-")[0], 0)
        path.write_text(f'#!/bin/sh\necho {tool} >>"$LOG"\necho said by {tool}\nexit {code}\n')
        path.chmod(0o755)


def test_a_failing_check_stops_before_the_tests(checkout: Path) -> None:
    call(checkout, "setup", "dev")
    tools(checkout, lint=3)
    failed = call(checkout, "test")
    log = (checkout / "log").read_text()
    assert failed.returncode == 3
    assert "lint-imports" in log
    assert "mypy" not in log
    assert "-m pytest" not in log


@pytest.mark.parametrize("code", [0, 4])
def test_types_are_checked_beside_the_tests_and_must_be_right(checkout: Path, code: int) -> None:
    call(checkout, "setup", "dev")
    tools(checkout, mypy=code)
    done = call(checkout, "test", "-x")
    assert done.returncode == code
    assert "said by mypy" in done.stdout
    assert "-m pytest -n auto" in (checkout / "log").read_text()


def test_the_javascript_is_checked_beside_the_tests_and_must_be_right(checkout: Path) -> None:
    call(checkout, "setup", "dev")
    tools(checkout)
    done = call(checkout, "test", "-x", js_fails=5)
    assert done.returncode == 5
    log = (checkout / "log").read_text()
    assert "npm run --silent check" in log
    assert "-m pytest -n auto" in log


def test_failing_tests_fail_though_the_types_are_right(checkout: Path) -> None:
    call(checkout, "setup", "dev")
    tools(checkout)
    assert call(checkout, "test", "fail these").returncode == 9


def test_the_javascript_is_checked_and_an_old_node_fails_the_check(checkout: Path) -> None:
    call(checkout, "setup", "dev")
    tools(checkout)
    assert call(checkout, "check").returncode == 0
    assert "npm run --silent check" in (checkout / "log").read_text()
    (checkout / "bin" / "node").write_text("#!/bin/sh\nexit 1\n")
    (checkout / "bin" / "node").chmod(0o755)
    shown = call(checkout, "check")
    assert shown.returncode == 7
    assert "JavaScript was not checked" in shown.stderr


def test_without_a_usable_python_it_says_what_to_do(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "cksum", "cat", "tail", "rm", "id"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    shown = subprocess.run(
        ["sh", str(checkout / "run"), "setup"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shown.returncode == 7
    assert "Python 3.11 to 3.14 is missing" in shown.stderr
    assert "sudo apt install python3 python3-venv" in shown.stderr


def test_constraints_are_public_versions() -> None:
    """A local build (torch==2.13.0+cpu) or a path would bind the file to one machine."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 100
    for pin in pins:
        assert pin.count("==") == 1, pin
        assert "+" not in pin, pin
        assert "@" not in pin, pin


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_package_has_hashes_at_the_version_tested(kind: str) -> None:
    """torch and triton alone come without: their builds differ from machine to machine."""
    text = (ROOT / "requirements" / f"{kind}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    names = {name_of(line) for line in lines}
    for line in lines:
        assert line.count("--hash=sha256:") >= 1, line
        assert "index-url" not in line
    tested = (ROOT / "constraints.txt").read_text().splitlines()[1:]
    versions = {name_of(line): line.partition("==")[2] for line in tested}
    for line in lines:
        pinned = line.partition("==")[2].split()[0]
        assert versions.get(name_of(line), pinned) == pinned, line
    missing = versions.keys() - names
    assert "torch" not in names
    assert "triton" not in names
    assert missing == {"torch"} if kind == "dev" else "pytest" in missing


def name_of(line: str) -> str:
    return re.sub(r"[-_.]+", "-", line.partition("==")[0].strip()).lower()
