"""Release a finished episode: copy its deliverables to files with readable names."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from pipeline.core.artefacts.release_record import ReleaseRecord
from pipeline.core.file_names import safe_name
from pipeline.delivery.manifest import remove_leftovers, remove_outdated
from pipeline.errors import BusyError, NotReadyError
from pipeline.i18n import _
from pipeline.repository.records import find_subject
from pipeline.repository.store import storage_errors
from pipeline.repository.tables import SignOffRow
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = ["release", "release_if_signed"]


def release(production: Production, slug: str) -> Path:
    """Copy what stage 12 made to released/ and return the folder; done already, do nothing.

    It stands there under the name the interviewee is published by. Every sign-off of the episode,
    with the names and reasons that stay in the house, goes to records/. Raises NotReadyError for an
    episode that is not released.
    """
    folder = release_if_signed(production, slug)
    if folder is None:
        raise NotReadyError(
            _("{slug} is not released yet.").format(slug=slug),
            remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
        )
    return folder


def release_if_signed(production: Production, slug: str) -> Path | None:
    """Release an episode whose last stage is signed; return None for any other."""
    with production.ledger.read() as session:
        states = production.released(session, slug)
    return _write_release(production, states[-1]) if states is not None else None


def _write_release(production: Production, last: StageState) -> Path:
    subject, slug = last.subject, last.subject.slug
    name = safe_name(f"{subject.number:02d} {subject.title}")
    folder = production.folder / "released" / safe_name(_published_name(last)) / name
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for artefact in last.outputs:
            _copy(artefact.path, folder / artefact.name)
        if any(folder.glob("delivery/.*")):
            with suppress(BusyError), production.locked(slug):  # else one is being made
                remove_leftovers(folder / "delivery")
        remove_outdated(folder, {artefact.sha256 for artefact in last.outputs})
    _write_record(production, slug)
    return folder


def _published_name(last: StageState) -> str:
    """Return the name the release record says: a pseudonym where the consent asks for one."""
    record = next((a.path for a in last.outputs if a.kind == "release_record"), None)
    pseudonym = ReleaseRecord.read(record).consent.pseudonym if record else None
    return pseudonym or last.subject.interviewee


def _write_record(production: Production, slug: str) -> None:
    path = production.folder / "records" / f"{slug.replace('/', '-')}-sign-offs.json"
    signoffs = json.dumps(_signoffs(production, slug), ensure_ascii=False, indent=1)
    with storage_errors(path):
        path.parent.mkdir(exist_ok=True)
        path.write_text(signoffs + "\n", "utf-8")


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        existing, original = target.stat(), source.stat()
        if (existing.st_size, existing.st_mtime_ns) == (original.st_size, original.st_mtime_ns):
            return
    partial = target.with_name(f".{target.name}.partial")
    shutil.copyfile(source, partial)
    shutil.copystat(source, partial)
    partial.chmod(0o644)
    partial.replace(target)  # atomic on every system


def _signoffs(production: Production, slug: str) -> list[dict[str, object]]:
    with production.ledger.read() as session:
        row = find_subject(session, slug)
        rows = session.scalars(
            select(SignOffRow)
            .where(SignOffRow.subject_id.in_([row.id, row.parent_id or row.id]))
            .order_by(SignOffRow.id)
        )
        return [{c.key: getattr(r, c.key) for c in SignOffRow.__table__.columns} for r in rows]
