"""That no run of ffmpeg hangs, outlives us, floods us, or fails unnoticed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import ffmpeg
import psutil
import pytest

from pipeline.core import progress
from pipeline.errors import StorageError, ToolFailed
from pipeline.media.ffmpeg import capture, execute, run, source, stream

ENDLESS = "testsrc2=size=64x64:rate=25"


def _nowhere(node):
    return ffmpeg.output(node, "-", format="null")


def _endless():
    return _nowhere(ffmpeg.input(ENDLESS, f="lavfi", re=None))


def _our_ffmpegs() -> list[psutil.Process]:
    # Other tests of this process may have a server of their own running.
    children = psutil.Process().children()
    return [child for child in children if _lives(child) and "ffmpeg" in child.name()]


def test_log_holds_what_filters_print(clip: Path) -> None:
    log = run(_nowhere(source(clip)["1"].filter("volumedetect")))
    assert "mean_volume: -21" in log
    assert "[info]" not in log


def test_progress_is_reported_to_the_end(clip: Path) -> None:
    seen: list[tuple[float, str]] = []
    with progress.report_to(lambda done, what: seen.append((done, what))):
        run(_nowhere(source(clip)), duration_ms=4000, what="第一集")
    shares = [done for done, _what in seen]
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    assert {what.partition(",")[0] for _done, what in seen} == {"第一集"}
    assert re.fullmatch(r"第一集, frame 100, \d+\.\d×", seen[-1][1])


def test_several_outputs_are_one_command(clip: Path, tmp_path: Path) -> None:
    media = source(clip)
    first, second = tmp_path / "a.wav", tmp_path / "b.mp4"
    run(ffmpeg.output(media["1"], str(first)), ffmpeg.output(media["0"], str(second), c="copy"))
    assert first.stat().st_size > 300_000
    assert second.exists()


def test_error_lines_fail_a_run_that_exits_well(clip_truncated: Path) -> None:
    with pytest.raises(ToolFailed, match="decoding it") as caught:
        run(_nowhere(source(clip_truncated)), what="decoding it")
    assert caught.value.detail
    outcome = execute(_nowhere(source(clip_truncated)), strict=False)
    assert outcome.errors
    assert 0 < outcome.frames < 100


def test_wrong_filter_fails(clip: Path) -> None:
    with pytest.raises(ToolFailed, match="nonesuch"):
        run(_nowhere(source(clip)["0"].filter("nonesuch")))


def test_full_disk_is_said(clip: Path) -> None:
    with pytest.raises(StorageError, match="disk is full"):
        run(ffmpeg.output(source(clip), "/dev/full", format="mpegts", c="copy"))


def test_endless_work_is_stopped() -> None:
    with pytest.raises(ToolFailed, match="did not get on"):
        run(_endless(), wall_s=1)
    assert _our_ffmpegs() == []


def test_stalled_work_is_stopped(tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    os.mkfifo(silent)
    started = time.monotonic()
    with pytest.raises(ToolFailed, match="1 s without progress"):
        run(_nowhere(source(silent)), stall_s=1)
    assert time.monotonic() - started < 10
    assert _our_ffmpegs() == []


def test_interrupt_stops_ffmpeg() -> None:
    def interrupt(_done: float, _what: str) -> None:
        raise KeyboardInterrupt

    with progress.report_to(interrupt), pytest.raises(KeyboardInterrupt):
        run(_endless(), duration_ms=10_000)
    assert _our_ffmpegs() == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_ffmpeg_dies_with_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import ffmpeg\n"
        "from pipeline.media.ffmpeg import run\n"
        f"run(ffmpeg.output(ffmpeg.input({ENDLESS!r}, f='lavfi', re=None), '-', format='null'))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    try:
        child = _wait_for_child(parent.pid)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    psutil.wait_procs([child], timeout=10)
    assert not _lives(child)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for_child(pid: int) -> psutil.Process:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):  # it looks for its ffmpeg first
                if "-progress" in child.cmdline():
                    return child
        time.sleep(0.05)
    raise AssertionError("ffmpeg was not started")


def test_capture_returns_raw_output(clip: Path) -> None:
    sound = ffmpeg.output(source(clip)["1"], "pipe:1", format="s16le", ac=1, ar=8000)
    assert len(capture(sound)) == pytest.approx(4 * 8000 * 2, rel=0.02)
    with pytest.raises(ToolFailed, match="1000 bytes"):
        capture(sound, max_bytes=1000)


def test_stream_that_is_left_ends_ffmpeg() -> None:
    pictures = ffmpeg.output(
        ffmpeg.input(ENDLESS, f="lavfi"), "pipe:1", format="rawvideo", pix_fmt="gray"
    )
    chunks = stream(pictures)
    assert next(chunks)
    chunks.close()
    assert _our_ffmpegs() == []


def test_no_report_file_is_written(clip: Path, tmp_path: Path) -> None:
    """A report file asked for in the environment would be written where nobody expects it."""
    (tmp_path / "here").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FFREPORT", f"file={tmp_path}/here/report.log")
        run(_nowhere(source(clip)))
    assert list((tmp_path / "here").iterdir()) == []
