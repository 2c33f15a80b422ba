"""The twelve stages with their real needs and keys, and quick work in place of the real one.

What a quick stage writes depends on all that its `Needs` declares to use, so that whatever may
change does: the worst case. The first stage is the real one, because others read its file.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from sqlalchemy import select

from desk.demo.sample_interview import CONSENT_TERMS, CONTACT_RECORD
from pipeline.core.artefacts.recording_report import Original, RecordingReport
from pipeline.kinds import KINDS
from pipeline.repository.tables import RunRow, SignOffRow
from pipeline.review.signoff import approve, send_back
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact, Role, Scope
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest import deposits
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.stage_state import Status
from stages import STAGES

__all__ = [
    "CHANGES", "CUT", "EPISODE", "INTERVIEWEE", "SIGNED_UP_TO", "TWELVE", "Effects", "Twelve",
    "effects", "signed_home",
]  # fmt: skip

INTERVIEWEE, EPISODE, NAME = "wang-guilan", "wang-guilan/01", "王桂兰"
CUT = "episode,source,in,out\n1,C0001.mp4,0,10\n"


def _quick(stage: AnyStage) -> Any:
    def run(needs: Any, settings: Settings, folder: Path) -> Any:
        uses = getattr(stage.needs, "USES", {})
        told = [settings.digest(stage.settings)]
        for field in fields(needs):
            value = getattr(needs, field.name)
            if field.name in uses:
                value = uses[field.name](needs)
            elif isinstance(value, Artefact):
                value = value.sha256
            elif isinstance(value, tuple) and field.name != "signoffs":
                value = [a.sha256 for a in value]
            if field.name != "signoffs":
                told.append(f"{field.name}={value}")
        made = {}
        for kind, hint in get_type_hints(stage.makes).items():
            path = folder / f"{kind}{KINDS[kind].suffixes[0]}"
            path.write_text("\n".join([kind, *told]), "utf-8")
            made[kind] = (path,) if "tuple" in str(hint) else path
        if stage.slug == "recording":
            report = RecordingReport(originals=tuple(
                Original(name=a.name, sha256=a.sha256, start_timecode="10:00:00:00")
                for a in needs.camera_originals
            ))  # fmt: skip
            report.write(made["recording_report"])
        return stage.makes(**made)

    return run


TWELVE: tuple[AnyStage, ...] = (
    STAGES[0],
    *(replace(stage, run=_quick(stage), check=None) for stage in STAGES[1:]),
)


class Twelve:
    """A home with one interviewee and one episode, and what people do in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.production = self._open()

    def _open(self) -> Production:
        return replace(create_home(self.folder / "home", TWELVE), deposit_checks={})

    def bring(self, kind: str, text: str, name: str = "") -> None:
        """Deposit a text as a file of this kind."""
        slug = EPISODE if Scope.EPISODE in KINDS[kind].deposit else INTERVIEWEE
        path = self.folder / (name or f"{kind}{KINDS[kind].suffixes[0]}")
        path.write_text(text, "utf-8")
        deposits.deposit(self.production, slug, KINDS[kind], path, "李编辑")

    def take_back(self, kind: str, text: str) -> None:
        """Take back a file of this text."""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        deposits.take_back(self.production, INTERVIEWEE, KINDS[kind], sha256, "李编辑")

    def set(self, text: str) -> None:
        """Add to the settings, and open the home anew."""
        self.production.ledger.close()
        with (self.folder / "home" / "settings.toml").open("a", encoding="utf-8") as file:
            file.write(text)
        self.production = self._open()

    def send_back(self, to: str) -> None:
        """Send the episode back from the last gate it has passed."""
        stages = [self.production.stage(name) for name in ("11", to)]
        send_back(self.production, EPISODE, *stages, "吴馆长", "again")

    def run(self) -> None:
        """Run everything that can run."""
        for slug in (INTERVIEWEE, EPISODE):
            advance(self.production, slug)

    def states(self) -> dict[int, Any]:
        """Return the states of all twelve, by number."""
        found = [s for slug in (INTERVIEWEE, EPISODE) for s in self.production.states(slug)]
        return {s.stage.number: s for s in found if s.subject.number or s.stage.number < 4}

    def sign(self, upto: int) -> None:
        """Run and sign, in order, up to this stage."""
        while True:
            self.run()
            gate = next((s for n, s in self.states().items()
                         if s.status is Status.GATE and n <= upto), None)  # fmt: skip
            if gate is None:
                return
            who = _SIGNERS[gate.stage.signed_by]
            approve(self.production, gate.subject.slug, gate.stage, who, seen=gate.signs)

    def counted(self) -> tuple[Counter[str], Counter[str]]:
        """Return how often each stage ran, and how often each was signed."""
        with self.production.ledger.read() as session:
            runs = Counter(session.scalars(select(RunRow.stage)))
            rows = select(SignOffRow.stage).where(SignOffRow.action == "approve")
            return runs, Counter(session.scalars(rows))


