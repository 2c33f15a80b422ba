"""Material is brought in the browser: broken off and continued, refused, picked, taken back."""

from __future__ import annotations

import hashlib
import os
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from pipeline.review.access import accounts
from tests.desk.web.conftest import Shots, axe
from tests.desk.web.interview_film import PASSWORD, SLUG

PAGE = f"/deposit/{SLUG}/8"
CUT = ".asked[data-kind=finished_cut]"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def padded(filmed: Path, path: Path, megabytes: int) -> Path:
    """Return a film with so much more behind it, as a container may have."""
    film = (filmed.parent / "interview.mp4").read_bytes()
    rest = os.urandom(megabytes * 1_000_000)
    # A box called "free" is what players skip.
    path.write_bytes(film + (len(rest) + 8).to_bytes(4, "big") + b"free" + rest)
    return path


def taken_in(page: Page, where: str, name: str) -> str:
    """Wait until the list of a kind has the file, and return the digest shown."""
    row = page.locator(f"{where} tbody tr:not(.past)", has_text=name)
    expect(row).to_have_count(1, timeout=60_000)
    return row.locator("code").get_attribute("title") or ""


def test_an_upload_goes_on_after_the_server_was_killed(
    desk, filmed: Path, new_page, shots: Shots, tmp_path: Path
):
    film = padded(filmed, tmp_path / "成片 终.mp4", 24)
    page = new_page("钱导演")
    page.goto(PAGE)
    shots(page, "deposit.png", full=True)
    axe(page)
    killed: list[bool] = []

    def cut_the_line(route) -> None:  # after the second chunk the server dies in the third
        if _beyond(route, 5e6) and not killed:
            killed.append(True)
            desk.kill()
        route.continue_()

    page.route("**/uploads/*", cut_the_line)
    page.set_input_files(f"{CUT} input[type=file]", film)
    expect(page.locator("[data-fate]")).to_contain_text("连接中断")
    shots(page, "deposit-broken.png")
    desk.start()
    assert taken_in(page, CUT, "成片 终.mp4") == sha256(film)
    stored = desk.production.store.path(sha256(film), ".mp4")
    assert stored.read_bytes() == film.read_bytes()
    assert not list((desk.production.folder / "work" / "uploads").iterdir())
    shots(page, "deposit-done.png", full=True)


def test_a_closed_page_goes_on_with_the_same_file(desk, filmed: Path, new_page, tmp_path: Path):
    film = padded(filmed, tmp_path / "cut.mp4", 12)
    page = new_page("钱导演")
    page.goto(PAGE)
    page.route("**/uploads/*", lambda r: r.abort() if _beyond(r, 3e6) else r.continue_())
    page.set_input_files(f"{CUT} input[type=file]", film)
    expect(page.locator("[data-fate]")).to_contain_text("连接中断")
    page.close()
    again = page.context.new_page()
    again.on("dialog", lambda dialog: dialog.accept())
    again.goto(PAGE)
    row = again.locator("[data-upload]")
    expect(row).to_contain_text("cut.mp4")
    assert int(row.get_attribute("data-offset") or 0) > 3e6
    offsets: list[int] = []
    again.on("request", lambda r: _note(r, offsets))
    again.set_input_files(f"{CUT} input[type=file]", film)
    assert taken_in(again, CUT, "cut.mp4") == sha256(film)
    assert offsets[0] > 3e6  # nothing was sent twice


