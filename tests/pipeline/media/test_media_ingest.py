"""Media that cannot be used is refused when it is brought, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import MediaError
from pipeline.kinds import kind
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.production import Production


@pytest.fixture
def guarded(production: Production) -> Production:
    """The toy production, with the real checks of deposits."""
    return replace(production, deposit_checks=None)


def _stored(production: Production) -> list[Path]:
    return [p for p in production.store.folder.rglob("*") if p.suffix in (".mp4", ".mkv", ".mov")]


@pytest.mark.parametrize(
    ("slug", "fixture", "message"),
    [
        ("camera_originals", "clip_truncated", "incomplete"),
        ("camera_originals", "clip_no_index", "incomplete"),
        ("finished_cut", "clip_truncated_mkv", "incomplete"),
        ("finished_cut", "clip_no_sound", "has no sound"),
        ("finished_cut", "clip_no_picture", "has no picture"),
    ],
)
def test_unusable_media_is_refused(
    slug: str, fixture: str, message: str, guarded: Production, request: pytest.FixtureRequest
) -> None:
    subject = "wang-guilan" if slug == "camera_originals" else "wang-guilan/01"
    with pytest.raises(MediaError, match=message):
        deposit(guarded, subject, kind(slug), request.getfixturevalue(fixture), "钱导演")
    assert _stored(guarded) == []


def test_usable_media_is_taken(guarded: Production, clip: Path, clip_no_sound: Path) -> None:
    for slug, path in (("camera_originals", clip_no_sound), ("finished_cut", clip)):
        subject = "wang-guilan" if slug == "camera_originals" else "wang-guilan/01"
        assert deposit(guarded, subject, kind(slug), path, "钱导演")[0].new
    assert len(_stored(guarded)) == 2
