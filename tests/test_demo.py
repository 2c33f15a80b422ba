"""The whole of it, as a new user meets it: the demonstration, killed on the way.

Everything is real: Prefect's server and runner, ffmpeg, Whisper base, a font, recorded speech.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pipeline.captions.formats.reader import read
from pipeline.preservation.audit import audit
from pipeline.repository.tables import RunRow, SignOffRow
from pipeline.workflow.production import Production, open_home, open_places
from pipeline.workflow.roster import subjects
from pipeline.workflow.stage_state import is_released
from stages import STAGES

_ROOT = Path(__file__).parent.parent
_PATIENCE_S = 540


class Demo:
    """The demonstration as a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home / "demo" / "sample"
        self._command = [sys.executable, "-m", "desk.cli", "--home", str(home), "demo"]
        self._log = (home.parent / "demo.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command, cwd=_ROOT, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def wait_for(self, stage: int, minimum: int) -> None:
        """Wait until so many runs of the stage are recorded."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            assert self.process is not None and self.process.poll() is None, self.said()
            if (self.home / "ledger.sqlite").exists() and self._runs()[stage] >= minimum:
                return
            time.sleep(1)
        pytest.fail(f"stage {stage} was not reached: {self.said()}")

    def kill(self) -> None:
        """Kill it as a power cut would, and everything it started with it."""
        assert self.process is not None
        running = json.loads((self.home / "run.json").read_text("utf-8"))
        os.kill(running["pid"], signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def finish(self) -> None:
        assert self.process is not None
        assert self.process.wait(_PATIENCE_S) == 0, self.said()

    def said(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text("utf-8")[-2000:]

    def _runs(self) -> Counter[int]:
        production = open_home(self.home, STAGES)
        try:
            return Counter(production.stage(row.stage).number for row in rows(production, RunRow))
        finally:
            production.ledger.close()


def rows(production: Production, table):
    with production.ledger.read() as session:
        return session.query(table).order_by(table.id).all()


@pytest.mark.server
@pytest.mark.model
@pytest.mark.timeout(_PATIENCE_S + 60)
@pytest.mark.parametrize("stages", [(8,), pytest.param((3, 8), marks=pytest.mark.thorough)])
def test_the_demonstration_ends_released_however_often_it_is_killed(tmp_path, stages):
    demo = Demo(tmp_path / "赤峰 home")
    before: list[str] = []
    for stage in stages:
        demo.start()
        demo.wait_for(stage, minimum=1)
        demo.kill()
        before = before or [row.hash for row in _signoffs(demo.home)]
    demo.start()
    demo.finish()
    assert list(open_places(demo.home)) == [], "nobody else can read what was made"
    released = list((demo.home / "released").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in released if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in released if path.is_dir()} == {0o755}

    production = open_home(demo.home, STAGES)
    board = production.board()
    episodes = {slug: states for slug, states in board.items() if "/" in slug}
    assert len(episodes) == 2
    assert all(is_released(states) for states in episodes.values())
    assert [row.hash for row in rows(production, SignOffRow)][: len(before)] == before
    slugs = {row.id: row.slug for row in subjects(production)}
    runs = Counter((slugs[row.subject_id], row.stage) for row in rows(production, RunRow))
    for slug in episodes:
        for stage in ("video_editing", "audio_extraction", "first_version_subtitles"):
            assert runs[slug, stage] == 1, "done once, never again"
    assert runs["wang-guilan/01", "video_subtitling"] == 1
    assert runs["wang-guilan/02", "video_subtitling"] == 2, "once more after the send-back"
    found = audit(production)
    assert found.signoffs >= 3 + 2 * 6 + 1
    assert found.faults == ()
    _withheld_is_gone(production)
    production.ledger.close()


def _signoffs(home: Path) -> list[SignOffRow]:
    production = open_home(home, STAGES)
    try:
        return rows(production, SignOffRow)
    finally:
        production.ledger.close()


def _withheld_is_gone(production: Production) -> None:
    """The passage the interviewee withheld is in no text that is handed out."""
    states = production.states("wang-guilan/01")
    made = {a.kind: a.path for state in states for a in state.outputs}
    withheld = json.loads(made["restrictions"].read_text("utf-8"))["withheld"][0]
    spoken = [
        cue.text
        for cue in read(made["interviewee_subtitles"])
        if cue.start_ms < withheld["end_ms"] and cue.end_ms > withheld["start_ms"]
    ]
    assert spoken
    for kind in ("final_subtitles", "final_captions", "transcript"):
        text = made[kind].read_text("utf-8")
        assert not any(words in text for words in spoken)
