"""Recordings whose every frame can be told from every other, and what is left of them after a cut.

Eight bars spell the number of the frame in binary, white is 1, the lowest bit on the left. Every
tenth frame has a tone as long as itself; its frequency tells which one it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import ffmpeg
import numpy as np

from pipeline.media.ffmpeg import capture, probe, source

BITS = 8
WIDTH, HEIGHT = 320, 180
SOUND_HZ = 48_000
BEAT = 10
FIRST_HZ = 500


def coded(
    make_clip: Callable[..., Path], name: str, *args: str, rate: str = "25", seconds: float = 8,
    video: str = "", sound: str = "",
) -> Path:  # fmt: skip
    """Write such a recording; `args` are its codecs, `video` and `sound` filters that spoil it."""
    bars = ",".join(
        f"drawbox=x={i * 40}:y=0:w=40:h=180:color=white:t=fill:enable='mod(floor(n/{2**i}),2)'"
        for i in range(BITS)
    )
    picture = f"color=black:s={WIDTH}x{HEIGHT}:r={rate}:d={seconds},{bars}"
    frame = f"(t*{rate})"
    tone = f"0.3*sin(2*PI*({FIRST_HZ}+100*floor({frame}/{BEAT}))*t)*lt(mod({frame},{BEAT}),1)"
    heard = f"aevalsrc='{tone}':s={SOUND_HZ}:d={seconds}"
    inputs = ("-f", "lavfi", "-i", picture + video, "-f", "lavfi", "-i", heard + sound)
    return make_clip(name, *inputs, *(args or X264))


X264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "2", "-sc_threshold", "0",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k")  # fmt: skip


def numbers(path: Path) -> list[int]:
    """Return the number every decoded frame spells, in order."""
    stream = source(path)["v:0"].filter("scale", w=BITS * 8, h=2, flags="area")
    raw = capture(
        ffmpeg.output(stream, "pipe:1", format="rawvideo", pix_fmt="gray", fps_mode="passthrough")
    )
    frames = np.frombuffer(raw, np.uint8).reshape(-1, 2, BITS, 8)[:, 0, :, 2:6].mean(axis=2)
    bits = frames > 128
    return [int(value) for value in bits @ (1 << np.arange(BITS))]


def samples(path: Path) -> np.ndarray:
    """Return the sound as one channel of floats, at 48 kHz from the first picture on."""
    stream = source(path)["a:0"]
    raw = capture(ffmpeg.output(stream, "pipe:1", format="f32le", ac=1, ar=SOUND_HZ))
    return np.frombuffer(raw, np.float32)


def out_of_step(
    path: Path, *, frames_early: int = 0, tolerance: float = 1 / 3, first: int = 0,
    last: int | None = None, shown: list[int] | None = None,
) -> tuple[list[str], int]:  # fmt: skip
    """Return what is wrong with the sound, and how many tones were looked at.

    The tone of a frame must begin within `tolerance` frames of it and have its frequency. It is
    looked for `frames_early` frames before, between the frames `first` and `last`. `shown` are the
    numbers whose tones are expected, where those are not the ones seen.
    """
    rate = probe(path).video[0].frame_rate
    sound, shown = samples(path), shown or numbers(path)
    length = int(SOUND_HZ / rate)
    wrong, seen = [], 0
    for at in range(first + 1, (last or len(shown)) - 1):
        number = shown[at]
        whole = [number - 1, number, number + 1] == shown[at - 1 : at + 2]
        if (number + frames_early) % BEAT or not whole:
            continue
        seen += 1
        begin = round(at * SOUND_HZ / rate)
        window = np.abs(sound[max(begin - length, 0) : begin + 2 * length])
        loud = np.flatnonzero(window > np.abs(sound).max() / 3)
        late = (int(loud[0]) - min(begin, length)) / length if loud.size else math.inf
        heard = sound[begin + length // 8 : begin + length * 7 // 8]
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size), SOUND_HZ))
        tone = FIRST_HZ + 100 * ((number + frames_early) // BEAT)
        if abs(late) > tolerance or abs(int(spectrum.argmax()) - tone) > 40:
            wrong.append(f"frame {number} is {late:.2f} frames late, {spectrum.argmax()} Hz")
    return wrong, seen
