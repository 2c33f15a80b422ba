"""Release a finished episode: copy its deliverables to files with readable names."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from pipeline.core import clock
from pipeline.core.artefacts.release_record import ReleaseRecord
from pipeline.core.file_names import safe_name
from pipeline.core.permissions import shared_folder
from pipeline.delivery.manifest import remove_leftovers, remove_outdated
from pipeline.errors import BusyError, NotReadyError
from pipeline.i18n import _
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.repository.store import digest, storage_errors
from pipeline.repository.tables import OutputRow, SignOffRow
from pipeline.workflow.production import Production
from pipeline.workflow.release_permission import release_objection
from pipeline.workflow.roster import subjects
from pipeline.workflow.stage_state import StageState

__all__ = ["release", "release_if_signed", "update_releases"]

_NUMBERED = re.compile(r"\d{4} ")


def release(production: Production, slug: str) -> Path:
    """Copy what stage 12 made to released/ and return the folder; done already, do nothing.

    It stands there under the name the interviewee is published by. Every sign-off of the episode,
    with the names and reasons that stay in the house, goes to records/. Raises NotReadyError for an
    episode that is not released, or may not be any more.
    """
    folder = release_if_signed(production, slug)
    if folder is None:
        objection = release_objection(production.states(slug))
        raise NotReadyError(
            objection or _("{slug} is not released yet.").format(slug=slug),
            remedy=_("“chifeng status {slug}” shows what is open.").format(slug=slug),
        )
    return folder


def update_releases(production: Production, slug: str = "") -> None:
    """Have released/ hold what may stand today of one interviewee's episodes, or of all."""
    chosen = [
        row.slug for row in subjects(production)
        if row.parent_id is not None and (not slug or row.slug.startswith(f"{slug}/"))
    ]  # fmt: skip
    for each in chosen:
        release_if_signed(production, each)


def release_if_signed(production: Production, slug: str) -> Path | None:
    """Release an episode whose last stage is signed; return None for any other.

    What was released of it under another name, or may not stand by today's consent, is moved to
    withdrawn/, which is for this account alone.
    """
    with production.ledger.read() as session:
        states = production.released(session, slug)
        if states is None:
            return None
        own, _interviewee = load_records(session, find_subject(session, slug))
    there = _folders(production, own, states[-1].stage.slug)
    folder = None
    if not release_objection(states):
        folder = _write_release(production, states[-1], own.parent_id or 0, there)
    for outdated in there:
        if outdated != folder:
            _withdraw(production, outdated)
    return folder


def _write_release(
    production: Production, last: StageState, interviewee: int, there: list[Path]
) -> Path:
    subject, slug = last.subject, last.subject.slug
    person = safe_name(_published_name(last))
    title = safe_name(f"{subject.number:02d} {subject.title}")
    released = production.folder / "released"
    folder = released / safe_name(f"{interviewee:04d} {person}") / title
    earlier = released / person / title  # of earlier versions of the program
    folder = earlier if earlier in there else folder
    with storage_errors(folder):
        shared_folder(folder)
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


def _folders(production: Production, own: SubjectRecords, final: str) -> list[Path]:
    """Return every folder in released/ that is this episode's.

    Names there begin with the interviewee's number in the ledger, which never changes. Those of
    earlier versions of the program do not; what such a folder holds says whose it is.
    """
    released = production.folder / "released"
    number = f"{own.subject.number:02d}"
    found = (each for each in released.glob(f"*/{number}*") if each.name.split(" ")[0] == number)
    mine = f"{own.parent_id or 0:04d} "
    records = [
        min(run.outputs, key=lambda each: each.size_bytes) for run in own.runs
        if run.stage == final and run.outputs
    ]  # fmt: skip
    return [
        folder for folder in sorted(found)
        if folder.parent.name.startswith(mine)
        or (not _NUMBERED.match(folder.parent.name) and _holds(folder, records))
    ]  # fmt: skip


def _holds(folder: Path, records: list[OutputRow]) -> bool:
    """Tell whether one of these files is there: the smallest of each release that ever was."""
    digests = {(row.name, row.sha256) for row in records}
    names = {row.name for row in records}
    return any(
        (name, digest(folder / name)) in digests for name in names if (folder / name).is_file()
    )


def _withdraw(production: Production, folder: Path) -> None:
    place = production.folder / "withdrawn"
    with storage_errors(place):
        place.mkdir(mode=0o700, exist_ok=True)
        moment = datetime.now(clock.CHINA_TIME).strftime("%Y%m%d-%H%M%S-%f")
        shutil.move(folder, place / f"{moment} {folder.parent.name} {folder.name}")
        with suppress(OSError):
            folder.parent.rmdir()  # the last episode there


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
