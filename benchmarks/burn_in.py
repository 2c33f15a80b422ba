"""Burned subtitles corrected: this project beside one ffmpeg command that encodes all of it again.

    python -m benchmarks.burn_in [--minutes 20] [--size 1920x1080] [--folder FOLDER]
    python -m benchmarks.burn_in --hours 3 --size 320x180    only the memory of a long render

The source is a talking head: a still room, a head that sways and a mouth that moves, camera noise,
25 frames a second; 15 cues a minute. Both sides use x264 with the settings of config/burning.toml,
the same libass script and as many threads; ffmpeg's command is the one the project itself used
before it had segments. It compares wall time and processor time of all processes, as ratios within
one run:

- first render: at most 1.05 times the single command; size at most 2 % more; SSIM of the first
  minute against the source (which both lack the cues of alike) not lower
- three of the cues changed: at least 20 times faster; one changed: at least 40 times
- the film after a change is byte for byte the one made from nothing; this on the first two minutes,
  because it costs a whole render more

Exits with 1 where one of these is missed. Wall times mean something on a quiet machine only; the
load is printed, and on a busy one processor time is what can be compared. With fewer minutes the
ratios of re-rendering are smaller: they grow with length.

`--hours` renders that much and a tenth of it; the memory at its most, of this process and all it
started, may grow by a twentieth.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.memory import measured
from pipeline.captions.cues import Cue
from pipeline.media import ass_script
from pipeline.media.burn_in import burn, canvas_for
from pipeline.media.ffmpeg import ffmpeg_path, probe
from pipeline.media.fonts import find_font, font_folder
from pipeline.media.render_cache import THREADS, RenderCache
from pipeline.settings import load

_PART_S = 20
_TEXTS = ("我是一九五六年到文化馆的", "那时候馆里一共七个人", "白天下乡放电影", "晚上回来写材料")


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and of processor time."""

    wall: float
    cpu: float


def costed(what: str, work: Callable[[], object]) -> Cost:
    """Do the work, print and return what it cost."""
    before, start = _cpu_s(), time.monotonic()
    work()
    cost = Cost(time.monotonic() - start, _cpu_s() - before)
    print(f"{what:34} {cost.wall:9.1f} s {cost.cpu:9.1f} CPU s", flush=True)
    return cost


def _cpu_s() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, who))


def make_source(path: Path, minutes: float, size: str) -> Path:
    """Write the source: twenty seconds are encoded, then repeated without encoding."""
    width, height = map(int, size.split("x"))
    quiet = [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y"]
    room, part = path.with_name("room.png"), path.with_name("part.mp4")
    still = ["-f", "lavfi", "-i", f"gradients=s={size}:n=4:seed=3:d=1", "-frames:v", "1"]
    subprocess.run([*quiet, *still, str(room)], check=True)
    head, mouth = f"{width // 4}x{height * 5 // 9}", f"{width // 16}x{height // 18}"
    sway = "{}+W/90*sin(t*1.3)':y='{}+H/90*sin(t*2.1)"
    shown = (
        f"[0][1]overlay=x='{sway.format('W*3/8', 'H/5')}'[h];"
        f"[h][2]overlay=x='{sway.format('W*15/32', 'H*3/5')}':enable='lt(mod(t,0.5),0.25)',"
        "noise=alls=3:allf=t,format=yuv420p[v]"
    )
    inputs = ["-loop", "1", "-framerate", "25", "-t", f"{_PART_S}", "-i", str(room)]
    for colour, of in (("0xB08060", head), ("0x602020", mouth)):
        inputs += ["-f", "lavfi", "-i", f"color=c={colour}:s={of}:r=25:d={_PART_S}"]
    sound = f"sine=frequency=220:beep_factor=4:sample_rate=48000:duration={_PART_S}"
    inputs += ["-f", "lavfi", "-i", sound, "-filter_complex", shown, "-map", "[v]", "-map", "3:a"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "aac", "-b:a", "128k"]
    subprocess.run([*quiet, *inputs, *coded, str(part)], check=True)
    again = ["-stream_loop", str(round(minutes * 60 / _PART_S) - 1), "-i", str(part), "-c", "copy"]
    subprocess.run([*quiet, *again, str(path)], check=True)
    return path


def make_cues(minutes: float) -> list[Cue]:
    """Return 15 cues a minute, evenly spread."""
    return [
        Cue(n * 4000 + 200, n * 4000 + 3400, _TEXTS[n % len(_TEXTS)] + str(n))
        for n in range(round(minutes * 15))
    ]


def changed(cues: list[Cue], count: int) -> list[Cue]:
    """Return the cues with some of them, far apart, corrected; of three, one crosses a border."""
    made = list(cues)
    for n in range(count):
        at = (2 * n + 1) * len(cues) // (2 * count) + n
        made[at] = replace(made[at], text=f"改过的第{at}句")
    return made


def single(source: Path, target: Path, cues: list[Cue]) -> None:
    """Encode the whole film with one ffmpeg command."""
    settings = load()
    style, how = settings.style_for("zh"), settings.burning
    font = find_font(style.font)
    events = [(c.start_ms, c.end_ms, "Cue", c.text) for c in cues]
    with font_folder(font) as fonts, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "burn.ass"
        script.write_text(
            ass_script.build_script(events, style, font, canvas_for(probe(source))), "utf-8"
        )
        command = [
            str(ffmpeg_path()), "-nostdin", "-v", "error", "-y", "-i", str(source),
            "-vf", f"ass=filename={script}:fontsdir={fonts.path}", "-c:v", "libx264",
            "-crf", str(how.crf), "-preset", how.preset, "-threads", str(THREADS), "-c:a", "copy",
            "-movflags", "+faststart", str(target),
        ]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, **fonts.environment})


