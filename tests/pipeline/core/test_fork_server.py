"""The process that forks others: what they are given, how their end is told, who dies with whom."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

# Forks what it is asked for in its input, and says what it is told; threads come after the fork.
_PROGRAM = dedent(
    """
    import atexit, os, socket, sys, threading, time
    from pipeline.core.processes.fork_server import forker

    loaded = "loaded once"

    def say(*words):  # at once, so that the lines of several processes stay whole
        os.write(1, (" ".join(map(str, words)) + "\\n").encode())

    def work(given):
        atexit.register(say, "in order")
        say(given.decode(), len(os.listdir("/proc/self/task")), loaded)
        exec(given.decode())

    def ask(given):
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(way, [b"!"], [theirs.fileno()])
        ours.sendall(given.encode())
        ours.shutdown(socket.SHUT_WR)
        for line in ours.makefile():
            say("told", line.strip())
        say("told all")

    _pid, way = forker(work)
    for line in sys.stdin:
        threading.Thread(target=ask, args=[line.strip()]).start()
    """
)


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    """The program, with its input and what it and those that it forked have said."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", _PROGRAM], text=True, cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with process:
        yield process
        process.kill()


def ask(program, work):
    """Have it forked; return the lines that follow."""
    program.stdin.write(work + "\n")
    program.stdin.flush()
    return iter(program.stdout.readline, "")


def asleep(program, work):
    """Have one forked that only sleeps; return its process, and the lines that follow."""
    lines = ask(program, work)
    first, second = sorted([next(lines), next(lines)])
    assert first == f"{work} 1 loaded once\n"
    return psutil.Process(int(second.removeprefix("told "))), lines


@pytest.mark.parametrize(
    ("work", "code", "more"),
    [
        ("pass", 0, ["in order"]),
        ("sys.exit(3)", 3, ["in order"]),
        ("1 / 0", 1, ["ZeroDivisionError: division by zero", "in order"]),
        ("os.kill(os.getpid(), 9)", -9, []),
        ("threading.Thread(target=lambda: (time.sleep(0.3), say('late'))).start()", 0,
         ["late", "in order"]),
    ],
)  # fmt: skip
def test_it_ends_as_any_program_ends_and_that_is_told(program, work, code, more):
    said = list(iter(ask(program, work).__next__, "told all\n"))
    assert f"{work} 1 loaded once\n" in said
    assert [line for line in said if line.startswith("told ")][1:] == [f"told {code}\n"]
    assert [line.strip() for line in said if line.strip() in ("late", "in order", *more)] == more


def test_who_is_killed_takes_along_all_that_were_forked(program):
    first, lines = asleep(program, "time.sleep(60)")
    parent = first.parent()
    assert parent.parent().pid == program.pid
    second, _lines = asleep(program, "time.sleep(70)")
    first.terminate()
    assert [next(lines), next(lines)] == [f"told {-signal.SIGTERM}\n", "told all\n"]
    parent.kill()
    assert next(lines) == "told all\n"
    assert not psutil.wait_procs([second], timeout=10)[1]


def test_all_of_it_ends_with_the_program(program):
    forked, _lines = asleep(program, "time.sleep(60)")
    family = [forked, forked.parent()]
    program.kill()
    assert not psutil.wait_procs(family, timeout=10)[1]
