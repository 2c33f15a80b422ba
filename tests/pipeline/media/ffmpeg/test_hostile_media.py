"""Whatever door a hostile file comes to, it is refused, and makes ffmpeg open nothing else."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipeline.errors import ChifengError, InputError, MediaError
from pipeline.media.ffmpeg import probe
from pipeline.media.frame_compare import still_jpeg
from pipeline.media.measurements import measure
from pipeline.media.qc import verify_file
from pipeline.settings import load
from pipeline.speech.audio_extraction import extract_audio
from pipeline.workflow.ingest.deposits import CHECKS

_SETTINGS = load()
DOORS: dict[str, Callable[[Path], object]] = {
    "camera_originals": CHECKS["camera_originals"],
    "finished_cut": CHECKS["finished_cut"],
    "voice_note": CHECKS["voice_note"],
    "check": lambda path: verify_file(
        path, _SETTINGS.verification, None, _SETTINGS.style_for("zh")
    ),
    "transcribe": lambda path: extract_audio(path, path.with_name("out.wav")),
    "measure": lambda path: measure(path, _SETTINGS.verification),
    "look": lambda path: still_jpeg(path, 0),
}
"""Every way a file from outside comes to ffmpeg."""

SCRIPTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{there}\n#EXT-X-ENDLIST\n",
    "hls master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{there}\n",
    "hls key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{there}"\n#EXTINF:9,\n{there}\n',
    "concat": "ffconcat version 1.0\nfile '{there}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
    "<AdaptationSet><Representation><BaseURL>{there}</BaseURL></Representation>"
    "</AdaptationSet></Period></MPD>",
    "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
    "quicktime link": '<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?>'
    '<embed src="{there}" />',
}


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A web server: its address, and what it was asked for."""
    requests: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listening)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", requests
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_a_playlist_in_or_asks_the_network(door, asked, clip, tmp_path):
    address, requests = asked
    scripts = [(name, f"{address}/a.ts") for name in SCRIPTS]
    scripts += [("hls", f"file:{clip}"), ("concat", str(clip)), ("hls", f"concat:{clip}|{clip}")]
    for name, there in scripts:
        path = tmp_path / "interview.mp4"
        path.write_text(SCRIPTS[name].format(there=there), newline="")
        with pytest.raises(InputError):
            DOORS[door](path)
        assert requests == [], name
    assert [p.name for p in tmp_path.iterdir()] == ["interview.mp4"]


def test_addresses_in_place_of_a_file_are_files_that_are_not_there(asked):
    address, requests = asked
    for name in (f"{address}/a.mp4", "pipe:0", "concat:/etc/hosts|/etc/hosts", "lavfi:testsrc"):
        with pytest.raises(MediaError, match="There is no file"):
            probe(Path(name))
    assert requests == []


def test_a_device_or_pipe_is_no_recording(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path / "pipe.mp4", Path("/dev/zero")):
        with pytest.raises(MediaError, match="There is no file"):
            probe(path)


def test_more_streams_than_any_recording_has_are_refused(make_clip):
    sound = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=0.1")
    many = make_clip("many.mkv", *sound, *("-map", "0:a") * 101, "-c:a", "pcm_s16le")
    with pytest.raises(MediaError, match="claims to hold 101 streams"):
        probe(many)
    few = make_clip("few.mkv", *sound, *("-map", "0:a") * 24, "-c:a", "pcm_s16le")
    assert len(probe(few).audio) == 24


def test_a_length_no_recording_has_is_refused(clip_mkv, tmp_path):
    data = bytearray(clip_mkv.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3  # Duration, a float of eight bytes, in milliseconds
    assert struct.unpack_from(">d", data, at)[0] == pytest.approx(4000, abs=100)
    path = tmp_path / "endless.mkv"
    for hours in (47, 49, 10_000):
        struct.pack_into(">d", data, at, hours * 3_600_000.0)
        path.write_bytes(data)
        if hours < 48:
            assert probe(path).duration_ms == hours * 3_600_000
        else:
            with pytest.raises(MediaError, match=f"claims to hold {hours} hours"):
                probe(path)


@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_or_refuses_what_others_broke(door, shared_data, tmp_path):
    for path in sorted((shared_data or Path()).glob("broken/*")) if shared_data else ():
        brought = tmp_path / path.name
        brought.write_bytes(path.read_bytes())
        try:
            DOORS[door](brought)
        except ChifengError as error:
            assert error.what
