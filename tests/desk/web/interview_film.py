"""A production with something to do at every gate: real stages on a few seconds of real speech."""

from __future__ import annotations

import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from desk.demo import sample_interview
from desk.demo.sample_speech import sample_speech
from pipeline.captions.formats.writer import write_srt
from pipeline.captions.segmentation.segmenter import segment
from pipeline.captions.words import Doubt, Word, Words, write_words
from pipeline.kinds import KINDS
from pipeline.media.ffmpeg import ffmpeg_path
from pipeline.review.access.accounts import set_password
from pipeline.review.signoff import approve
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Role, Subject
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.production import Production, create_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person
from pipeline.workflow.stage_state import Status
from stages import STAGES, first_version_subtitles

__all__ = [
    "CREW", "EPISODE", "PASSWORD", "SAID", "SLUG", "WAITS_AT", "WITHHELD", "film", "filmed_home",
    "released_home", "stages",
]  # fmt: skip

SLUG = "wang-guilan"
PASSWORD = "red hills white horses"
CREW = {
    "管理员": [Role.ADMINISTRATOR],
    "赵制片": [Role.PRODUCER],
    "钱导演": [Role.DIRECTOR],
    "孙摄像": [Role.CINEMATOGRAPHER],
    "李编辑": [Role.EDITOR],
    "陈编辑": [Role.EDITOR],
    "周技术": [Role.TECHNICIAN],
    "吴馆长": [Role.LEADER],
    "王桂兰": [Role.INTERVIEWEE],
}
EPISODE = f"{SLUG}/01"
WITHHELD = (8000, 12_000)
"""What the interviewee of the released home wants nobody to see or hear, in milliseconds."""
WAITS_AT = {1: 7, 2: 7, 3: 9, 4: 10, 5: 10, 6: 11, 7: 12, 8: 4}
"""Which stage each episode waits at: 1 and 2 for the editor … 8 for its cut."""
SAID = (
    "我是一九五六年到文化馆的", "那时候馆里一共七个人", "白天下乡放电影", "晚上回来还要写材料",
    "老馆长姓赵是个好人", "他常说群众要看的就是我们要演的", "后来成立了乌兰牧骑",
    "我们骑着马去牧区演出",
    "冬天零下三十多度", "手都冻得拉不开琴", "可是老乡们高兴啊", "一直送我们到山那边",
)  # fmt: skip
"""What the recogniser hears in the film: written here, so that tests know every word of it."""


