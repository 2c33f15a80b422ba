"""The crew of the demonstration: what each person does at the stages that wait for them.

Each action deposits, signs or sends back, and is reported in a line. What was done before is read
from the ledger, so that an interrupted demonstration goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from desk.demo import sample_interview
from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.review.signoff import approve, send_back
from pipeline.stage import Role
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.production import Production
from pipeline.workflow.status import StageState, Status

__all__ = ["CREW", "EPISODES", "INTERVIEWEE", "Crew"]

INTERVIEWEE = ("wang-guilan", "王桂兰")
EPISODES = ("文化馆的早年", "进城以后")
CREW = {
    "赵制片": Role.PRODUCER,
    "钱导演": Role.DIRECTOR,
    "孙摄像": Role.CINEMATOGRAPHER,
    "李编辑": Role.EDITOR,
    "周技术": Role.TECHNICIAN,
    "吴馆长": Role.LEADER,
}
_SENTENCES = ("你好世界", "一二三四五六七八九十", "天地玄黄宇宙洪荒日月盈昃辰宿列张")
_MIN_SIMILARITY = 0.35
_REASON = "第二集的字幕有错字，请再校一遍"


@dataclass(frozen=True)
class Crew:
    """The people, their material, and where they say what they do."""

    production: Production
    recording: Path
    folder: Path
    say: Callable[[str], None]

    def act(self, state: StageState) -> None:
        """Do what the person whose turn it is would do."""
        if state.status is Status.DEPOSIT:
            self._bring(state)
        elif state.status is Status.GATE:
            self._decide(state)

    def _bring(self, state: StageState) -> None:
        slug = INTERVIEWEE[0]
        if state.stage.number == 1:
            self._deposit(
                slug,
                "contact_record",
                self._write("联系记录.yaml", sample_interview.CONTACT_RECORD),
            )
            self._deposit(
                slug, "consent_terms", self._write("授权条款.yaml", sample_interview.CONSENT_TERMS)
            )
            scan = sample_interview.scanned_consent(self.folder / "授权书.png")
            self._deposit(slug, "consent_form", scan)
        elif state.stage.number == 3:
            self._deposit(slug, "camera_originals", self.recording, "孙摄像")
        elif state.stage.number == 4:
            cuts = self._write("剪辑表.csv", sample_interview.cuts(self.recording))
            self._deposit(slug, "edit_list", cuts, "钱导演")

    def _decide(self, state: StageState) -> None:
        slug, number = state.subject.slug, state.stage.number
        if number == 7 and self._correct_subtitles(state):
            return
        if number == 10 and state.subject.number == 1 and self._withhold(state):
            return
        if number == 11 and state.subject.number == 2 and not self._count_send_backs(slug):
            send_back(
                self.production, slug, state.stage, self.production.stage("7"), "吴馆长", _REASON
            )
            self.say(
                _("{person} sends {slug} back to {stage}: {reason}").format(
                    person="吴馆长", slug=slug, reason=_REASON,
                    stage=self.production.stage("7").label,
                )
            )  # fmt: skip
            return
        person = self._signer(state)
        approve(self.production, slug, state.stage, person, seen=state.signs)
        self.say(
            _("{person} approves {stage} of {slug}").format(
                person=person, stage=state.stage.label, slug=slug
            )
        )

    def _correct_subtitles(self, state: StageState) -> bool:
        """Have the editor correct once; for the second episode, once more after the send-back."""
        slug = state.subject.slug
        done = self._count_deposits(slug, "proofreading_correction")
        if done > self._count_send_backs(slug):
            return False
        artefact = next(a for a in state.outputs if a.kind == "proofread_subtitles")
        corrected = _correct(read(artefact.path), done, state.subject.number)
        path = self.folder / f"{slug.replace('/', '-')}-{done + 1}.srt"
        write_srt(corrected, path)
        self._deposit(slug, "proofreading_correction", path, "李编辑")
        return True

    def _withhold(self, state: StageState) -> bool:
        slug = state.subject.slug
        if self._count_deposits(slug, "withholding_request"):
            return False
        artefact = next(a for a in state.outputs if a.kind == "interviewee_subtitles")
        cues = read(artefact.path)
        cue = cues[len(cues) // 2]
        request = (
            f"不公开:\n  - 从: {cue.start_ms / 1000:.3f}\n    到: {cue.end_ms / 1000:.3f}\n"
            "    原因: 涉及家人，不愿公开\n    处理: 遮盖\n"
        )
        path = self._write(f"{slug.replace('/', '-')}-保留请求.yaml", request)
        self._deposit(slug, "withholding_request", path, INTERVIEWEE[1])
        return True

    def _signer(self, state: StageState) -> str:
        if state.stage.signed_by is Role.INTERVIEWEE:
            return INTERVIEWEE[1]
        return next(name for name, role in CREW.items() if role is state.stage.signed_by)

    def _deposit(self, slug: str, kind: str, path: Path, person: str = "赵制片") -> None:
        deposit(self.production, slug, KINDS[kind], path, person)
        self.say(
            _("{person} deposits {kind} for {slug}: {name}").format(
                person=person, kind=KINDS[kind].label, slug=slug, name=path.name
            )
        )

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def _count_deposits(self, slug: str, kind: str) -> int:
        return sum(row.kind == kind for row in self._records(slug).deposits)

    def _count_send_backs(self, slug: str) -> int:
        return sum(row.action == "send_back" for row in self._records(slug).signoffs)

    def _records(self, slug: str) -> SubjectRecords:
        with self.production.ledger.read() as session:
            return load_records(session, find_subject(session, slug))[0]


def _correct(cues: list[Cue], round_: int, number: int) -> list[Cue]:
    """Put right what was misheard; of the second episode, one sentence only after the send-back.

    Where nothing of the sample is said (somebody's own film), mark the first cue instead.
    """
    known = _SENTENCES[: 2 if number == 2 and round_ == 0 else 3]
    texts = _correct_texts([cue.text for cue in cues], known)
    corrected = [replace(cue, text=text) for cue, text in zip(cues, texts, strict=True)]
    if corrected == cues:
        mark = "（演示改稿）" if round_ == 0 else "（演示再改）"
        corrected[0] = replace(cues[0], text=cues[0].text[:8] + mark)
    return corrected


def _correct_texts(recognised: list[str], known: tuple[str, ...]) -> list[str]:
    """Return what was meant; a sentence that two cues share is divided between them."""
    texts: list[str] = []
    for text in recognised:
        before = recognised[len(texts) - 1] if texts else ""
        meant, similarity = _closest_sentence(before + text, known)
        if before and similarity > max(
            _MIN_SIMILARITY, _closest_sentence(before, known)[1], _closest_sentence(text, known)[1]
        ):
            at = round(len(meant) * len(before) / len(before + text))
            texts[-1:] = [meant[:at], meant[at:]]
            continue
        meant, similarity = _closest_sentence(text, known)
        texts.append(meant if similarity > _MIN_SIMILARITY else text)
    return texts


def _closest_sentence(recognised: str, known: tuple[str, ...]) -> tuple[str, float]:
    """Return the sentence most like what was heard, and how like it is."""
    similarities = ((SequenceMatcher(None, recognised, text).ratio(), text) for text in known)
    similarity, text = max(similarities)
    return text, similarity
