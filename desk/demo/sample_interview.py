"""The material of the demonstration: a short filmed interview, forms, and a list of cuts."""

from __future__ import annotations

from pathlib import Path

import ffmpeg

from desk.demo.sample_speech import Sample, sample_speech
from pipeline.media.ffmpeg import BITEXACT, probe, run, source

__all__ = ["CONSENT_TERMS", "CONTACT_RECORD", "cuts", "filmed_interview", "scanned_consent"]

CONTACT_RECORD = """\
姓名: 王桂兰
出生: 1938-05-06
籍贯: 昭乌达盟赤峰县
性别: 女
民族: 汉
领域: culture
工作单位与职务: 赤峰县文化馆，已退休（演示人物，并无其人）
联系方式:
  电话: "0000-0000000"
生平:
  - 1956 进入赤峰县文化馆
  - 1983 参加赤峰市成立演出
  - 1993 退休
话题:
  - 文化馆的早年
产生方式: 推荐
首次联系日期: 2023-03-01
联系人: 赵制片
"""

CONSENT_TERMS = """\
姓名: 王桂兰
用途: [网站, 电视, 图书, 展览, 研究]
生效日期: 2023-03-01
有效期至: 长期
签字人: 王桂兰
签字日期: 2023-03-01
"""

_PAUSE_S = 1.2
_FIRST = ("nihao_shijie", "pangrama", "jishu", "nihao_shijie")
_SECOND = ("jishu", "nihao_shijie", "pangrama", "jishu")
_MOST_S = 120.0


def filmed_interview(path: Path) -> Path:
    """Film the sample interview: real Mandarin speech before a moving background.

    Raises MissingTool where the speech cannot be fetched.
    """
    clips = {sample.path.stem: sample for sample in sample_speech()}
    spoken = [_spoken(clips[name], n) for n, name in enumerate((*_FIRST, *_SECOND))]
    sound = ffmpeg.concat(*spoken, v=0, a=1)
    seconds = sum(_length_s(clips[name]) for name in (*_FIRST, *_SECOND))
    background = ffmpeg.input(
        f"color=c=0x24425c:size=1280x720:rate=25:duration={seconds:.3f}", f="lavfi"
    ).drawbox(x="mod(200*t,iw)-300", y=0, width=300, height=720, color="0x6b7f5a", thickness="fill")
    made = ffmpeg.output(
        background, sound, str(path.absolute()),
        vcodec="libx264", preset="superfast", crf=22, pix_fmt="yuv420p", acodec="aac",
        ar=48000, ac=2, audio_bitrate="128k", movflags="+faststart", **BITEXACT,
    )  # fmt: skip
    run(made, duration_ms=round(seconds * 1000), what="sample interview")
    return path


def cuts(recording: Path) -> str:
    """Return a list that cuts a recording into two episodes, of at most two minutes each."""
    seconds = probe(recording).duration_ms / 1000
    half = _first_half_s() if recording.stem == "interview" else seconds / 2
    parts = ((1, 0.0, min(half, _MOST_S)), (2, half, min(seconds - 0.2, half + _MOST_S)))
    lines = [f"{n},{recording.name},{_clock(a)},{_clock(b)}" for n, a, b in parts]
    return "\n".join(["episode,source,in,out", *lines, ""])


def scanned_consent(path: Path) -> Path:
    """Draw what a scanner would give of a signed consent form: a page in grey."""
    page = ffmpeg.input("color=c=0xf4f1ea:size=1240x1754:duration=1:rate=1", f="lavfi")
    for line in range(12):
        page = page.drawbox(x=140, y=260 + 90 * line, width=960, height=6, color="0x555555")
    run(ffmpeg.output(page, str(path.absolute()), vframes=1, **BITEXACT), what="consent form")
    return path


def _spoken(sample: Sample, n: int) -> ffmpeg.Stream:
    # A clip said twice must be two streams: the pauses differ by a millisecond.
    pause = _PAUSE_S + n / 1000
    return source(sample.path).audio.filter("apad", pad_dur=pause).filter("aresample", 48000)


def _length_s(sample: Sample) -> float:
    return probe(sample.path).duration_ms / 1000 + _PAUSE_S


def _first_half_s() -> float:
    clips = {sample.path.stem: sample for sample in sample_speech()}
    return sum(_length_s(clips[name]) for name in _FIRST)


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole % 60_000 / 1000:06.3f}"