_SIGNERS = {
    Role.PRODUCER: "赵制片", Role.DIRECTOR: "钱导演", Role.CINEMATOGRAPHER: "孙摄像",
    Role.EDITOR: "李编辑", Role.TECHNICIAN: "周技术", Role.LEADER: "吴馆长",
    Role.INTERVIEWEE: NAME,
}  # fmt: skip
SIGNED_UP_TO = 10


def signed_home(folder: Path) -> Path:
    """Make a home whose episode is signed through the interviewee's proofreading."""
    folder.mkdir(parents=True, exist_ok=True)
    twelve = Twelve(folder)
    for role, name in _SIGNERS.items():
        if role is not Role.INTERVIEWEE:
            add_person(twelve.production, name, [role])
    add_interviewee(twelve.production, INTERVIEWEE, NAME, field="culture")
    add_episode(twelve.production, INTERVIEWEE, "童年")
    twelve.bring("contact_record", CONTACT_RECORD)
    twelve.bring("consent_form", "scan")
    twelve.bring("consent_terms", CONSENT_TERMS)
    twelve.bring("camera_originals", "first day", "C0001.mp4")
    twelve.bring("glossary", "翁牛特旗\n")
    twelve.bring("edit_list", CUT)
    twelve.set('[titles]\nshow = ["strap"]\n')
    twelve.sign(SIGNED_UP_TO)
    assert twelve.states()[SIGNED_UP_TO].passed
    twelve.production.ledger.close()
    return folder


def _replaced_original(t: Twelve) -> None:
    t.take_back("camera_originals", "first day")
    t.bring("camera_originals", "first day, copied again", "C0001.mp4")


def _record(before: str, after: str) -> Callable[[Twelve], object]:
    assert before in CONTACT_RECORD
    return lambda t: t.bring("contact_record", CONTACT_RECORD.replace(before, after))


def _heard_again(t: Twelve) -> None:
    t.bring("glossary", "翁牛特旗\n克什克腾旗\n")
    t.send_back("6")


CHANGES: dict[str, tuple[str, Callable[[Twelve], object]]] = {
    "A second day's recording is added": (
        "增加第二天拍的素材", lambda t: t.bring("camera_originals", "second day", "C0002.mp4"),
    ),
    "One is added whose file has the name of the first": (
        "增加的素材与原有的同名", lambda t: t.bring("camera_originals", "another", "C0001.mp4"),
    ),
    "An original that the cut names is replaced": ("换掉剪辑表用到的素材", _replaced_original),
    "The telephone number is corrected": (
        "更正电话号码", _record("0000-0000000", "0000-1111111"),
    ),
    "The position is corrected": ("更正职务", _record("已退休（", "退休职工（")),
    "The consent asks for a pseudonym": (
        "授权书改用化名", lambda t: t.bring("consent_terms", CONSENT_TERMS + "化名: 兰姨\n"),
    ),
    "The outline is revised": ("修改提纲", lambda t: t.bring("outline_revision", "问：还有吗？")),
    "A word is added to the glossary": (
        "词汇表增加一个词", lambda t: t.bring("glossary", "翁牛特旗\n克什克腾旗\n"),
    ),
    "So it is, and the episode is sent back to 06": (
        "词汇表增加一个词，并退回第 06 步", _heard_again,
    ),
    "The edit list is changed": (
        "修改剪辑表", lambda t: t.bring("edit_list", CUT.replace("10", "9")),
    ),
    "The editor corrects the subtitles again": (
        "编辑再改字幕", lambda t: t.bring("proofreading_correction", "corrected"),
    ),
    "The interviewee corrects the subtitles": (
        "受访者改字幕", lambda t: t.bring("interviewee_correction", "corrected"),
    ),
    "`[speech] beam_size` is changed": (
        "修改设置 `[speech] beam_size`", lambda t: t.set("[speech]\nbeam_size = 2\n"),
    ),
}  # fmt: skip
"""What people change in an episode that the interviewee has signed: in English, in Chinese, and
how. Stage 11 has run and waits for its signature."""


@dataclass(frozen=True)
class Effects:
    """By number, the stages that ran again and those that had to be signed again."""

    ran: tuple[int, ...]
    signed: tuple[int, ...]


def effects(change: str, model: Path, folder: Path) -> Effects:
    """Make a change in a copy of the home, do and sign what follows from it, and say what that was.

    Raises AssertionError where the episode does not come as far again as it was.
    """
    shutil.copytree(model, folder)
    twelve = Twelve(folder)
    runs, signatures = twelve.counted()
    CHANGES[change][1](twelve)
    twelve.sign(SIGNED_UP_TO)
    assert twelve.states()[SIGNED_UP_TO].passed, change
    later_runs, later_signatures = twelve.counted()
    twelve.production.ledger.close()
    numbers = {stage.slug: stage.number for stage in TWELVE}
    return Effects(
        tuple(sorted(numbers[slug] for slug in later_runs - runs)),
        tuple(sorted(numbers[slug] for slug in later_signatures - signatures)),
    )
