"""A production in miniature: five quick stages that stand in for the twelve.

They need no consent, and what is deposited for them is plain text: open it with `toy_production`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pipeline.queues import Queue
from pipeline.settings import Settings
from pipeline.stage import AnyStage, Artefact, Finding, Role, Scope, Stage
from pipeline.workflow.production import Production, create_home

__all__ = ["TOYS", "add_settings", "at_the_cut", "calls", "toy_production"]

calls: list[str] = []
"""Slugs of the toy stages as they ran, oldest first; tests clear it."""


@dataclass(frozen=True)
class FileNeeds:
    contact_record: Artefact


@dataclass(frozen=True)
class FileMakes:
    interviewee_file: Path


@dataclass(frozen=True)
class PictureNeeds:
    interviewee_file: Artefact
    finished_cut: Artefact | None
    edit_list: Artefact | None
    ONE_OF = (("edit_list", "finished_cut"),)


@dataclass(frozen=True)
class PictureMakes:
    picture: Path


@dataclass(frozen=True)
class DraftNeeds:
    picture: Artefact


@dataclass(frozen=True)
class DraftMakes:
    draft_subtitles: Path


@dataclass(frozen=True)
class ProofNeeds:
    draft_subtitles: Artefact
    proofreading_correction: Artefact | None


@dataclass(frozen=True)
class ProofMakes:
    proofread_subtitles: Path


@dataclass(frozen=True)
class MasterNeeds:
    picture: Artefact
    proofread_subtitles: Artefact


@dataclass(frozen=True)
class MasterMakes:
    master: Path


def _join(slug: str, makes: type[Any], suffix: str) -> Any:
    def run(needs: Any, settings: Settings, folder: Path) -> Any:
        calls.append(slug)
        given = [getattr(needs, f.name) for f in fields(needs) if f.name != "interviewee_file"]
        text = "+".join(a.path.read_text("utf-8").strip() for a in given if a is not None)
        if "explode" in text:
            raise RuntimeError("the toy was told to explode")
        out = folder / f"out{suffix}"
        out.write_text(f"{text}\n", "utf-8")
        return makes(out)

    return run


def _proofread(needs: ProofNeeds, settings: Settings, folder: Path) -> ProofMakes:
    calls.append("initial_proofreading")
    source = needs.proofreading_correction or needs.draft_subtitles
    out = folder / "proofread.srt"
    out.write_bytes(source.path.read_bytes())
    return ProofMakes(out)


def _check(makes: ProofMakes, settings: Settings) -> tuple[Finding, ...]:
    if "mistake" in makes.proofread_subtitles.read_text("utf-8"):
        return (Finding("error", "there is a mistake in it"),)
    return ()


TOYS = (
    Stage(1, "preliminary_communication", "前期沟通", Scope.INTERVIEWEE, FileNeeds, FileMakes,
          _join("preliminary_communication", FileMakes, ".json"), Role.PRODUCER),
    Stage(4, "video_editing", "视频剪辑", Scope.EPISODE, PictureNeeds, PictureMakes,
          _join("video_editing", PictureMakes, ".mp4"), Role.DIRECTOR, ("editing",),
          queue=Queue.RENDER, needs_consent=False),
    Stage(6, "first_version_subtitles", "字幕初稿", Scope.EPISODE, DraftNeeds, DraftMakes,
          _join("first_version_subtitles", DraftMakes, ".srt"), None, ("speech",),
          queue=Queue.SPEECH, needs_consent=False),
    Stage(7, "initial_proofreading", "初校", Scope.EPISODE, ProofNeeds, ProofMakes,
          _proofread, Role.EDITOR, check=_check, needs_consent=False),
    Stage(12, "final_revision", "终改", Scope.EPISODE, MasterNeeds, MasterMakes,
          _join("final_revision", MasterMakes, ".mp4"), Role.DIRECTOR, queue=Queue.RENDER,
          needs_consent=False),
)  # fmt: skip


def toy_production(folder: Path, stages: Sequence[AnyStage] = TOYS) -> Production:
    """Open a home, or make it, without the checks of what is deposited."""
    return replace(create_home(folder, stages), deposit_checks={})


def add_settings(production: Any, text: str) -> None:
    """Add to the home's settings; where its ledger is, stays said there."""
    with (production.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def at_the_cut(production: Any, bring: Any) -> Any:
    """Carry the toy episode until it waits for the director at stage 4."""
    from pipeline.review.signoff import approve
    from pipeline.workflow.executor import advance

    bring("wang-guilan", "contact_record", "王桂兰")
    advance(production, "wang-guilan")
    approve(production, "wang-guilan", production.stage("1"), "赵制片")
    bring("wang-guilan/01", "finished_cut", "picture")
    advance(production, "wang-guilan/01")
    return production
