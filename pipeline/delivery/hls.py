"""The film as a ladder of sizes a player climbs as its line allows: HTTP Live Streaming (RFC 8216).

Fragmented MP4, the sound in a rendition of its own, all sizes cut at the same key frames. The
playlists are written here, so that what they say of rates was measured on the files.
"""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.delivery.source import Release
from pipeline.errors import ToolFailed
from pipeline.i18n import _
from pipeline.media.ffmpeg import BITEXACT, run, source
from pipeline.settings import Delivery

__all__ = ["INIT", "MASTER", "Playlist", "hls", "rungs"]

INIT = "init.mp4"
MASTER = "master.m3u8"
_INDEX = "index.m3u8"
_SEGMENT = re.compile(r"^#EXTINF:([\d.]+),.*\n(?:#.*\n)*(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Playlist:
    """One rendition: its folder and, in order, its segments with their lengths in seconds."""

    folder: Path
    segments: tuple[tuple[float, Path], ...]

    @classmethod
    def read(cls, folder: Path) -> Playlist:
        """Read the list in a rendition's folder."""
        found = _SEGMENT.findall((folder / _INDEX).read_text("utf-8"))
        return cls(folder, tuple((float(length), folder / name) for length, name in found))

    @property
    def peak(self) -> int:
        """Return the highest rate of any segment in bits per second."""
        return max(round(path.stat().st_size * 8 / length) for length, path in self.segments)

    @property
    def average(self) -> int:
        """Return the mean rate in bits per second."""
        size = sum(path.stat().st_size for _length, path in self.segments)
        return round(size * 8 / sum(length for length, _path in self.segments))

    @property
    def files(self) -> list[Path]:
        """Return every file of it."""
        return [self.folder / _INDEX, self.folder / INIT, *(path for _s, path in self.segments)]


def rungs(released: Release, profile: Delivery) -> list[tuple[int, int]]:
    """Return height and highest rate of each size: none is larger than the master."""
    height = released.probed.video[0].height
    sizes = [(h, rate) for h, rate in profile.ladder if h <= height]
    return sizes or [(height // 2 * 2, profile.ladder[-1][1])]


def hls(released: Release, profile: Delivery, folder: Path) -> list[Path]:
    """Write the ladder below `hls`, all sizes from one decoding."""
    root = folder / "hls"
    media, probed = source(released.master), released.probed
    sizes = rungs(released, profile)
    frames = max(round(profile.segment_ms * released.rate / 1000), 1)
    pictures = media[str(probed.video[0].index)].filter_multi_output("split", len(sizes))
    outputs = [
        _rung(pictures[n], root / f"{height}p", height, rate, frames, profile)
        for n, (height, rate) in enumerate(sizes)
    ]
    sound = media[str(probed.audio[0].index)]
    outputs.append(_segment(sound, root / "sound", profile.segment_ms / 1000, {"c:a": "copy"}))
    run(*outputs, duration_ms=probed.duration_ms, what=_("writing the stream"))
    videos = [Playlist.read(root / f"{height}p") for height, _rate in sizes]
    sound_playlist = Playlist.read(root / "sound")
    captions = _captions(released, root / "captions")
    master = root / MASTER
    master.write_text(_master(released, videos, sound_playlist), "utf-8", newline="\n")
    return [master, *captions, *(f for each in (*videos, sound_playlist) for f in each.files)]


def _rung(
    picture: Any, folder: Path, height: int, rate: int, frames: int, profile: Delivery
) -> Any:
    picture = picture.filter("scale", w=-2, h=height).filter("setsar", sar=1)
    coded = {
        "c:v": "libx264", "crf": profile.crf, "preset": profile.preset, "threads": 4,
        "pix_fmt": "yuv420p", "maxrate": rate, "bufsize": 2 * rate,
        "x264-params": f"keyint={frames}:min-keyint={frames}:scenecut=0:open-gop=0",
    }  # fmt: skip
    # There is a key frame every so many frames and nowhere else, so this cuts at each of them.
    return _segment(picture, folder, 0.5, coded)


def _segment(stream: Any, folder: Path, least_s: float, coded: dict[str, Any]) -> Any:
    folder.mkdir(parents=True)
    return ffmpeg.output(
        stream, str((folder / _INDEX).absolute()), format="hls", hls_time=least_s,
        hls_playlist_type="vod", hls_segment_type="fmp4", hls_fmp4_init_filename=INIT,
        hls_segment_filename=str((folder / "%05d.m4s").absolute()), **coded, **BITEXACT,
    )  # fmt: skip


def _captions(released: Release, folder: Path) -> list[Path]:
    """Write the captions as one segment: an hour of them is smaller than a second of film."""
    folder.mkdir()
    text = folder / "captions.vtt"
    shutil.copyfile(released.captions, text)
    length = released.frames / released.rate
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{-(-length // 1)}",
        "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD", f"#EXTINF:{float(length):.6f},",
        text.name, "#EXT-X-ENDLIST", "",
    ]  # fmt: skip
    index = folder / _INDEX
    index.write_text("\n".join(lines), "utf-8", newline="\n")
    return [index, text]


def _master(released: Release, videos: Sequence[Playlist], sound: Playlist) -> str:
    language = released.language
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="原声",LANGUAGE="{language}",'
        f'DEFAULT=YES,AUTOSELECT=YES,URI="{sound.folder.name}/{_INDEX}"',
        # The picture has them already: whoever wants them as text, too, has to choose them.
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="字幕",LANGUAGE="{language}",'
        f'DEFAULT=NO,AUTOSELECT=NO,FORCED=NO,URI="captions/{_INDEX}"',
    ]  # fmt: skip
    for each in videos:
        codec, width, height = _codec_and_size(each.folder / INIT)
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={each.peak + sound.peak},"
            f"AVERAGE-BANDWIDTH={each.average + sound.average},"
            f'CODECS="{codec},mp4a.40.2",RESOLUTION={width}x{height},'
            f'FRAME-RATE={float(released.rate):.3f},AUDIO="sound",SUBTITLES="captions"'
        )
        lines.append(f"{each.folder.name}/{_INDEX}")
    return "\n".join([*lines, ""])


def _codec_and_size(init: Path) -> tuple[str, int, int]:
    """Return the codec as RFC 6381 names it, and width and height (ISO/IEC 14496-12 and -15)."""
    data = init.read_bytes()
    entry = data.find(b"avc1", data.find(b"stsd"))
    record = data.find(b"avcC", entry)
    if entry < 0 or record < 0:
        raise ToolFailed(_("“{name}” tells nothing of its codec.").format(name=init.name))
    width, height = struct.unpack_from(">HH", data, entry + 28)
    return "avc1." + data[record + 5 : record + 8].hex(), width, height
