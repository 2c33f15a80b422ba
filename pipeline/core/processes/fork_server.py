"""A process that forks others, which have all that was imported here already. For Linux."""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from pipeline.core.processes.parent_death import die_with

__all__ = ["forker"]

Work = Callable[[bytes], None]


def forker(work: Work) -> tuple[int, socket.socket]:
    """Fork a process that forks one to do `work` for each socket that is sent to it.

    Call it while this process has one thread. Returned are the process id and a socket: send by it
    (`socket.send_fds`, one with each byte); what is written there, to the end, is given to `work`,
    and in return come two lines: the process id, and once it has ended the exit code as
    `subprocess` has it. Whoever is killed takes along all that were forked.
    """
    gc.freeze()  # what is never looked at again stays shared in memory
    ours, theirs = socket.socketpair()
    pid = _fork()
    if pid == 0:
        ours.close()
        _serve(theirs, work)
    theirs.close()
    return pid, ours


def _fork() -> int:
    """Fork; the child dies with this process."""
    follow = die_with(os.getpid())
    pid = os.fork()
    if pid == 0:
        follow()
    return pid


def _serve(requests: socket.socket, work: Work) -> NoReturn:
    """Fork as asked and tell of ends, until nobody is there to ask."""
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    running: dict[int, socket.socket] = {}
    selector = selectors.DefaultSelector()
    for each in (requests, woken):
        selector.register(each, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj is woken:
                woken.recv(4096)
                _tell_ends(running)
                continue
            byte, descriptors, _flags, _address = socket.recv_fds(requests, 1, 1)
            if not byte:
                sys.exit()
            answer = socket.socket(fileno=descriptors[0])
            pid = _fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                selector.close()
                for other in (requests, woken, wake, *running.values()):
                    other.close()
                _do(work, answer)
            running[pid] = answer
            _tell(answer, pid)


def _tell_ends(running: dict[int, socket.socket]) -> None:
    with suppress(ChildProcessError):  # no child is left
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with running.pop(pid) as answer:
                _tell(answer, os.waitstatus_to_exitcode(status))


def _tell(answer: socket.socket, number: int) -> None:
    with suppress(OSError):  # who asked is no longer there
        answer.sendall(b"%d\n" % number)


def _do(work: Work, answer: socket.socket) -> NoReturn:
    with answer, answer.makefile("rb") as given:
        asked = given.read()
    work(asked)
    sys.exit()