def test_a_server_killed_in_the_middle_of_a_chunk_forgets_only_that_chunk(desk):
    data = os.urandom(8_000_000)
    client = _signed_in(desk, "钱导演")
    told = {"slug": f"{SLUG}/08", "kind": "finished_cut", "filename": "x.mp4"}
    about = ",".join(f"{k} {b64encode(v.encode()).decode()}" for k, v in told.items())
    begin = {"upload-length": str(len(data)), "upload-metadata": about}
    where = client.post("/uploads", headers=begin).headers["location"]

    def headers(part: bytes, offset: int) -> dict[str, str]:
        digest = b64encode(hashlib.sha256(part).digest()).decode()
        return {
            "content-type": "application/offset+octet-stream", "upload-offset": str(offset),
            "upload-checksum": f"sha256 {digest}", "content-length": str(len(part)),
        }  # fmt: skip

    def killing(part: bytes) -> Iterator[bytes]:
        yield part[: len(part) // 2]
        folder = desk.production.folder / "work" / "uploads"
        (file,) = folder.glob("*/upload.mp4")
        end = time.monotonic() + 10
        while file.stat().st_size <= 3_000_000 and time.monotonic() < end:
            time.sleep(0.01)
        assert file.stat().st_size > 3_000_000  # half of the chunk is on the disk
        desk.kill()
        yield part[len(part) // 2 :]

    first, rest = data[:3_000_000], data[3_000_000:]
    client.patch(where, content=first, headers=headers(first, 0)).raise_for_status()
    with pytest.raises(httpx.TransportError):
        client.patch(where, content=killing(rest), headers=headers(rest, 3_000_000))
    desk.start()
    assert client.head(where).headers["upload-offset"] == "3000000"
    client.patch(where, content=rest, headers=headers(rest, 3_000_000)).raise_for_status()
    (file,) = (desk.production.folder / "work" / "uploads").glob("*/upload.mp4")
    assert file.read_bytes() == data


def _signed_in(desk, name: str) -> httpx.Client:
    person = accounts.check_password(desk.production, name, PASSWORD)
    assert person is not None
    token = accounts.open_session(desk.production, person_id=person.id)
    client = httpx.Client(
        base_url=desk.address, cookies={"chifeng_session": token}, trust_env=False, timeout=30,
        headers={"accept": "application/json", "tus-resumable": "1.0.0"},
    )  # fmt: skip
    found = re.search(r'name="csrf" content="([^"]+)"', client.get("/password").text)
    assert found is not None
    client.headers["x-csrf-token"] = found.group(1)
    return client


def _beyond(route, offset: float) -> bool:
    request = route.request
    return request.method == "PATCH" and int(request.headers["upload-offset"]) > offset


def _note(request, offsets: list[int]) -> None:
    if request.method == "PATCH":
        offsets.append(int(request.headers["upload-offset"]))


_FIRST_ANSWER_LATE = """{ const real = window.fetch; let first = true;
window.fetch = async (what, how) => {
  const answer = await real(what, how);
  if (what === location.href && first) {
    first = false;
    await new Promise((go) => setTimeout(go, 3000));
    document.documentElement.dataset.late = "here";
  }
  return answer;
}; }"""


def test_two_at_once_and_one_taken_back(desk, filmed: Path, new_page, tmp_path: Path):
    films = [padded(filmed, tmp_path / f"A00{n}.mp4", 6) for n in (1, 2)]
    where = ".asked[data-kind=camera_originals]"
    page = new_page("孙摄像")
    page.add_init_script(_FIRST_ANSWER_LATE)
    page.goto(f"/deposit/{SLUG}")
    page.set_input_files(f"{where} input[type=file]", films)
    for film in films:
        assert taken_in(page, where, film.name) == sha256(film)
    expect(page.locator("html[data-late=here]")).to_have_count(1)
    for film in films:  # the list that knew of one alone came last, and is not shown
        expect(page.locator(f"{where} tbody tr:not(.past)", has_text=film.name)).to_have_count(1)
    (tmp_path / "B").mkdir()  # another card with a file of the same name
    same = padded(filmed, tmp_path / "B" / "A001.mp4", 1)
    page.fill(f"{where} [data-card]", "卡 B")
    page.set_input_files(f"{where} input[type=file]", same)
    assert taken_in(page, where, "A001 (卡 B).mp4") == sha256(same)
    page.locator(f"{where} tr", has_text="A001.mp4").locator("button").click()
    expect(page.locator(f"{where} tr.past", has_text="A001.mp4")).to_contain_text("已撤回")
    page.click(f"{where} >> nth=0")
    with page.expect_download() as download:
        page.click(".asked[data-kind=contact_record] a[download]")
    assert download.value.suggested_filename == "联系记录.yaml"


def test_what_cannot_be_used_is_refused_and_leaves_nothing(desk, new_page, tmp_path: Path):
    page = new_page("钱导演")
    page.goto(PAGE)
    wrong = page.locator(f"{CUT} [data-wrong]")
    for name, data, says in (
        ("空.mp4", b"", "空文件"),
        ("字幕.srt", b"1\n", "成片"),
        ("not a film.mp4", b"nothing of the sort" * 1000, "mp4"),
    ):
        page.set_input_files(
            f"{CUT} input[type=file]", {"name": name, "mimeType": "video/mp4", "buffer": data}
        )
        expect(wrong).to_contain_text(says)
        expect(page.locator(f"{CUT} tbody tr")).to_have_count(0)
    uploads = desk.production.folder / "work" / "uploads"
    assert not uploads.exists() or not list(uploads.iterdir())


def test_a_name_is_shown_and_never_a_path(desk, filmed: Path, new_page, shots: Shots):
    film = (filmed.parent / "interview.mp4").read_bytes()
    page = new_page("钱导演", width=375, height=700)
    page.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    page.goto(PAGE)
    for name in ("../../x<script>alert(1)<\u2044script>.mp4", "赤" * 300 + ".mp4"):
        page.set_input_files(
            f"{CUT} input[type=file]", {"name": name, "mimeType": "video/mp4", "buffer": film}
        )
        shown = name.replace("/", "_")[:60]
        assert taken_in(page, CUT, shown) == hashlib.sha256(film).hexdigest()
    shots(page, "deposit-phone.png", full=True)
    wide = "[...document.querySelectorAll('main *')].filter((e) => !e.closest('.wide, .unseen')"
    wide += " && e.getBoundingClientRect().right > 376).map((e) => e.outerHTML.slice(0, 90))"
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    axe(page)
    assert not list(desk.production.folder.parent.rglob("*script*"))


def test_material_is_picked_on_the_server(desk, filmed: Path, new_page, tmp_path: Path):
    folder = tmp_path / "素材"
    (folder / "第一天").mkdir(parents=True)
    film = padded(filmed, folder / "第一天" / "成片.mp4", 1)
    (folder / "secrets").symlink_to(desk.production.folder)
    with (desk.production.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[desk]\nmaterial_folder = "{folder}"\n')
    desk.kill()
    desk.start()
    page = new_page("钱导演")
    page.goto(PAGE)
    page.click(f"{CUT} [data-pick]")
    expect(page.locator("[data-entries] li")).to_have_count(1)  # the link out is not shown
    page.click("text=第一天/")
    page.locator("[data-entries] button", has_text="成片.mp4").click()
    assert taken_in(page, CUT, "成片.mp4") == sha256(film)
    for at in ("..", "../home", "secrets", "secrets/ledger.sqlite", "/etc/passwd", "第一天/../.."):
        answer = page.request.get(f"/deposit/material?at={at}")
        assert answer.status == 404, at
