"""FCPXML, Premiere XML and OpenTimelineIO: the same film as any other list of the same cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from pipeline.editing.edit_lists import (
    Line,
    Reel,
    check_edit_list,
    find_source,
    read,
    resolve_frames,
    sound_start_s,
)
from pipeline.editing.remarks import Remark, remark
from pipeline.errors import FormError
from tests.pipeline.editing import exports
from tests.pipeline.editing.exports import Cut

PAL, NTSC, FILM = Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)
WRITERS: dict[str, Callable[[Sequence[Cut], Fraction], str]] = {
    "cut.csv": exports.as_csv,
    "cut.edl": exports.as_edl,
    "cut.fcpxml": exports.as_fcpxml,
    "cut.xml": exports.as_xmeml,
    "cut.otio": exports.as_otio,
}
TEN_O_CLOCK = 10 * 3600


@dataclass(frozen=True)
class Original:
    name: str
    sha256: str


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def plan(lines: Sequence[Line], cuts: Sequence[Cut], rate: Fraction) -> list[object]:
    """Return what would be cut: original, frames, sound."""
    held = {c.name: c for c in cuts}
    originals = [Original(name, f"{i:064d}") for i, name in enumerate(held)]
    planned: list[object] = []
    for line in lines:
        if not line.names:
            planned.append(None)
            continue
        name = find_source(line, originals, "list").name
        part = resolve_frames(line, reel(held[name], rate), "list")
        planned.append((name, part.in_frame, part.out_frame, line.sound))
    return planned


def reel(cut: Cut, rate: Fraction) -> Reel:
    base = round(rate)
    second, frames = divmod(cut.starts, base)
    code = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}:{frames:02d}"
    return Reel(cut.name, rate, 90_000, code if cut.starts else None)


@pytest.mark.parametrize("rate", [PAL, NTSC, FILM, Fraction(50)])
@pytest.mark.parametrize("hours", [0, TEN_O_CLOCK])
@pytest.mark.parametrize("name", WRITERS)
def test_every_way_to_write_a_cut_gives_the_same_film(
    tmp_path: Path, name: str, rate: Fraction, hours: int
) -> None:
    starts = hours * round(rate)
    cuts = [
        Cut("采访 一.MP4", 61, 85, starts), Cut("C0002.MXF", 0, 1, starts + 7),
        Cut("采访 一.MP4", 3, 22, starts), Cut("采访 一.MP4", 40_001, 40_990, starts),
    ]  # fmt: skip
    lines = read(write(tmp_path, name, WRITERS[name](cuts, rate)))
    assert plan(lines, cuts, rate) == [(c.name, c.first, c.last, None) for c in cuts]


def remarks(lines: Sequence[Line]) -> list[tuple[int, Remark]]:
    return [(i, found) for i, line in enumerate(lines) for found in line.remarks]


A, B = Cut("A.MP4", 0, 1000), Cut("B.MP4", 0, 1000, TEN_O_CLOCK * 25)


def fcpxml(tmp_path: Path, story: str, more: str = "") -> tuple[Line, ...]:
    return read(write(tmp_path, "x.fcpxml", exports.spine(story, [A, B], PAL, more)))


def planned(lines: Sequence[Line]) -> list[object]:
    return plan(lines, [A, B], PAL)


def test_a_gap_is_black_and_stands_in_the_report(tmp_path: Path) -> None:
    lines = fcpxml(
        tmp_path,
        '<asset-clip ref="a0" offset="3600s" duration="2s"/>'
        '<gap offset="3602s" duration="1s" start="3600s"/>'
        '<asset-clip ref="a1" offset="3603s" start="36001s" duration="1s"/>',
    )
    assert planned(lines) == [("A.MP4", 0, 50, None), None, ("B.MP4", 25, 50, None)]
    assert remarks(lines) == [(1, remark("black", at="0:00:02.000", end="0:00:03.000"))]
    assert lines[1].out and lines[1].out.seconds == 1
    assert lines[1].sound is not None and not lines[1].sound.names


def test_a_picture_above_covers_and_the_voice_goes_on_below(tmp_path: Path) -> None:
    lines = fcpxml(
        tmp_path,
        '<asset-clip ref="a0" offset="3600s" start="10s" duration="4s">'
        '<asset-clip ref="a1" lane="1" offset="11s" start="36005s" duration="2s"'
        ' srcEnable="video"/></asset-clip>',
    )
    (first, covered, last) = lines
    assert [p[:3] for p in planned(lines) if isinstance(p, tuple)] == [
        ("A.MP4", 250, 275), ("B.MP4", 125, 175), ("A.MP4", 325, 350),
    ]  # fmt: skip
    assert first.sound is None and last.sound is None
    assert covered.sound is not None and covered.sound.names == ("A.MP4",)
    assert sound_start_s(covered, reel(A, PAL), "x") == 11


def test_a_multi_camera_clip_shows_the_angle_chosen_and_hears_the_other(tmp_path: Path) -> None:
    more = (
        '<media id="m"><multicam format="r1" tcStart="0s">'
        '<mc-angle angleID="one"><asset-clip ref="a0" offset="0s" duration="100s"/></mc-angle>'
        '<mc-angle angleID="two"><gap offset="0s" duration="3s"/>'
        '<asset-clip ref="a1" offset="3s" start="36000s" duration="90s"/></mc-angle>'
        "</multicam></media>"
    )
    lines = fcpxml(
        tmp_path,
        '<mc-clip ref="m" offset="3600s" start="10s" duration="2s">'
        '<mc-source angleID="two" srcEnable="video"/><mc-source angleID="one" srcEnable="audio"/>'
        "</mc-clip>",
        more,
    )
    (line,) = lines
    assert planned(lines) == [("B.MP4", 175, 225, line.sound)]
    assert line.sound is not None and sound_start_s(line, reel(A, PAL), "x") == 10


def test_sequences_in_sequences_are_opened(tmp_path: Path) -> None:
    more = (
        '<media id="m"><sequence format="r1" tcStart="5s"><spine>'
        '<asset-clip ref="a0" offset="5s" start="1s" duration="2s"/>'
        '<asset-clip ref="a1" offset="7s" start="36000s" duration="2s"/>'
        "</spine></sequence></media>"
    )
    lines = fcpxml(tmp_path, '<ref-clip ref="m" offset="3600s" start="6s" duration="2s"/>', more)
    assert planned(lines) == [("A.MP4", 50, 75, None), ("B.MP4", 0, 25, None)]


def test_a_dissolve_becomes_a_cut_in_its_middle_and_is_reported(tmp_path: Path) -> None:
    story = (
        '<asset-clip ref="a0" offset="3600s" duration="2s"/>'
        '<transition name="Cross Dissolve" offset="3601.5s" duration="1s"/>'
        '<asset-clip ref="a1" offset="3602s" start="36001s" duration="2s"/>'
    )
    lines = fcpxml(tmp_path, story)
    assert planned(lines) == [("A.MP4", 0, 50, None), ("B.MP4", 25, 75, None)]
    # What Premiere writes for it: both clips run through all of the dissolve.
    one = exports.as_xmeml([A], PAL).partition("<file")[2].partition("</file>")[0]
    two = exports.as_xmeml([B], PAL).partition("<file")[2].partition("</file>")[0]
    items = (
        f"<clipitem><start>0</start><end>-1</end><in>0</in><out>63</out><file{one}</file></clipitem>"
        "<transitionitem><start>37</start><end>63</end><alignment>center</alignment>"
        "<effect><name>Cross Dissolve</name></effect></transitionitem>"
        f"<clipitem><start>-1</start><end>100</end><in>12</in><out>75</out><file{two}</file></clipitem>"
    )
    premiere = read(write(tmp_path, "x.xml", exports.track(items, PAL)))
    assert planned(premiere) == planned(lines)
    for found, frames in ((lines, 25), (premiere, 26)):
        cut = remark("blend_cut", at="0:00:02.000", name="Cross Dissolve", frames=frames)
        assert remarks(found) == [(0, cut)]


def test_what_is_not_made_is_named(tmp_path: Path) -> None:
    lines = fcpxml(
        tmp_path,
        '<asset-clip ref="a0" name="她的童年" offset="3600s" duration="2s">'
        '<filter-video ref="f" name="Gaussian Blur"/>'
        '<title name="人名条" lane="1" offset="1s" duration="1s"/>'
        '<asset-clip ref="a1" name="底层" lane="-1" offset="0s" start="36000s" duration="1s"'
        ' srcEnable="video"/></asset-clip>',
    )
    blur = {"effect": "Gaussian Blur", "clip": "她的童年", "at": "0:00:00.000"}
    assert lines[0].remarks == (
        remark("effect_left_out", **blur),
        remark("title_left_out", clip="人名条", at="0:00:01.000"),
        remark("covered", clip="底层", at="0:00:00.000"),
    )
    assert planned(lines) == [("A.MP4", 0, 50, None)]


def test_what_is_switched_off_does_not_count(tmp_path: Path) -> None:
    items = exports.as_xmeml([A], PAL).partition("<track>")[2].partition("</track>")[0]
    off = items.replace("<name>", "<enabled>FALSE</enabled><name>").replace("A.MP4", "B.MP4")
    lines = read(write(tmp_path, "x.xml", exports.track(items, PAL, second=off)))
    assert planned(lines) == [("A.MP4", 0, 1000, None)]
    assert remarks(lines) == []


def test_a_copy_with_another_start_is_found_by_timecode(tmp_path: Path) -> None:
    proxy = Cut("B.MP4", 100, 150, TEN_O_CLOCK * 25 + 75)
    for name in ("cut.fcpxml", "cut.xml", "cut.otio"):
        lines = read(write(tmp_path, name, WRITERS[name]([proxy], PAL)))
        assert planned(lines) == [("B.MP4", 175, 225, None)], name
    with pytest.raises(FormError, match=r"is not in .B\.MP4."):  # before it begins
        planned(read(write(
            tmp_path, "cut.xml", exports.as_xmeml([Cut("B.MP4", 1, 9, 25)], PAL)
        )))  # fmt: skip


def test_opentimelineio_without_the_start_of_the_media_counts_in_its_timecode(
    tmp_path: Path,
) -> None:
    timeline = otio.adapters.read_from_string(exports.as_otio([B], PAL), "otio_json")
    for clip in timeline.find_clips():
        clip.media_reference.available_range = None
    lines = read(write(tmp_path, "x.otio", timeline.to_json_string()))
    assert planned(lines) == [("B.MP4", 0, 1000, None)]


CHANGED = '<timeMap><timept time="0s" value="0s"/><timept time="4s" value="2s"/></timeMap>'
REFUSED_FCPXML = {
    "speed": (f'<asset-clip ref="a0" offset="3600s" duration="2s">{CHANGED}</asset-clip>', "speed"),
    "title alone": (
        '<asset-clip ref="a0" offset="3600s" duration="2s"/>'
        '<title name="片名" offset="3602s" duration="2s"/>',
        "“片名” at 0:00:02.000 is drawn",
    ),
    "two sounds": (
        '<asset-clip ref="a0" offset="3600s" duration="2s">'
        '<asset-clip ref="a1" lane="-1" offset="1s" start="36000s" duration="1s"/></asset-clip>',
        "are heard together at 0:00:01.000",
    ),
    "picture in picture": (
        '<asset-clip ref="a0" offset="3600s" duration="2s"><asset-clip ref="a1" lane="1"'
        ' srcEnable="video" offset="1s" start="36000s" duration="1s"><adjust-transform'
        ' scale="0.3 0.3"/></asset-clip></asset-clip>',
        "lets the picture below it be seen",
    ),
    "nothing": ("", "no picture"),
    "no such asset": ('<asset-clip ref="a9" offset="3600s" duration="2s"/>', "“a9” is not in"),
    "no time": ('<asset-clip ref="a0" offset="soon" duration="2s"/>', "“soon” is not a time"),
    "no number": ('<asset-clip ref="a0" offset="1/0s" duration="2s"/>', "is not a time"),
    "absurd": ('<asset-clip ref="a0" offset="3600s" duration="1e999999999s"/>', "is not a time"),
    "long": (f'<asset-clip ref="a0" offset="3600s" duration="{"9" * 30}s"/>', "is not a time"),
}


@pytest.mark.parametrize("case", REFUSED_FCPXML)
def test_what_would_give_another_film_is_refused_with_the_place(tmp_path: Path, case: str) -> None:
    story, says = REFUSED_FCPXML[case]
    with pytest.raises(FormError, match=r"x\.fcpxml") as refused:
        fcpxml(tmp_path, story)
    assert says in str(refused.value)
    assert refused.value.remedy


def test_speed_and_several_sequences_are_refused_in_the_others_too(tmp_path: Path) -> None:
    text = exports.as_xmeml([A], PAL)
    slow = text.replace("<out>1000</out>", "<out>500</out>")
    with pytest.raises(FormError, match="speed"):
        read(write(tmp_path, "x.xml", slow))
    twice = text.replace("</xmeml>", '<sequence id="t"><name>二</name></sequence></xmeml>')
    with pytest.raises(FormError, match="2 sequences in it: 王桂兰, 二"):
        read(write(tmp_path, "x.xml", twice))
    timeline = otio.adapters.read_from_string(exports.as_otio([A], PAL), "otio_json")
    next(iter(timeline.find_clips())).effects.append(otio.schema.FreezeFrame())
    with pytest.raises(FormError, match="speed"):
        read(write(tmp_path, "x.otio", timeline.to_json_string()))


def test_a_rate_nobody_can_translate_is_refused(tmp_path: Path) -> None:
    lines = read(write(tmp_path, "x.xml", exports.as_xmeml([A], Fraction(30))))
    with pytest.raises(FormError, match=r"at 30.0 frames per second, which has 29.97"):
        plan(lines, [A], NTSC)
    assert plan(lines, [A], Fraction(60)) == [("A.MP4", 0, 2000, None)]  # the same time


BOMB = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(12))
HOSTILE = {
    "bomb.fcpxml": (
        f'<!DOCTYPE fcpxml [<!ENTITY a0 "ha">{BOMB}]><fcpxml>&a12;</fcpxml>', "entit",
    ),
    "outside.xml": (
        '<!DOCTYPE xmeml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xmeml>&x;</xmeml>', "entities",
    ),
    "deep.xml": ("<xmeml>" + "<a>" * 50_000, "not XML that can be read"),
    "web.xml": ("<html/>", "neither FCPXML nor"),
    "binary.xml": ("PK\x03\x04", "not XML that can be read"),
    "empty.otio": ("", "no timeline that can be read"),
    "deep.otio": ("[" * 100_000 + "]" * 100_000, "no timeline that can be read"),
    # OpenTimelineIO's own reader ends the whole program here.
    "odd.otio": (
        exports.as_otio([A], PAL).replace('"children"', '"name"', 1), "no picture in the list",
    ),
    "nan.otio": (exports.as_otio([A], PAL).replace("1000.0", "NaN"), "is not a time"),
    "long.otio": (exports.as_otio([A], PAL).replace("1000.0", "9" * 400), "is not a time"),
    "other.otio": ('{"OTIO_SCHEMA": "SerializableCollection.1", "children": []}', "0 sequences"),
    "huge.otio": (
        exports.as_otio([A], PAL).replace('"value": 1000.0', '"value": 1e300'), "is not a time",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_at_once(tmp_path: Path, name: str) -> None:
    text, says = HOSTILE[name]
    with pytest.raises(FormError) as refused:
        check_edit_list(write(tmp_path, name, text))
    assert says in str(refused.value)
    assert "root:" not in str(refused.value)


def test_sequences_that_open_without_end_are_refused(tmp_path: Path) -> None:
    """Ten levels, each holding the next ten times: ten thousand million clips in a small file."""
    inner = "".join(
        f'<media id="m{level}"><sequence format="r1"><spine>'
        + f'<ref-clip ref="m{level + 1}" duration="1s"/>' * 10
        + "</spine></sequence></media>"
        for level in range(10)
    )
    last = '<media id="m10"><sequence format="r1"><spine/></sequence></media>'
    with pytest.raises(FormError, match="contain each other"):
        fcpxml(tmp_path, '<ref-clip ref="m0" offset="3600s" duration="2s"/>', inner + last)


def test_a_circle_of_sequences_is_refused(tmp_path: Path) -> None:
    more = (
        '<media id="m"><sequence format="r1"><spine><ref-clip ref="m" offset="0s" duration="2s"/>'
        "</spine></sequence></media>"
    )
    with pytest.raises(FormError, match="contain each other"):
        fcpxml(tmp_path, '<ref-clip ref="m" offset="3600s" duration="2s"/>', more)


REAL = {
    "fcpx_example.fcpxml": "there are 2 sequences in it",
    "hiero_xml_export.xml": "is drawn by the editing program",
    "nested_example.otio": "the speed of",
}


def test_real_timelines_are_read_or_refused_with_the_reason(shared_data: Path | None) -> None:
    folder = shared_data / "oralhistory" / "edl_fcpxml" if shared_data else Path("nowhere")
    found = [p for p in sorted(folder.glob("*")) if p.suffix in (".fcpxml", ".xml", ".otio")]
    for path in found:
        with pytest.raises(FormError, match=REAL[path.name]):
            read(path)


def test_one_project_of_the_real_fcpxml_is_read(shared_data: Path | None, tmp_path: Path) -> None:
    from lxml import etree

    if shared_data is None:
        return
    tree = etree.parse(shared_data / "oralhistory" / "edl_fcpxml" / "fcpx_example.fcpxml")
    _first, second = tree.iter("project")
    second.getparent().remove(second)
    path = tmp_path / "one.fcpxml"
    tree.write(path)
    lines = read(path)
    frames = [
        (x.out.frame(Fraction(30)) - x.in_.frame(Fraction(30))) for x in lines if x.in_ and x.out
    ]
    assert sum(frames) == 150 * 30  # as long as the sequence, which says 150 s
    assert {x.names[0] for x in lines if x.names} == {
        "IMG_0715.MOV", "IMG_0513.MOV", "IMG_0268.MOV", "IMG_0740.MOV", "IMG_0857.MOV",
        "IMG_0233.MOV", "IMG_0687.MOV",
    }  # fmt: skip
    assert remark("black", at="0:00:10.000", end="0:00:20.000") in lines[1].remarks