def ssim(film: Path, source: Path) -> float:
    """Return how like the first minute of a film is to its source (SSIM, 1.0 is equal)."""
    command = [
        str(ffmpeg_path()), "-nostdin", "-hide_banner", "-t", "60", "-i", str(film), "-t", "60",
        "-i", str(source), "-lavfi", "[0:v][1:v]ssim", "-f", "null", "-",
    ]  # fmt: skip
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    found = re.search(r"All:([\d.]+)", log)
    assert found, log
    return float(found[1])


def main() -> int:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--hours", type=float)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.hours:
            return _endure(Path(folder), options.hours, options.size)
        return _compare(Path(folder), options.minutes, options.size)


@dataclass(frozen=True)
class Film:
    """A source, and the folder of segments that belongs to it."""

    source: Path
    kept: RenderCache

    def render(self, name: str, cues: list[Cue], cache: RenderCache | None = None) -> Path:
        """Burn the cues into the film `name`, beside the source."""
        settings, target = load(), self.source.with_name(name)
        style, how = settings.style_for("zh"), settings.burning
        burn(self.source, target, cues, style, how, cache=cache or self.kept)
        return target


def identical(folder: Path, size: str) -> bool:
    """Tell whether two minutes after a change are the bytes of a render from nothing."""
    folder.mkdir()
    film = Film(make_source(folder / "source.mp4", 2, size), RenderCache(folder / "segments"))
    cues = make_cues(2)
    film.render("first.mp4", cues)
    after = film.render("after.mp4", changed(cues, 3))
    fresh = film.render("fresh.mp4", changed(cues, 3), RenderCache(folder / "fresh"))
    return after.read_bytes() == fresh.read_bytes()


def _compare(folder: Path, minutes: float, size: str) -> int:
    print(f"{minutes:g} minutes, {size}, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    source, cues = make_source(folder / "source.mp4", minutes, size), make_cues(minutes)
    film, one_pass = Film(source, RenderCache(folder / "segments")), folder / "one.mp4"
    print(f"source made, {source.stat().st_size / 1e6:.0f} MB", flush=True)

    one = costed("one ffmpeg command", lambda: single(source, one_pass, cues))
    first = costed("in segments, first time", lambda: film.render("first.mp4", cues))
    three = costed("three cues changed", lambda: film.render("three.mp4", changed(cues, 3)))
    single_cue = costed("one cue changed", lambda: film.render("cue.mp4", changed(cues, 1)))
    nothing = costed("nothing changed", lambda: film.render("again.mp4", cues))
    sizes = (folder / "first.mp4").stat().st_size / one_pass.stat().st_size
    like = ssim(folder / "first.mp4", source), ssim(one_pass, source)
    same = identical(folder / "short", size)
    print(f"{'nothing changed, times faster':34} {one.wall / nothing.wall:9.1f}")
    for name, cost in (("three cues", three), ("one cue", single_cue)):
        print(f"{f'{name}, times less CPU':34} {one.cpu / cost.cpu:9.1f}")
    bars = (
        ("first render, wall", first.wall / one.wall, first.wall <= 1.05 * one.wall, "≤ 1.05"),
        ("first render, CPU", first.cpu / one.cpu, first.cpu <= 1.05 * one.cpu, "≤ 1.05"),
        ("three cues, times faster", one.wall / three.wall, one.wall >= 20 * three.wall, "≥ 20"),
        ("one cue, times faster", one.wall / single_cue.wall,
         one.wall >= 40 * single_cue.wall, "≥ 40"),
        ("size", sizes, sizes <= 1.02, "≤ 1.02"),
        ("SSIM, segments against one", like[0] - like[1], like[0] >= like[1] - 0.0005, "≥ -0.0005"),
        ("equal to a render from nothing", float(same), same, "= 1"),
    )  # fmt: skip
    return _report(bars)


def _endure(folder: Path, hours: float, size: str) -> int:
    peaks = []
    for minutes in (6 * hours, 60 * hours):
        place = folder / f"{minutes:g}"
        place.mkdir()
        film = Film(
            make_source(place / "source.mp4", minutes, size), RenderCache(place / "segments")
        )
        cues = make_cues(minutes)
        cost = measured(partial(film.render, "film.mp4", cues))
        print(f"{minutes:g} minutes: {cost.seconds:.0f} s, {cost.peak_mib:.0f} MiB", flush=True)
        peaks.append(cost.peak_mib)
    grown = peaks[1] / peaks[0]
    return _report([("memory, ten times as long", grown, grown <= 1.05, "≤ 1.05")])


def _report(bars: Sequence[tuple[str, float, bool, str]]) -> int:
    for name, value, held, bar in bars:
        print(f"{name:34} {value:9.4f} {bar:10} {'held' if held else 'MISSED'}")
    return 0 if all(held for _name, _value, held, _bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
