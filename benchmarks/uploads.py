"""A file of many gigabytes through the desk's upload, the server killed half-way: does it arrive?

    python -m benchmarks.uploads --gigabytes 10 --folder /var/tmp

A real film with a box of so many bytes behind it (`free`, which players skip) is made up while it
is sent, so that it is on the disk once only: in the home. It goes to the desk's own server by the
tus protocol as the page sends it: chunks of 32 MiB, each with its SHA-256. About half-way, in the
middle of a chunk, the server gets kill -9; another one is started at the same address, asked how
far it came, and the rest is sent. Then the upload is deposited, as the page does it.

Printed: seconds and MB/s from the first chunk to the deposit without the pause for the new server,
the same for plainly writing and hashing as many bytes in the same run (at most 2 GB of it), and
the peak resident memory (VmHWM) of both servers beside that before the first chunk. Exits with 1
where the digest in the ledger is another, where more than the chunk in hand had to be sent twice,
or where the memory grew by more than 200 MB.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx

from benchmarks.desk_home import session_of
from flows.server.supervisor import free_port
from pipeline.media.ffmpeg import ffmpeg_path
from pipeline.stage import Role
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_interviewee, add_person
from stages import STAGES

CHUNK = 32 << 20
_PIECE = 1 << 20
_MOST_GROWTH_MB = 200
_WHO, _SLUG, _KIND = "摄像", "wang-guilan", "camera_originals"


class Source:
    """A film of any size, made up as it is read. No two of its megabytes are equal."""

    def __init__(self, folder: Path, size: int) -> None:
        film = folder / "film.mp4"
        _film(film)
        self.head, self.size = film.read_bytes(), size
        box = size - len(self.head)
        self.head += (1).to_bytes(4, "big") + b"free" + box.to_bytes(8, "big")
        self._noise = random.Random(5).randbytes(_PIECE - 8)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end`, a megabyte at a time."""
        at = start
        while at < end:
            number, inside = divmod(at, _PIECE)
            piece = number.to_bytes(8, "big") + self._noise
            if at < len(self.head):
                piece = self.head[number * _PIECE : (number + 1) * _PIECE].ljust(_PIECE, b"\0")
            piece = piece[inside : inside + end - at]
            yield piece
            at += len(piece)

    def digest(self, start: int, end: int) -> bytes:
        """Return the SHA-256 of these bytes."""
        hashed = hashlib.sha256()
        for piece in self.pieces(start, end):
            hashed.update(piece)
        return hashed.digest()


class Server:
    """The desk's server on a port of its own."""

    def __init__(self, home: Path) -> None:
        self._home, self._port, self.peaks_mb = home, free_port(0), list[float]()
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start it (again), and wait until it answers."""
        env = {**os.environ, "CHIFENG_HOME": str(self._home)}
        env["CHIFENG_PARENT_PID"] = str(os.getpid())
        command = [sys.executable, "-m", "desk.web.server", str(self._port)]
        self.process = subprocess.Popen(command, env=env)
        for _n in range(600):
            with suppress(httpx.TransportError):
                httpx.get(f"{self.address}/health", trust_env=False)
                return
            time.sleep(0.1)
        raise AssertionError("the desk does not answer")

    def peak_mb(self) -> float:
        """Return the most memory it has held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(_found(r"VmHWM:\s+(\d+) kB", status)) / 1e3

    def kill(self) -> None:
        """End it as a power cut would."""
        self.peaks_mb.append(self.peak_mb())
        self.process.kill()
        self.process.wait(10)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"no {pattern}"
    return match[1]


