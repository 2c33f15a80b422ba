"""What is handed out for websites plays in Chromium: the film, its ladder of sizes, captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import write_srt, write_vtt
from pipeline.core.files import write_json
from pipeline.delivery.deliver import make_delivery
from pipeline.delivery.source import Release
from pipeline.repository.store import digest
from pipeline.settings import load

SETTINGS = load()
CUES = [Cue(0, 2500, "我进了放映队"), Cue(2600, 5900, "走了三百里")]
LADDER = {
    "ladder": ((360, 900_000), (180, 300_000)), "segment_ms": 1000, "preset": "ultrafast",
}  # fmt: skip
_PAGE = """<!doctype html><meta charset="utf-8"><body style="margin:0">
<video muted width="640" height="360" crossorigin src="{film}">
<track kind="captions" srclang="zh" src="captions.vtt" default></video>"""


@dataclass
class Site:
    """A delivery as a web server hands it out, and what was asked of it."""

    address: str
    folder: Path
    asked: list[str] = field(default_factory=list)


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/mp4", ".vtt": "text/vtt",
    }  # fmt: skip
    asked: list[str]

    def __init__(self, *args: Any, asked: list[str], **options: Any) -> None:
        self.asked = asked
        super().__init__(*args, **options)

    def log_message(self, *_told: object) -> None:
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def material(make_clip, tmp_path_factory) -> Release:
    """6 s at 25 frames a second, 640x360, moving, with a tone."""
    master = make_clip(
        "to play.mp4", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=6",
        "-f", "lavfi", "-i", "sine=f=300:r=48000:d=6",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("released")
    told: dict[str, Any] = {"withheld": [], "consent": {"uses": ["website"]}}
    return Release.of(
        master, digest(master), write_vtt(CUES, folder / "final.vtt"),
        write_srt(CUES, folder / "final.srt"), write_json(folder / "record.json", told),
    )  # fmt: skip


@pytest.fixture
def site(request, material: Release, tmp_path: Path) -> Iterator[Site]:
    """The delivery of a profile, served on this machine."""
    profile = SETTINGS.delivery[request.param]
    if request.param == "stream":
        profile = profile.model_copy(update=LADDER)
    folder = tmp_path / "delivered"
    make_delivery(material, profile, SETTINGS, folder)
    found = Site("", folder)
    handler = partial(_Handler, directory=str(folder), asked=found.asked)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        found.address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 640, "height": 360})
    yield context.new_page()
    context.close()


def opened(page: Page, site: Site, film: str) -> None:
    (site.folder / "page.html").write_text(_PAGE.format(film=film), "utf-8")
    page.goto(f"{site.address}/page.html")
    page.evaluate("document.querySelector('video').play()")


def until(page: Page, condition: str) -> Any:
    """Wait until it holds of the video `v`; return what the video tells of itself then."""
    told = "document.querySelector('video')"
    page.wait_for_function(f"(() => {{ const v = {told}; return {condition} }})()", timeout=60_000)
    return page.evaluate(
        f"(() => {{ const v = {told}; return {{at: v.currentTime, length: v.duration,"
        " width: v.videoWidth, height: v.videoHeight, error: v.error && v.error.message,"
        " cues: [...(v.textTracks[0].activeCues || [])].map(c => c.text)} })()"
    )


@pytest.mark.parametrize("site", ["web"], indirect=True)
def test_the_film_for_the_web_plays_with_captions_and_its_sheet(page: Page, site: Site) -> None:
    opened(page, site, "film.mp4")
    first = until(page, "v.currentTime > 0.5 && v.textTracks[0].activeCues?.length")
    assert (first["width"], first["height"], first["error"]) == (640, 360, None)
    assert first["length"] == pytest.approx(6, abs=0.1)
    later = until(page, "v.currentTime > 3")
    assert [*first["cues"], *later["cues"]] == ["我进了放映队", "走了三百里"]
    sheet = page.evaluate(
        "(async () => { const i = new Image(); i.src = 'thumbnails.jpg'; await i.decode();"
        " return [i.naturalWidth, i.naturalHeight] })()"
    )
    assert sheet == [1600, 90]
    assert until(page, "v.ended")["error"] is None


@pytest.mark.parametrize("site", ["stream"], indirect=True)
def test_the_ladder_is_climbed_and_played_to_its_end_with_captions(page: Page, site: Site) -> None:
    opened(page, site, "hls/master.m3u8")
    first = until(page, "v.currentTime > 0.5 && v.textTracks[0].activeCues?.length")
    assert first["error"] is None and first["height"] in (180, 360)
    assert first["length"] == pytest.approx(6, abs=0.1)
    later = until(page, "v.currentTime > 3")
    assert [*first["cues"], *later["cues"]] == ["我进了放映队", "走了三百里"]
    assert until(page, "v.ended")["error"] is None
    segments = [path.split("/")[2] for path in site.asked if path.endswith(".m4s")]
    assert segments.count("sound") >= 6
    assert {"180p", "360p"} <= set(segments)  # it begins small and climbs


@pytest.mark.parametrize("site", ["stream"], indirect=True)
@pytest.mark.parametrize("height", [360, 180])
def test_each_size_plays_by_itself(page: Page, site: Site, height: int) -> None:
    opened(page, site, f"hls/{height}p/index.m3u8")
    shown = until(page, "v.currentTime > 1")
    assert (shown["height"], shown["error"]) == (height, None)
