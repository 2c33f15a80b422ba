"""Make the pictures of the desk: `python -m docs.make_desk_pictures [FOLDER [NAME …]]`.

Makes the home of the browser tests (invented people, a generated film, something to do at every
stage), serves it as `python -m desk.web.server` does, and photographs its pages with Chromium, each
in Chinese and in English (`board.zh.jpg`, `board.en.jpg`). FOLDER is docs/pictures unless given;
NAMES are those of SHOTS, all unless given. It takes a minute.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from desk.demo.sample_interview import filmed_interview
from flows.server.supervisor import free_port
from pipeline.core.processes.supervised import Service
from pipeline.media.ffmpeg import ffmpeg_path
from pipeline.media.fonts import find_font, font_folder
from pipeline.workflow.production import Production, open_home
from pipeline.workflow.roster import add_interviewee
from stages import STAGES
from tests.desk.web.interview_film import PASSWORD, SLUG, filmed_home

__all__ = ["SHOTS", "main"]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
QUALITY = 70
PATIENCE_S = 60.0

Shot = Callable[[Page], None]


def main() -> None:
    """Make all pictures, or those named."""
    here = Path(__file__).resolve().parent / "pictures"
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        made = production(Path(place))
        with served(made) as address, browser() as opened:
            for name in sys.argv[2:] or SHOTS:
                for lang in ("zh", "en"):
                    picture = into / f"{name}.{lang}.jpg"
                    photograph(opened, address, name, lang, picture)
                    print(picture, f"{picture.stat().st_size // 1000} kB")


def production(place: Path) -> Production:
    """Make the production: eight episodes at their stages, and an interviewee with nothing yet."""
    filmed_home(place / "home", recording=interview(place / "interview.mp4")).ledger.close()
    made = open_home(place / "home", STAGES)
    add_interviewee(made, "li-ming", "李明", field="education")
    return made


def interview(path: Path) -> Path:
    """Film the demonstration's interview before a quiet picture, 32 seconds of it."""
    spoken = filmed_interview(path.with_name("spoken.mp4"))
    room = "gradients=s=640x360:n=3:seed=3:c0=0x40362b:c1=0x5c4a36:c2=0x2b2620:speed=0.00001"
    oval = "if(lte(hypot((X-W/2)/(W/2),(Y-H/2)/(H/2)),1),255,0)"
    shape = f"format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='{oval}',loop=-1:1"
    person = (
        f"color=c=0x2f4a5e:s=300x320:r=25:d=0.04,{shape}[body];"
        f"color=c=0xc49a7c:s=100x128:r=25:d=0.04,{shape}[head];"
        "[1:v][body]overlay=x=170:y=210[a];"
        "[a][head]overlay=x='270+4*sin(t)':y='92+2*sin(2*t)',noise=alls=3:allf=t[v];[0:a]apad[sound]"
    )
    command = [
        ffmpeg_path(), "-nostdin", "-v", "error", "-y", "-t", "32", "-i", str(spoken),
        "-f", "lavfi", "-i", f"{room}:r=25",
        "-filter_complex", person, "-map", "[v]", "-map", "[sound]", "-t", "32", "-c:v", "libx264",
        "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path


@contextmanager
def served(made: Production) -> Iterator[str]:
    """Serve the desk of a production while the block runs, and return its address."""
    port = free_port(0)
    address = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "desk.web.server", str(port))
    env = {**os.environ, "CHIFENG_HOME": str(made.folder)}
    service = Service("desk", command, env, made.folder / "logs" / "desk.log")
    try:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/health", timeout=5).close()
                break
            time.sleep(0.2)
        yield address
    finally:
        service.stop(10.0)


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, with a Chinese font."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright, font_folder(find_font("Noto Sans CJK SC")) as font:
        opened = playwright.chromium.launch(
            executable_path=found, args=FLAGS, env={**os.environ, **font.environment}
        )
        yield opened
        opened.close()


def photograph(opened: Browser, address: str, name: str, lang: str, picture: Path) -> None:
    """Sign in as the person whose page it is, go there and take the picture."""
    person, width, height, path, prepare = SHOTS[name]
    context = opened.new_context(
        base_url=address, viewport={"width": width, "height": height}, locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )  # fmt: skip
    context.add_cookies([{"name": "chifeng_lang", "value": lang, "url": address}])
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#person", person)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url(f"{address}/")
    page.goto(path)
    page.wait_for_timeout(1500)
    prepare(page)
    page.screenshot(path=picture, type="jpeg", quality=QUALITY)
    context.close()


def as_it_is(_page: Page) -> None:
    """Take the page as it opens."""


def at_a_doubtful_place(page: Page) -> None:
    """Go to the second doubtful place, and have film and waveform drawn."""
    page.locator("#text").click()
    for _place in range(2):
        page.keyboard.press("F8")
        page.wait_for_timeout(1500)


SHOTS: dict[str, tuple[str, int, int, str, Shot]] = {
    "board": ("李编辑", 1200, 720, "/", as_it_is),
    "deposit": ("赵制片", 1200, 760, "/deposit/li-ming", as_it_is),
    "episode": ("李编辑", 1200, 760, f"/episode/{SLUG}/01", as_it_is),
    "proofread": ("李编辑", 1280, 760, f"/episode/{SLUG}/01/proofread/7", at_a_doubtful_place),
    "interviewee": ("王桂兰", 480, 860, f"/mine/{SLUG}/04", as_it_is),
    "review": ("吴馆长", 1200, 800, f"/episode/{SLUG}/06/review/11", as_it_is),
}
"""Who looks, how large, at which address, and what is done there first."""

if __name__ == "__main__":
    main()
