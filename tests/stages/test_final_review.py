"""Stage 11: the dossier, and exactly what a signature passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.writer import srt_text
from pipeline.core.files import read_json, write_json
from pipeline.documents.review_dossier import STAGE_TITLES
from pipeline.settings import load
from pipeline.stage import SignedLine
from stages import STAGES
from stages.final_review import STAGE, Makes, Needs
from tests.stages.papers import EPISODE, artefact

DRAFT = [Cue(0, 1000, "我十八岁到五丹"), Cue(1100, 2000, "在方映队"), Cue(3000, 4000, "家里的密事")]
PROOF = [Cue(0, 1000, "我十八岁到乌丹"), Cue(1100, 2000, "在方映队"), Cue(3000, 4000, "家里的秘事")]
FINAL = [Cue(0, 1000, "我十八岁到乌丹"), Cue(1100, 2000, "在放映队"), Cue(3000, 4000, "家里的秘事")]
RESTRICTIONS: dict[str, Any] = {
    "withheld": [{"start_ms": 2900, "end_ms": 4000, "reason": "家事", "action": None}],
    "duration_ms": 65_000,
    "language": "zh",
    "conflicts": [],
}
SILENCE = {"start_ms": 12_000, "end_ms": 43_000, "message": "31.0 秒无声"}
VERIFICATION: dict[str, Any] = {
    "checks": [
        {
            "name": "black", "title": "黑场", "result": "pass", "value": "0", "limit": "5 s",
            "findings": [],
        },
        {
            "name": "silence", "title": "静音", "result": "fail", "value": "31 s", "limit": "30 s",
            "findings": [SILENCE],
        },
    ],
    "result": "fail",
}  # fmt: skip
SIGNED = (
    SignedLine(
        "video_verification", "approve", "赵敏", "technician", "desk", "", 1_763_900_000_000
    ),
    SignedLine(
        "initial_proofreading", "send_back", "李明", "director", "command line", "人名|错",
        1_763_800_000_000,
    ),
)  # fmt: skip


def _needs(folder: Path, **change: Any) -> Needs:
    cues = {"draft_subtitles": DRAFT, "proofread_subtitles": PROOF, "interviewee_subtitles": FINAL}
    papers = {"restrictions": RESTRICTIONS, "verification_report": VERIFICATION}
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = {
        kind: artefact(kind, folder / f"{kind}.srt", srt_text(change.get(kind, value)))
        for kind, value in cues.items()
    }
    for kind, paper in papers.items():
        made[kind] = artefact(
            kind, write_json(folder / f"{kind}.json", {**paper, **change.get(kind, {})})
        )
    made["subtitled_video"] = artefact("subtitled_video", folder / "film.mp4", b"film")
    return Needs(EPISODE, change.get("signoffs", SIGNED), **made)


def _make(folder: Path, needs: Needs) -> Makes:
    folder.mkdir()
    return STAGE.run(needs, load().only(STAGE.settings), folder)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("case")
    return _make(folder / "out", _needs(folder)).dossier.read_text("utf-8")


def test_the_dossier_tells_what_changed(text: str) -> None:
    interviewee, editor = text.split("受访者改了什么")[1].split("编辑改了什么")
    assert "在~~方~~映队" in interviewee
    assert "在**放**映队" in interviewee
    assert "共 1 处：改动文字或条目 1 处（删 1 字，添 1 字）" in interviewee
    assert "到~~五~~丹" in editor
    assert "到**乌**丹" in editor
    assert "改字" in editor


def test_the_dossier_does_not_flatter_who_signed_without_looking(tmp_path: Path) -> None:
    counts = {"found": 68, "corrected": 0, "found_right": 0, "untouched": 68}
    signed = SignedLine(
        "initial_proofreading", "approve", "李明", "editor", "command line", "", 1_763_800_000_000,
        {"doubts": counts, "system_user": "crew"},
    )  # fmt: skip
    needs = _needs(tmp_path, proofread_subtitles=DRAFT, signoffs=(signed,))
    text = _make(tmp_path / "out", needs).dossier.read_text("utf-8")
    doubts = text.split("## 二、")[0]
    assert "初稿疑点 68 处：编辑改动 0 处，看过认为无误 0 处，没有动过 68 处" in doubts
    assert "编辑没有改动初稿的任何一条字幕" in doubts and "打开了多久：不得而知" in doubts
    assert "由系统用户 crew 在命令行执行" in text
    again = _make(tmp_path / "again", needs).dossier.read_text("utf-8")
    assert again == text


def test_what_no_signature_counted_is_not_called_none(text: str) -> None:
    assert "初稿疑点：不得而知" in text and "编辑没有改动" not in text


def test_the_dossier_does_not_repeat_what_is_withheld(text: str) -> None:
    assert "| 00:02.900 | 00:04.000 | 家事 | 按制作设定 | 1 条 |" in text
    assert "其中 1 处在不公开段落内，原话从略" in text
    for word in ("秘事", "密事"):
        assert word not in text


def test_the_dossier_tells_the_verification(text: str) -> None:
    assert "| 黑场 | 通过 | 0 | 5 s |" in text
    assert "### 静音（不合格）" in text
    assert "- 00:12 31.0 秒无声" in text
    assert "视频核对“静音”：不合格" in text.split("## 二、")[0]


def test_the_dossier_reads_out_the_signoffs(text: str) -> None:
    lines = [line for line in text.splitlines() if "李明" in line or "赵敏" in line]
    assert lines == [
        "| 初校 | 退回 | 李明 | 导演 | 2025-11-22 16:26+08:00 | 命令行 | 人名\\|错 |",
        "| 视频核对 | 签署通过 | 赵敏 | 技术员 | 2025-11-23 20:13+08:00 | 工作台 |  |",
    ]


def test_the_dossier_speaks_chinese_to_everybody(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang in ("en", "zh"):
        monkeypatch.setenv("CHIFENG_LANG", lang)
        assert _make(tmp_path / lang, _needs(tmp_path)).dossier.read_text("utf-8") == text


def test_the_dossier_calls_stages_what_they_are_called() -> None:
    signed = {stage.slug: stage.title for stage in STAGES if stage.signed_by}
    assert signed.items() <= STAGE_TITLES.items()


def test_doubts_are_named(tmp_path: Path) -> None:
    conflict = {
        "start_ms": 1100,
        "end_ms": 2000,
        "ours": "在放映队",
        "theirs": "在电影队",
        "kept": True,
    }
    lost = {"start_ms": 3000, "end_ms": 3500, "ours": "秘事二", "theirs": "", "kept": False}
    needs = _needs(
        tmp_path,
        interviewee_subtitles=[*FINAL[:2], Cue(2100, 2800, "那人叫□□")],
        restrictions={"conflicts": [conflict, lost]},
    )
    doubts = _make(tmp_path / "out", needs).dossier.read_text("utf-8").split("## 二、")[0]
    assert "00:01 受访者与编辑都改过，现用受访者的：在放映队" in doubts
    assert "现已不在片中：（不公开，略）" in doubts
    assert "存疑记号：那人叫□□" in doubts


def test_a_quiet_case(tmp_path: Path) -> None:
    needs = _needs(
        tmp_path, draft_subtitles=FINAL, proofread_subtitles=FINAL, signoffs=(),
        restrictions={"withheld": []}, verification_report={"checks": [], "result": "pass"},
    )  # fmt: skip
    made = _make(tmp_path / "out", needs)
    text = made.dossier.read_text("utf-8")
    assert text.count("没有改动。") == 2
    assert "尚无签字" in text
    assert read_json(made.review_decision)["conditions"] == []
    assert STAGE.check is not None
    assert STAGE.check(made, load()) == ()


def test_the_decision_names_exactly_what_is_passed(tmp_path: Path) -> None:
    needs = _needs(tmp_path)
    made = _make(tmp_path / "out", needs)
    decision = read_json(made.review_decision)
    assert decision["passes"] == {
        kind: getattr(needs, kind).sha256
        for kind in (
            "subtitled_video", "proofread_subtitles", "interviewee_subtitles", "restrictions",
            "verification_report",
        )
    }  # fmt: skip
    assert decision["withheld"] == RESTRICTIONS["withheld"]
    assert decision["conditions"] == [
        {"do": "burn_interviewee_subtitles"},
        {"do": "withhold", "start_ms": 2900, "end_ms": 4000, "action": None},
        {"do": "resolve", "check": "silence"},
    ]
    assert STAGE.check is not None
    assert [f.level for f in STAGE.check(made, load())] == ["note", "note", "warning"]


def test_signing_something_does_not_change_the_decision(tmp_path: Path) -> None:
    one = _make(tmp_path / "1", _needs(tmp_path))
    two = _make(tmp_path / "2", replace(_needs(tmp_path), signoffs=()))
    assert one.review_decision.read_bytes() == two.review_decision.read_bytes()
    assert one.dossier.read_bytes() != two.dossier.read_bytes()