class Line:
    """Somebody's browser: signed in, with the token of the page."""

    def __init__(self, address: str, token: str) -> None:
        self.http = httpx.Client(
            base_url=address, cookies={"chifeng_session": token}, trust_env=False, timeout=600
        )
        page = self.http.get(f"/deposit/{_SLUG}").raise_for_status().text
        csrf = _found(r'name="csrf" content="([^"]+)"', page)
        self.http.headers.update({"x-csrf-token": csrf, "tus-resumable": "1.0.0"})
        self.http.headers["accept"] = "application/json"

    def begin(self, size: int) -> str:
        """Announce the file; return the address of its upload."""
        about = {"slug": _SLUG, "kind": _KIND, "filename": "长片.mp4", "mark": "benchmark"}
        metadata = ",".join(f"{k} {b64encode(v.encode()).decode()}" for k, v in about.items())
        headers = {"upload-length": str(size), "upload-metadata": metadata}
        return self.http.post("/uploads", headers=headers).raise_for_status().headers["location"]

    def reached(self, upload: str) -> int:
        """Return the offset that the server has."""
        return int(self.http.head(upload).raise_for_status().headers["upload-offset"])

    def chunk(self, upload: str, source: Source, at: int, server: Server | None = None) -> int:
        """Send a chunk; with `server`, that is killed in the middle of it."""
        end = min(at + CHUNK, source.size)

        def body() -> Iterator[bytes]:
            for n, piece in enumerate(source.pieces(at, end)):
                if server is not None and n == CHUNK // _PIECE // 2:
                    server.kill()
                yield piece

        headers = {
            "content-type": "application/offset+octet-stream", "upload-offset": str(at),
            "content-length": str(end - at),
            "upload-checksum": f"sha256 {b64encode(source.digest(at, end)).decode()}",
        }  # fmt: skip
        answer = self.http.patch(upload, content=body(), headers=headers).raise_for_status()
        return int(answer.headers["upload-offset"])

    def deposit(self, upload: str) -> str:
        """Have it taken in; return the digest under which it was recorded."""
        job = self.http.post(f"{upload}/deposit", json={}).raise_for_status().json()["job"]
        while True:
            job_state = self.http.get(f"/jobs/{job}").raise_for_status().json()
            if job_state["state"] != "working":
                assert "deposits" in job_state, job_state
                return str(job_state["deposits"][0]["sha256"])
            time.sleep(0.2)


def _film(path: Path) -> None:
    subprocess.run(
        [str(ffmpeg_path()), "-nostdin", "-v", "error", "-y", "-f", "lavfi",
         "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=d=2",
         "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
         str(path)],
        check=True,
    )  # fmt: skip


def home(folder: Path) -> Production:
    """Make a home in which somebody may bring camera originals."""
    production = create_home(folder, STAGES)
    add_person(production, _WHO, [Role.CINEMATOGRAPHER])
    add_interviewee(production, _SLUG, "王桂兰", field="culture")
    return production


def sent(line: Line, source: Source, server: Server) -> tuple[str, float, int, float]:
    """Send all of it; return upload, seconds, bytes sent twice, and seconds without a server."""
    upload, at, killed, twice, lost = line.begin(source.size), 0, False, 0, 0.0
    began = time.monotonic()
    while at < source.size:
        if killed or at < source.size // 2:
            at = line.chunk(upload, source, at)
            continue
        killed = True
        with suppress(httpx.TransportError):
            line.chunk(upload, source, at, server)
        stopped, before = time.monotonic(), at
        server.start()
        at = line.reached(upload)
        lost, twice = time.monotonic() - stopped, before + CHUNK // 2 - at
    return upload, time.monotonic() - began - lost, twice, lost


def plainly(source: Source, folder: Path) -> float:
    """Write and hash at most 2 GB of it and bring it to the disk; return bytes a second."""
    size, path, hashed = min(source.size, 2 * 10**9), folder / "plain", hashlib.sha256()
    began = time.monotonic()
    with path.open("wb") as file:
        for piece in source.pieces(0, size):
            hashed.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    taken = time.monotonic() - began
    path.unlink()
    return size / taken


def main() -> int:
    """Measure, print, and return 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--folder", type=Path, help="where to work; needs as many bytes and 3 GB")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        source = Source(folder, int(arguments.gigabytes * 1e9))
        peer = plainly(source, folder)
        production = home(folder / "home")
        server = Server(production.folder)
        line = Line(server.address, session_of(production, _WHO))
        rest_mb = server.peak_mb()
        upload, sending, twice, lost = sent(line, source, server)
        began = time.monotonic()
        recorded = line.deposit(upload)
        taking = time.monotonic() - began
        server.kill()
        production.ledger.close()
    whole = recorded == source.digest(0, source.size).hex()
    pace = source.size / (sending + taking)
    grown = max(server.peaks_mb) - rest_mb
    print(f"{source.size / 1e9:.2f} GB; load {os.getloadavg()[0]:.1f}")
    print(
        f"sending {sending:.0f} s, {source.size / sending / 1e6:.0f} MB/s; taking in {taking:.0f} s"
    )
    ratio = f"{pace / 1e6:.0f} MB/s to {peer / 1e6:.0f} MB/s, ratio {pace / peer:.2f}"
    print(f"both, to plain writing and hashing: {ratio}")
    print(f"without a server {lost:.1f} s; sent twice {twice / 1e6:.0f} MB")
    peaks = ", ".join(f"{peak:.0f}" for peak in server.peaks_mb)
    print(f"memory before {rest_mb:.0f} MB, peaks {peaks} MB")
    print(f"digest {'equal' if whole else 'another'}")
    return 0 if whole and twice <= CHUNK and grown <= _MOST_GROWTH_MB else 1


if __name__ == "__main__":
    sys.exit(main())
