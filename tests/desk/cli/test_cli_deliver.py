"""Deliveries of a home that was really released: killed, stopped, doubled, there are whole ones."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from desk.cli import main
from desk.web.app import create_app
from pipeline.delivery.restricted_access import RESTRICTED_KINDS, is_restricted
from pipeline.media.ffmpeg import ffmpeg_path
from pipeline.repository.store import digest
from pipeline.review.access import accounts
from pipeline.stage import Artefact
from pipeline.workflow.production import Production, open_home
from stages import STAGES
from tests.desk.web.interview_film import EPISODE, PASSWORD, SLUG, WITHHELD, released_home
from tests.films import grey, samples

_ROOT = Path(__file__).resolve().parents[3]
_MOMENTS_S = (0.0, 0.15, 0.5, 1.2)
"""How long after it began to write a delivery is killed."""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one released episode, four seconds of it masked."""
    folder = tmp_path_factory.mktemp("released") / "家 home"
    released_home(folder).ledger.close()
    return folder


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Start]:
    """Start `chifeng deliver` of a profile to a folder, as a process of its own."""
    begun: list[subprocess.Popen[bytes]] = []
    (tmp_path / "temporary").mkdir()
    env = {**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": str(tmp_path / "temporary")}

    def run(profile: str, to: Path) -> subprocess.Popen[bytes]:
        words = ["--home", str(home), "deliver", EPISODE, "--profile", profile, "--to", str(to)]
        process = subprocess.Popen(
            [sys.executable, "-m", "desk.cli", *words], env=env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def delivered(to: Path) -> dict[str, str]:
    """Everything below the folder, hidden or not, by its digest."""
    return {str(p.relative_to(to)): digest(p) for p in to.rglob("*") if p.is_file()}


def still(jpeg: Path, width: int) -> NDArray[np.uint8]:
    """The pixels of a picture that is so wide: (row, column), 0 to 255."""
    command = [ffmpeg_path(), "-v", "error", "-i", jpeg, "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, width)


def begun(to: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until it writes, or has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if any(to.glob("*/.*.part/*")):
            return
        time.sleep(0.01)


def none_at_work(to: Path) -> bool:
    """Whether no ffmpeg reads or writes for a delivery to this folder."""

    def at_work() -> bool:
        return any(
            str(to) in word for p in psutil.process_iter(["cmdline"])
            for word in p.info["cmdline"] or ()
        )  # fmt: skip

    end = time.monotonic() + 10
    while at_work() and time.monotonic() < end:
        time.sleep(0.05)
    return not at_work()


@pytest.fixture(scope="module")
def web(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the website's delivery holds when nothing disturbs it."""
    to = tmp_path_factory.mktemp("undisturbed")
    words = ["--home", str(home), "deliver", EPISODE, "--profile", "web", "--to", str(to)]
    assert main(words) == 0
    return delivered(to)


def test_a_released_episode_is_delivered_beside_its_release(home, web, capsys):
    assert main(["--home", str(home), "deliver", EPISODE, "--profile", "web"]) == 0
    folder = home / "released" / "0001 王桂兰" / "01 文化馆的早年" / "delivery" / "web"
    assert capsys.readouterr().out.strip() == str(folder)
    there = {f"0001 王桂兰 01 文化馆的早年/web/{p.name}": digest(p) for p in folder.iterdir()}
    assert there == web  # the same bytes, wherever and whenever
    film = folder / "film.mp4"
    first, end = (ms * 25 // 1000 for ms in WITHHELD)
    edge = grey(film)[:, :40]  # above any text
    assert edge[first:end].max() <= 40 < 150 < edge[:first].max()
    # The second thumbnail is of second 10, which is withheld: a card, text only in its middle.
    sheet = still(folder / "thumbnails.jpg", 1600)
    assert sheet[:20, 160:320].max() <= 40 < 150 < sheet[:20, :160].max()
    assert sheet[70:90, 160:320].max() <= 40
    assert still(folder / "poster.jpg", 1280)[:100].max() > 150
    heard = abs(samples(film).astype(int))
    assert heard[48 * WITHHELD[0] : 48 * WITHHELD[1]].max() <= 3 < heard[: 48 * 8000].max()


def artefacts(production: Production) -> dict[str, Artefact]:
    states = production.states(EPISODE)
    return {a.kind: a for state in states for a in (*state.inputs, *state.outputs)}


def test_what_shows_what_is_withheld_is_opened_for_the_director_alone(home, tmp_path, capsys):
    for kind in RESTRICTED_KINDS - {"master", "finished_cut"}:
        words = ["--home", str(home), "open", EPISODE, kind, "--to", str(tmp_path)]
        assert main(words) == main([*words, "--by", "李编辑"]) == 5, kind
        assert "only the director" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []
        assert main([*words, "--by", "钱导演", "--path"]) == 0
        (copied,) = tmp_path.iterdir()
        copied.unlink()
    assert main(["--home", str(home), "open", EPISODE, "master", "--path"]) == 0


def test_the_desk_sends_it_to_the_director_and_to_who_said_it(home):
    production = open_home(home, STAGES)
    try:
        app = create_app(production)
        clients = {}
        for name in ("管理员", "李编辑", "周技术", "吴馆长", "钱导演", "王桂兰"):
            person = accounts.check_password(production, name, PASSWORD)
            token = accounts.open_session(production, person_id=person.id)
            cookies = {"chifeng_session": token}
            clients[name] = TestClient(app, base_url="http://localhost", cookies=cookies)

        def answers(kind: str, sha256: str = "") -> dict[str, int]:
            where = f"/episode/{EPISODE}/file/{sha256 or found[kind].sha256}"
            return {name: client.get(where).status_code for name, client in clients.items()}

        found = artefacts(production)
        for kind in RESTRICTED_KINDS & found.keys() - {"master"}:
            theirs = 200 if kind == "subtitled_video" else 403
            assert answers(kind) == {
                "管理员": 403, "李编辑": 403, "周技术": 403, "吴馆长": 403, "钱导演": 200,
                "王桂兰": theirs,
            }, kind  # fmt: skip
        for kind in ("master", "final_subtitles", "release_record"):
            assert set(answers(kind).values()) == {200, 403}
            assert answers(kind)["李编辑"] == 200
            assert answers(kind)["王桂兰"] == 403
        # The link without the episode's number leads no further.
        for kind in ("picture", "subtitled_video"):
            where = f"/interviewee/{SLUG}/file/{found[kind].sha256}"
            assert clients["李编辑"].get(where).status_code == 404
    finally:
        production.ledger.close()


def test_other_accounts_of_the_machine_cannot_look_into_the_store(home):
    for name in ("store", "work", "cache", "records", "backups"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o700, name
    assert stat.S_IMODE((home / "released").stat().st_mode) & 0o055


def test_a_master_released_before_something_was_withheld_is_sealed(home):
    production = open_home(home, STAGES)
    try:
        states, master = production.states(EPISODE), artefacts(production)["master"]
        assert not is_restricted(states, master)
        assert is_restricted(states, replace(master, sha256="0" * 64))
        assert not is_restricted(states[:-1], artefacts(production)["picture"])  # at work
    finally:
        production.ledger.close()


def test_killed_at_any_moment_the_next_one_makes_it_whole(start, web, tmp_path):
    to = tmp_path / "to"
    for moment_s in _MOMENTS_S:
        process = start("web", to)
        begun(to, process)
        time.sleep(moment_s)
        process.kill()
        process.wait()
        assert none_at_work(to)
        final = to / "0001 王桂兰 01 文化馆的早年" / "web"
        if final.exists():  # it was quicker: whole, then
            assert delivered(to).items() >= web.items()
    last = start("web", to)
    assert last.wait(120) == 0
    assert delivered(to) == web
    assert list((tmp_path / "temporary").iterdir()) == []


def test_stopped_by_its_user_nothing_stays_and_nothing_goes_on(start, tmp_path):
    to = tmp_path / "to"
    process = start("web", to)
    begun(to, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"Stopped" in err
    assert none_at_work(to)
    assert delivered(to) == {}
    assert list((tmp_path / "temporary").iterdir()) == []


def test_of_two_at_once_one_is_told_to_wait(start, web, tmp_path):
    to = tmp_path / "to"
    first = start("web", to)
    begun(to, first)
    first.send_signal(signal.SIGSTOP)
    second = start("web", to)
    _out, err = second.communicate(timeout=60)
    first.send_signal(signal.SIGCONT)
    assert second.returncode == 6
    assert b"Another process is working on" in err
    assert first.wait(120) == 0
    assert delivered(to) == web


def test_a_release_sweeps_what_a_killed_delivery_left_but_not_one_at_work(home):
    production = open_home(home, STAGES)
    left = home / "released" / "0001 王桂兰" / "01 文化馆的早年" / "delivery" / ".tv.part"
    try:
        left.mkdir(parents=True)
        (left / "half.mxf").touch()
        words = ["--home", str(home), "open", EPISODE, "--path"]
        with production.locked(EPISODE):
            assert main(words) == 0
            assert left.is_dir()
        assert main(words) == 0
        assert not left.exists()
    finally:
        production.ledger.close()
