"""Two people do the same thing at the same moment: one succeeds, the other is told what changed."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from toys import toy_production

from pipeline.errors import SignOffError
from pipeline.kinds import KINDS
from pipeline.repository.signoff_chain import verify_chain
from pipeline.review.signoff import approve, send_back
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production

pytestmark = pytest.mark.both_databases

EPISODE = "wang-guilan/01"
EDITORS = ("孙编辑", "李编辑")
CORRECTION = KINDS["proofreading_correction"]
ROUNDS = max(2, settings.default.max_examples // 25)
PATIENCE_S = 60


@pytest.fixture
def proofread(production, bring):
    """The toy episode, up to the gate of its proofreading."""
    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring(EPISODE, "finished_cut", "picture")
    advance(production, EPISODE)
    approve(production, EPISODE, production.stage("4"), "钱导演")
    bring(EPISODE, "proofreading_correction", "the first")
    advance(production, EPISODE)
    return production


def latest(production: Production) -> str:
    """Return the digest of the correction that counts."""
    state = next(s for s in production.states(EPISODE) if s.stage.number == 7)
    return next(a.sha256 for a in state.inputs if a.kind == CORRECTION.slug)


def tried(action: Callable[[], object]) -> str:
    """Do it; return nothing, or what was said against it."""
    try:
        action()
    except SignOffError as error:
        return str(error)
    return ""


def _edit(folder: Path, editor: str, rounds: int, together: Any, told: Any) -> None:
    """Save a correction and sign it, again and again, each time at the other editor's moment."""
    os.environ["CHIFENG_LANG"] = "en"
    production = toy_production(folder)
    path = folder / "work" / f"{editor}.srt"
    stage = production.stage("7")
    for n in range(rounds):
        path.write_text(f"{editor} {n}", "utf-8")
        before = latest(production)
        together.wait(PATIENCE_S)
        saved = tried(
            lambda before=before: deposits.deposit(
                production, EPISODE, CORRECTION, path, editor, supersedes=before
            )
        )
        together.wait(PATIENCE_S)
        if editor == EDITORS[0]:
            advance(production, EPISODE)
        together.wait(PATIENCE_S)
        seen = next(s for s in production.states(EPISODE) if s.stage.number == 7).signs
        together.wait(PATIENCE_S)
        signed = tried(lambda seen=seen: approve(production, EPISODE, stage, editor, seen=seen))
        together.wait(PATIENCE_S)
        told.put((n, editor, saved, signed))
        if editor == EDITORS[0]:
            send_back(production, EPISODE, stage, stage, editor, "again")
        together.wait(PATIENCE_S)
    production.ledger.close()


def test_two_programs_that_save_and_sign_at_the_same_moment(proofread):
    spawn = multiprocessing.get_context("spawn")
    together, told = spawn.Barrier(2), spawn.Queue()
    proofread.ledger.close()
    editors = [
        spawn.Process(target=_edit, args=(proofread.folder, editor, ROUNDS, together, told))
        for editor in EDITORS
    ]
    for process in editors:
        process.start()
    outcomes = [told.get(timeout=PATIENCE_S) for _n in range(2 * ROUNDS)]
    for process in editors:
        process.join(PATIENCE_S)
        assert process.exitcode == 0
    for n in range(ROUNDS):
        saved = {editor: said for m, editor, said, _signed in outcomes if m == n}
        signed = {editor: said for m, editor, _saved, said in outcomes if m == n}
        (saver,) = (editor for editor, said in saved.items() if not said)
        (signer,) = (editor for editor, said in signed.items() if not said)
        assert f"{saver} has saved another version" in "".join(saved.values())
        assert f"already signed by {signer}" in "".join(signed.values())
    with proofread.ledger.read() as session:
        assert verify_chain(session) == 2 + 2 * ROUNDS


def test_a_correction_at_the_moment_of_the_signature(proofread, tmp_path):
    """Either comes first; a signature never covers what its signer did not see."""
    stage = proofread.stage("7")
    path = tmp_path / "correction.srt"
    for n in range(ROUNDS * 2):
        path.write_text(f"correction {n}", "utf-8")
        seen = next(s for s in proofread.states(EPISODE) if s.stage.number == 7).signs
        said = at_once(
            lambda seen=seen: approve(proofread, EPISODE, stage, "李编辑", seen=seen),
            lambda: deposits.deposit(proofread, EPISODE, CORRECTION, path, "孙编辑"),
        )
        assert said[1] == ""
        assert said[0] == "" or "nothing to sign yet" in said[0]
        state = next(s for s in proofread.states(EPISODE) if s.stage.number == 7)
        assert not state.passed, "the correction is not in what was signed"
        if not said[0]:
            assert state.last_signoff.digests == seen
        advance(proofread, EPISODE)
        late = tried(lambda seen=seen: approve(proofread, EPISODE, stage, "李编辑", seen=seen))
        assert "has changed since you looked" in late


def test_a_deposit_at_the_moment_of_the_release(proofread, tmp_path):
    """A correction that comes too late is refused, not kept for some later round."""
    approve(proofread, EPISODE, proofread.stage("7"), "孙编辑")
    advance(proofread, EPISODE)
    path = tmp_path / "correction.srt"
    path.write_text("too late", "utf-8")
    released, saved = at_once(
        lambda: approve(proofread, EPISODE, proofread.stage("12"), "钱导演"),
        lambda: deposits.deposit(proofread, EPISODE, CORRECTION, path, "孙编辑"),
    )
    assert (released == "") != (saved == "")
    if saved:
        assert "is released" in saved
    else:
        assert "nothing to sign yet" in released


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Do things in threads that start together; return what was said against each."""
    said = [""] * len(actions)
    start = threading.Barrier(len(actions))

    def work(n: int) -> None:
        start.wait(PATIENCE_S)
        said[n] = tried(actions[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