def film(path: Path, seconds: float = 32.0) -> Path:
    """Film short real clips of Mandarin, with pauses, before a moving picture."""
    clips = [clip.path for clip in sample_speech()] * 3
    inputs = [word for clip in clips for word in ("-i", str(clip))]
    joined = "".join(
        f"[{n + 1}:a]aresample=48000,apad=pad_dur=1.2[a{n}];" for n in range(len(clips))
    )
    joined += "".join(f"[a{n}]" for n in range(len(clips))) + f"concat=n={len(clips)}:v=0:a=1[a]"
    command = [
        ffmpeg_path(), "-nostdin", "-v", "error", "-y", "-f", "lavfi",
        "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}", *inputs,
        "-filter_complex", joined, "-map", "0:v", "-map", "[a]", "-shortest", "-c:v", "libx264",
        "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return path


def _heard(needs: Any, settings: Settings, folder: Path) -> Any:
    """Stand in for the recogniser; every other stage is the real one."""
    words, at = [], 600
    for line in SAID:
        step = 180 if len(line) < 14 else 160
        for n, letter in enumerate(line):
            certain = 0.3 if letter in "赵琴" else 0.95
            words.append(Word(at + n * step, at + (n + 1) * step, letter, certain))
        at = words[-1].end_ms + 450
    heard = Words(
        language="zh", words=tuple(words), speech=((600, at - 450),),
        doubts=(Doubt(words[0].start_ms, words[3].end_ms, "重听后仍不确定"),),
        engine="faster-whisper", model="base",
    )  # fmt: skip
    style = settings.style_for("zh")
    return first_version_subtitles.Makes(
        write_srt(segment(heard.words, style, "zh"), folder / "draft.srt"),
        write_words(heard, folder / "words.json"),
    )


class _Once:
    """Does a stage's work on one film once, and copies it for the other episodes of that film."""

    def __init__(self, stage: AnyStage) -> None:
        self._run = stage.run
        self._done: dict[str, tuple[Any, dict[str, bytes]]] = {}

    def __call__(self, needs: Any, settings: Settings, folder: Path) -> Any:
        given = (getattr(needs, field.name) for field in fields(needs))
        key = repr([each for each in given if not isinstance(each, Subject)])
        if key not in self._done:
            makes = self._run(needs, settings, folder)
            self._done[key] = makes, {path.name: path.read_bytes() for path in _files(makes)}
            return makes
        makes, contents = self._done[key]
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        paths = {
            field.name: folder / path.name if (path := getattr(makes, field.name)) else None
            for field in fields(makes)
        }
        return replace(makes, **paths)


def _files(makes: Any) -> list[Path]:
    return [path for field in fields(makes) if (path := getattr(makes, field.name)) is not None]


def stages() -> tuple[AnyStage, ...]:
    """The twelve, where what takes long is done once for all episodes: cut, sound, burning and
    verification (whose page is therefore headed by the first of them)."""
    own = {6: lambda _: _heard, **dict.fromkeys((4, 5, 8, 9), _Once)}
    return tuple(replace(s, run=own[s.number](s)) if s.number in own else s for s in STAGES)


def filmed_home(folder: Path, recording: Path | None = None) -> Production:
    """Make the production; every episode goes as far as WAITS_AT says."""
    production = _peopled_home(folder)
    for number in WAITS_AT:
        add_episode(production, SLUG, ("文化馆的早年", "进城以后")[number % 2])
    recording = recording or film(folder.parent / "interview.mp4")
    _prepare(production, recording)
    for number, stop in WAITS_AT.items():
        _go(production, f"{SLUG}/{number:02d}", recording, stop)
    return production


def released_home(folder: Path, recording: Path | None = None) -> Production:
    """Make a production whose only episode is released, the passage WITHHELD behind a card."""
    production = _peopled_home(folder)
    add_episode(production, SLUG, "文化馆的早年")
    recording = recording or film(folder.parent / "interview.mp4")
    _prepare(production, recording)
    _go(production, EPISODE, recording, 10)
    request = recording.with_name("request.yaml")
    start, end = (f"{ms / 1000:.3f}" for ms in WITHHELD)
    request.write_text(
        f"不公开:\n  - 从: {start}\n    到: {end}\n    原因: 涉及家人\n    处理: 遮盖\n", "utf-8"
    )
    deposit(production, EPISODE, KINDS["withholding_request"], request, "王桂兰")
    _sign_all(production, EPISODE, 13)
    return production


def _peopled_home(folder: Path) -> Production:
    folder.parent.mkdir(parents=True, exist_ok=True)
    twelve = stages()
    production = create_home(folder, twelve)
    settings = (
        "[recording]\nmin_width = 320\nmin_height = 180\nmin_duration_ms = 1000\n"
        '[editing]\npreset = "ultrafast"\n[burning]\npreset = "ultrafast"\n'
    )
    with (folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    production = create_home(folder, twelve)
    for name, roles in CREW.items():
        add_person(production, name, roles)
        set_password(production, name, PASSWORD, by="管理员")
    add_interviewee(production, SLUG, "王桂兰", field="culture")
    return production


def _prepare(production: Production, recording: Path) -> None:
    folder = recording.parent
    papers = {
        "contact_record": folder / "contact.yaml",
        "consent_terms": folder / "terms.yaml",
        "consent_form": folder / "form.png",
    }
    papers["contact_record"].write_text(sample_interview.CONTACT_RECORD, "utf-8")
    papers["consent_terms"].write_text(sample_interview.CONSENT_TERMS, "utf-8")
    sample_interview.scanned_consent(papers["consent_form"])
    for kind, path in papers.items():
        deposit(production, SLUG, KINDS[kind], path, "赵制片")
    deposit(production, SLUG, KINDS["camera_originals"], recording, "孙摄像")
    _sign_all(production, SLUG, 12)


def _go(production: Production, slug: str, recording: Path, stop: int) -> None:
    if stop > 4:
        deposit(production, slug, KINDS["finished_cut"], recording, "钱导演")
    _sign_all(production, slug, stop)


def _sign_all(production: Production, slug: str, stop: int) -> None:
    """Let everybody sign until the stage that is to wait."""
    while True:
        states = advance(production, slug)
        gate = next((s for s in states if s.status is Status.GATE), None)
        if gate is None or gate.stage.number >= stop:
            return
        role = gate.stage.signed_by
        name = next(name for name, roles in CREW.items() if role in roles)
        approve(production, slug, gate.stage, name, seen=gate.signs)
