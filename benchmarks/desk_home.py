"""A production to measure the desk with: episodes of any length that wait for their editor.

The stages are light: what they make is a line of text, but for the subtitles, words, doubts and
waveform that the proofreading page reads, which are as long as those of an interview.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.ledger_data import light
from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.captions.words import Word, Words, write_words
from pipeline.kinds import KINDS
from pipeline.repository.records import find_person
from pipeline.review.access.accounts import open_session
from pipeline.review.signoff import approve
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Role
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from stages import STAGES

__all__ = ["SLUG", "editing_home", "editors", "session_of"]

SLUG = "wang-guilan"
_EDITOR = "编辑{n:02d}"
_LETTERS = (
    "我是一九五六年到文化馆的那时候里共七个人白天下乡放电影晚上回来还要写材料老长姓赵好他常说群众"
)
_STEP_MS = 3_000


def editors(count: int) -> list[str]:
    """Return the names of so many editors."""
    return [_EDITOR.format(n=n) for n in range(1, count + 1)]


def editing_home(folder: Path, lengths: Sequence[int], people: int) -> Production:
    """Make the home: one episode of each length (in cues), all waiting at stage 7."""
    stages = tuple(_with_text(stage, lengths) for stage in light(STAGES))
    production = replace(create_home(folder, stages), deposit_checks={})
    for role in (Role.PRODUCER, Role.DIRECTOR, Role.CINEMATOGRAPHER):
        add_person(production, role.value, [role])
    for name in editors(people):
        add_person(production, name, [Role.EDITOR])
    add_interviewee(production, SLUG, "王桂兰", field="culture")
    for kind in ("contact_record", "consent_form", "consent_terms", "camera_originals"):
        _bring(production, SLUG, kind)
    _sign(production, SLUG)
    for number, _length in enumerate(lengths, 1):
        add_episode(production, SLUG, f"第{number}集")
        slug = f"{SLUG}/{number:02d}"
        _bring(production, slug, "finished_cut")
        _sign(production, slug)
    return production


def session_of(production: Production, name: str) -> str:
    """Return the token of a new session of theirs."""
    with production.ledger.read() as session:
        person = find_person(session, name).id
    return open_session(production, person_id=person)


def _bring(production: Production, slug: str, kind: str) -> None:
    path = production.folder / "work" / (kind + KINDS[kind].suffixes[0])
    path.write_text(kind, "utf-8")
    deposits.deposit(production, slug, KINDS[kind], path, Role.CINEMATOGRAPHER.value)


def _sign(production: Production, slug: str) -> None:
    while True:
        states = advance(production, slug)
        gate = next((s for s in states if s.status == "gate" and s.stage.number < 7), None)
        if gate is None or gate.stage.signed_by is None:
            return
        approve(production, slug, gate.stage, gate.stage.signed_by.value)


def _with_text(stage: AnyStage, lengths: Sequence[int]) -> AnyStage:
    if stage.number == 5:
        return replace(stage, run=_sound(stage, max(lengths) * _STEP_MS))
    if stage.number == 6:
        return replace(stage, run=_words(stage, lengths))
    return replace(stage, run=_doubts(stage)) if stage.number == 7 else stage


def _sound(stage: AnyStage, duration_ms: int) -> Any:
    dice = random.Random(1)
    count = duration_ms * 50 // 1000
    data = [v for _n in range(count) for v in (-dice.randrange(100), dice.randrange(100))]
    peaks = {"bits": 8, "channels": 1, "data": data, "length": count, "sample_rate": 16000,
            "samples_per_pixel": 320, "version": 2}  # fmt: skip
    text = json.dumps(peaks)

    def run(needs: Any, settings: Settings, folder: Path) -> Any:
        made = stage.run(needs, settings, folder)
        made.waveform.write_text(text, "ascii")
        return made

    return run


def _words(stage: AnyStage, lengths: Sequence[int]) -> Any:
    def run(needs: Any, _settings: Settings, folder: Path) -> Any:
        number = needs.subject.number
        dice = random.Random(number)
        cues, words = [], []
        for n in range(lengths[number - 1]):
            text = "".join(dice.choices(_LETTERS, k=dice.randrange(6, 18)))
            at, step = n * _STEP_MS, 2_700 // len(text)
            cues.append(Cue(at, at + len(text) * step, text))
            words += [
                Word(at + k * step, at + (k + 1) * step, letter, round(dice.uniform(0.2, 1.0), 2))
                for k, letter in enumerate(text)
            ]
        timed_words = Words("zh", tuple(words), ((0, cues[-1].end_ms),))
        return stage.makes(
            write_srt(cues, folder / "draft.srt"), write_words(timed_words, folder / "words.json")
        )

    return run


def _doubts(stage: AnyStage) -> Any:
    def run(needs: Any, _settings: Settings, folder: Path) -> Any:
        cues = read(needs.draft_subtitles.path)
        places = [
            {"id": f"place-{n}", "start_ms": c.start_ms, "end_ms": c.end_ms, "reason": "听不清",
             "level": "warning", "text": c.text, "kind": "unsure"}
            for n, c in enumerate(cues[::4])
        ]  # fmt: skip
        doubts = folder / "doubts.json"
        doubts.write_text(json.dumps(places, ensure_ascii=False), "utf-8")
        return stage.makes(write_srt(cues, folder / "proofread.srt"), doubts)

    return run
