"""Run an ffmpeg graph with progress, time limits and strict detection of errors."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.core import progress
from pipeline.core.processes.child import Child, Limits
from pipeline.core.processes.resource_limits import ResourceLimits
from pipeline.errors import StorageError, ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg.binaries import ffmpeg_path
from pipeline.media.ffmpeg.inputs import file_url
from pipeline.media.ffmpeg.sandbox import work_limits

__all__ = ["BITEXACT", "Outcome", "OverLimitError", "capture", "execute", "run", "stream"]

BITEXACT: dict[str, Any] = {
    "fflags": "+bitexact",
    "flags:v": "+bitexact",
    "flags:a": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
}
"""Output options that keep version, date and source metadata out of the file."""

STALL_S = 300.0
_LEVEL = re.compile(r"\[(quiet|panic|fatal|error|warning|info|verbose|debug|trace)\] ?")
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+(?=\])")
_FRAMES = re.compile(r"^frame= *(\d+)", re.MULTILINE)  # the last report, printed in any case
_BAD = ("panic", "fatal", "error")
_NULL_OUTPUT = "[null @ "  # it reports uneven time stamps, which do no harm there
_TAIL = 20
_NO_MEMORY = re.compile(r"Cannot allocate memory|get_buffer\(\) failed|malloc of size \d+ failed")
_OUT_OF_TIME = (-24, 152)  # SIGXCPU, and how a shell tells it


class OverLimitError(ToolFailed):
    """ffmpeg wanted more memory or processor time than it is given."""


@dataclass(frozen=True)
class Outcome:
    """The result of a run: ffmpeg's log, its error lines, frames and time written."""

    log: str
    errors: tuple[str, ...]
    frames: int
    duration_ms: int


def run(*outputs: Any, **options: Any) -> str:
    """Run the graph that ends in these outputs and return ffmpeg's log; see `execute`."""
    return execute(*outputs, **options).log


def execute(
    *outputs: Any,
    duration_ms: int | None = None,
    what: str = "",
    strict: bool = True,
    env: Mapping[str, str] | None = None,
    stall_s: float = STALL_S,
    wall_s: float | None = None,
    on_output: Callable[[bytes], None] | None = None,
    metadata: Path | None = None,
    resources: ResourceLimits | None = None,
) -> Outcome:
    """Run the graph that ends in these ffmpeg-python outputs, all in one command.

    `duration_ms` is the length of the result, for progress and the time limit. `what` names the
    work in progress reports and errors. With `strict` any line that ffmpeg logs as an error fails
    the run, because exit code 0 does not prove success. Give absolute paths to outputs, and options
    of filters by keyword (positional ones are escaped twice). `on_output` receives what an output
    writes to `pipe:1`, and must then report progress itself. `metadata` is a file of chapters
    (FFMETADATA1), added as the last input. `resources` are other limits than those of a render.

    Raises OverLimitError, ToolFailed (also after `stall_s` without progress), or StorageError if
    the disk is full.
    """
    limits = Limits(stall_s, wall_s or _wall_s(duration_ms))
    report = () if on_output else ("-progress", "pipe:1")
    command = _command(outputs, ("-nostats", *report, "-y"), metadata)
    with Child(command, env, resources or work_limits(command)) as child:
        progress_report = _ProgressReport(duration_ms, what)
        try:
            for chunk in child.chunks(limits):
                if on_output:
                    on_output(chunk)
                if on_output or progress_report.read(chunk):
                    limits.alive()
            code = child.wait(limits)
        except TimeoutError:
            raise _timeout_error(limits, child, what) from None
    log, errors = _read_log(child.log)
    _raise_on_failure(code, errors if strict else (), log, what)
    frames = max(map(int, _FRAMES.findall(log)), default=0) if on_output else progress_report.frames
    return Outcome(log, errors, frames, progress_report.time_ms)


def stream(
    *outputs: Any,
    what: str = "",
    strict: bool = True,
    stall_s: float = STALL_S,
    wall_s: float = 24 * 3600,
) -> Iterator[bytes]:
    """Yield what the graph writes to `pipe:1`, in chunks.

    Raises as `execute` does, at the end at the latest.
    """
    limits = Limits(stall_s, wall_s)
    command = _command(outputs, ("-nostats",))
    with Child(command, resources=work_limits(command)) as child:
        try:
            for chunk in child.chunks(limits):
                yield chunk
                limits.alive()
            code = child.wait(limits)
        except TimeoutError:
            raise _timeout_error(limits, child, what) from None
    log, errors = _read_log(child.log)
    _raise_on_failure(code, errors if strict else (), log, what)


