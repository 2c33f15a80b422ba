"""The same cut as each editing program writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import quote

import opentimelineio as otio

__all__ = ["Cut", "as_csv", "as_edl", "as_fcpxml", "as_otio", "as_xmeml", "spine", "track"]


@dataclass(frozen=True)
class Cut:
    """Frames `first` up to `last` of a recording whose timecode begins at frame `starts`."""

    name: str
    first: int
    last: int
    starts: int = 0

    @property
    def frames(self) -> int:
        return self.last - self.first


def as_csv(cuts: Sequence[Cut], rate: Fraction) -> str:
    rows = (f"{c.name},{float(c.first / rate):.6f},{float(c.last / rate):.6f}\n" for c in cuts)
    return "source,in,out\n" + "".join(rows)


def as_edl(cuts: Sequence[Cut], rate: Fraction) -> str:
    lines, record = ["TITLE: 王桂兰", "FCM: NON-DROP FRAME", ""], 0
    for number, cut in enumerate(cuts, 1):
        places = (cut.starts + cut.first, cut.starts + cut.last, record, record + cut.frames)
        record += cut.frames
        codes = " ".join(_timecode(place, rate) for place in places)
        lines += [f"{number:03d}  AX  AA/V  C  {codes}", f"* FROM CLIP NAME: {cut.name}"]
    return "\n".join(lines) + "\n"


def as_fcpxml(cuts: Sequence[Cut], rate: Fraction) -> str:
    lines, offset = [], Fraction(3600)
    for cut in cuts:
        start, length = (cut.starts + cut.first) / rate, cut.frames / rate
        lines.append(
            f'<asset-clip ref="{_id(cuts, cut)}" offset="{_s(offset)}" name="x" start="{_s(start)}"'
            f' duration="{_s(length)}" format="r1"/>'
        )
        offset += length
    return spine("\n".join(lines), cuts, rate)


def spine(story: str, cuts: Sequence[Cut], rate: Fraction, more: str = "") -> str:
    """Write a project of this story; the recordings are those of `cuts`."""
    assets = "\n".join(
        f'<asset id="{_id(cuts, cut)}" name="x" start="{_s(cut.starts / rate)}" duration="1000s"'
        f' hasVideo="1" hasAudio="1" format="r1" src="file:///D:/{quote(cut.name)}"/>'
        for cut in {c.name: c for c in cuts}.values()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.9">'
        f'<resources><format id="r1" frameDuration="{_s(1 / rate)}"/>\n{assets}\n{more}</resources>'
        '<library><event><project name="p"><sequence format="r1" tcStart="3600s"><spine>\n'
        f"{story}\n</spine></sequence></project></event></library></fcpxml>"
    )


def as_xmeml(cuts: Sequence[Cut], rate: Fraction) -> str:
    items, record = [], 0
    for cut in cuts:
        items.append(
            f"<clipitem><name>x</name><start>{record}</start><end>{record + cut.frames}</end>"
            f"<in>{cut.first}</in><out>{cut.last}</out>{_file(cut, rate)}</clipitem>"
        )
        record += cut.frames
    clips = "\n".join(items)
    return track(clips, rate, f"<audio><track>{clips}</track><track>{clips}</track></audio>")


def track(items: str, rate: Fraction, audio: str = "", second: str = "") -> str:
    """Write a sequence with these items on its first picture track."""
    above = f"<track>{second}</track>" if second else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4">'
        f'<sequence id="s"><name>王桂兰</name>{_rate(rate)}<media><video><track>\n{items}\n</track>'
        f"{above}</video>{audio}</media></sequence></xmeml>"
    )


def as_otio(cuts: Sequence[Cut], rate: Fraction) -> str:
    line = otio.schema.Track(kind="Video")
    hz = float(rate)
    for cut in cuts:
        known = otio.opentime.TimeRange(
            otio.opentime.RationalTime(cut.starts, hz), otio.opentime.RationalTime(90_000, hz)
        )
        line.append(otio.schema.Clip(
            name="x",
            media_reference=otio.schema.ExternalReference(f"file:///D:/{quote(cut.name)}", known),
            source_range=otio.opentime.TimeRange(
                otio.opentime.RationalTime(cut.starts + cut.first, hz),
                otio.opentime.RationalTime(cut.frames, hz),
            ),
        ))  # fmt: skip
    timeline = otio.schema.Timeline("王桂兰")
    timeline.tracks.append(line)
    return str(timeline.to_json_string())


def _id(cuts: Sequence[Cut], cut: Cut) -> str:
    names = list(dict.fromkeys(c.name for c in cuts))
    return f"a{names.index(cut.name)}"


def _s(time: Fraction) -> str:
    return f"{Fraction(time).numerator}/{Fraction(time).denominator}s"


def _rate(rate: Fraction) -> str:
    ntsc = "TRUE" if rate.denominator == 1001 else "FALSE"
    return f"<rate><timebase>{round(rate)}</timebase><ntsc>{ntsc}</ntsc></rate>"


def _file(cut: Cut, rate: Fraction) -> str:
    code = f"<timecode>{_rate(rate)}<frame>{cut.starts}</frame></timecode>"
    url = f"file://localhost/D%3a/{quote(cut.name)}"
    return f'<file id="{quote(cut.name)}"><pathurl>{url}</pathurl>{_rate(rate)}{code}</file>'


def _timecode(frame: int, rate: Fraction) -> str:
    base = round(rate)
    second, frames = divmod(frame, base)
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}:{frames:02d}"