def capture(*outputs: Any, max_bytes: int = 64 << 20, **options: Any) -> bytes:
    """Return what the graph writes to `pipe:1`, for small results.

    Raises ToolFailed beyond `max_bytes`, and as `stream` does.
    """
    data = bytearray()
    for chunk in stream(*outputs, **options):
        data += chunk
        if len(data) > max_bytes:
            raise ToolFailed(
                _("ffmpeg wrote more than the {n} bytes expected.").format(n=max_bytes)
            )
    return bytes(data)


class _ProgressReport:
    """Reads ffmpeg's progress report and passes it on."""

    def __init__(self, duration_ms: int | None, what: str) -> None:
        self.frames = 0
        self.time_ms = 0
        self._duration_ms = duration_ms
        self._what = what
        self._start = time.monotonic()
        self._rest = b""

    def read(self, chunk: bytes) -> bool:
        """Read a chunk of the report; return whether the work has advanced."""
        before = (self.frames, self.time_ms)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            key, _eq, value = line.strip().partition(b"=")
            number = int(value) if value.lstrip(b"-").isdigit() else 0
            if key == b"frame":
                self.frames = max(self.frames, number)
            elif key == b"out_time_us":
                self.time_ms = max(self.time_ms, number // 1000)
        if (self.frames, self.time_ms) == before:
            return False
        if self._duration_ms:
            progress.report(self.time_ms / self._duration_ms, self._message())
        return True

    def _message(self) -> str:
        """Return what is being made, the current frame and the speed relative to playback."""
        if not (self.frames and self._what):
            return self._what
        speed = self.time_ms / 1000 / max(time.monotonic() - self._start, 0.001)
        return _("{what}, frame {frame}, {speed:.1f}×").format(
            what=self._what, frame=self.frames, speed=speed
        )


def _command(
    outputs: tuple[Any, ...], options: tuple[str, ...], metadata: Path | None = None
) -> list[str]:
    graph = outputs[0] if len(outputs) == 1 else ffmpeg.merge_outputs(*outputs)
    # Each line begins with its level, which separates errors from what filters print.
    command = [str(ffmpeg_path()), "-nostdin", "-hide_banner", "-loglevel", "level+info"]
    args = ffmpeg.get_args(graph)
    if metadata:  # it has no stream, so ffmpeg-python cannot map it
        after = len(args) - args[::-1].index("-i") + 1
        args[after:after] = ["-f", "ffmetadata", "-i", file_url(metadata)]
    return [*command, *options, *args]


def _read_log(lines: Iterator[str] | Any) -> tuple[str, tuple[str, ...]]:
    text, errors = [], []
    for line in lines:
        level = _LEVEL.search(line)
        plain = _LEVEL.sub("", line, count=1)
        text.append(plain)
        if level and level[1] in _BAD and not plain.startswith(_NULL_OUTPUT):
            errors.append(plain)
    return "\n".join(text), tuple(errors)


def _raise_on_failure(code: int, errors: tuple[str, ...], log: str, what: str) -> None:
    if code in _OUT_OF_TIME or (code and _NO_MEMORY.search(log)):
        raise OverLimitError(
            _("ffmpeg wanted more memory or time than it is given at {what}.").format(
                what=what or _("its work")
            ),
            remedy=_("Export the film anew at its usual size, and bring that."),
            detail="\n".join(log.split("\n")[-_TAIL:]),
        )
    if code == 0 and not errors:
        return
    if "No space left on device" in log:
        raise StorageError(
            _("The disk is full."), remedy=_("Make room, then run the same command again.")
        )
    last = errors[0] if errors else (log.rsplit("\n", 1)[-1] or f"exit code {code}")
    if code < 0 and not errors:
        last = _("stopped by signal {n}").format(n=-code)
    raise ToolFailed(
        _("ffmpeg failed at {what}: {line}").format(
            what=what or _("its work"), line=_ADDRESS.sub("", last)
        ),
        remedy=_("Look at the file named; if it plays, report the line above."),
        detail="\n".join(log.split("\n")[-_TAIL:]),
    )


def _timeout_error(limits: Limits, child: Child, what: str) -> ToolFailed:
    log, _errors = _read_log(list(child.log))
    return ToolFailed(
        _("ffmpeg did not get on at {what} and was stopped.").format(what=what or _("its work")),
        remedy=_("Allowed: {stall} s without progress, {wall} s in all.").format(
            stall=round(limits.stall_s), wall=round(limits.wall_s)
        ),
        detail="\n".join(log.split("\n")[-_TAIL:]),
    )


def _wall_s(duration_ms: int | None) -> float:
    """Return the time limit: forty times the length, to end what would run forever."""
    return 24 * 3600 if duration_ms is None else 600 + duration_ms / 1000 * 40
