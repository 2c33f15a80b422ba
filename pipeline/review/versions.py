"""Every version of an episode's subtitles there ever was: made by a stage, brought, or at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.errors import NotFoundError
from pipeline.i18n import _
from pipeline.kinds import KINDS, SUBTITLES
from pipeline.repository.records import SubjectRecords, find_subject, load_records
from pipeline.repository.tables import DepositRow, RunRow
from pipeline.review import drafts
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = ["Version", "find_version", "latest_cues", "versions"]

"""The kinds of subtitles that stages make, in the order in which one becomes the next."""


@dataclass(frozen=True)
class Version:
    """One version. `key` names it in addresses: a digest, or `draft-7` for what is at work at
    stage 7. The same words may be several `kinds`, where nobody changed anything in between.
    `people` are those whose work is in it; `now` tells whether it still counts."""

    key: str
    kinds: tuple[str, ...]
    at_ms: int
    people: tuple[str, ...]
    name: str
    current: bool
    path: Path | None = None
    cues: tuple[Cue, ...] = ()

    @property
    def label(self) -> str:
        """Name what it is, in the reader's language."""
        label = " = ".join(KINDS[kind].label for kind in self.kinds)
        if self.key.startswith("draft-"):
            return _("{kind}, at work").format(kind=label)
        return label

    @property
    def from_stage(self) -> bool:
        """Tell whether a stage made it."""
        return any(kind in SUBTITLES for kind in self.kinds)

    def read(self) -> list[Cue]:
        """Return its cues. Raises SubtitleError where they cannot be read any more."""
        return read(self.path) if self.path is not None else list(self.cues)


def versions(production: Production, slug: str, person: str) -> list[Version]:
    """Return them all, oldest first; `person` is who opens what is at work."""
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
    states = production.states(slug)
    current_digests = {a.sha256 for s in states for a in (*s.outputs, *s.inputs)}
    found: dict[str, Version] = {}
    for version in (
        *_stage_versions(production, own, current_digests),
        *_deposited_versions(production, own, current_digests),
    ):
        known = found.get(version.key, version)
        kinds = dict.fromkeys((*known.kinds, *version.kinds))
        people = dict.fromkeys((*known.people, *version.people))
        found[version.key] = replace(known, kinds=tuple(kinds), people=tuple(people))
    ordered = sorted(found.values(), key=lambda version: version.at_ms)
    return [*ordered, *_draft_versions(production, states, person)]


def find_version(known: Sequence[Version], key: str) -> Version:
    """Return the version of that key; raises NotFoundError."""
    for version in known:
        if version.key == key:
            return version
    raise NotFoundError(
        _("There is no such version of the subtitles."), remedy=_("Choose one from the list.")
    )


def latest_cues(states: Sequence[StageState]) -> list[Cue]:
    """Return the cues of the version that is furthest on its way; none before the first."""
    paths = {a.kind: a.path for state in states for a in state.outputs if a.kind in SUBTITLES}
    path = next((paths[kind] for kind in reversed(SUBTITLES) if kind in paths), None)
    return read(path) if path is not None else []


def _stage_versions(
    production: Production, own: SubjectRecords, current_digests: set[str]
) -> Iterator[Version]:
    for run in own.runs:
        for output in run.outputs:
            if output.kind in SUBTITLES:
                path = production.store.path(output.sha256, output.suffix)
                yield Version(
                    output.sha256, (output.kind,), run.finished_ms, _authors(own, run), output.name,
                    output.sha256 in current_digests, path,
                )  # fmt: skip


def _authors(own: SubjectRecords, run: RunRow) -> tuple[str, ...]:
    """Return whose corrections went into what a stage made."""
    input_digests = {sha256 for _kind, sha256, *_name in run.inputs}
    return tuple(
        dict.fromkeys(
            d.person for d in own.deposits if _is_subtitles(d) and d.sha256 in input_digests
        )
    )


def _deposited_versions(
    production: Production, own: SubjectRecords, current_digests: set[str]
) -> Iterator[Version]:
    for row in own.deposits:
        if _is_subtitles(row) and not row.removed:
            path = production.store.path(row.sha256, row.suffix)
            yield Version(
                row.sha256, (row.kind,), row.at_ms, (row.person,), row.name,
                row.sha256 in current_digests, path,
            )  # fmt: skip


def _is_subtitles(row: DepositRow) -> bool:
    return KINDS[row.kind].revises in SUBTITLES


def _draft_versions(
    production: Production, states: Sequence[StageState], person: str
) -> Iterator[Version]:
    for state in states:
        kind = drafts.correction_kind(state.stage)
        if (
            kind is None
            or drafts.base_version(state) is None
            or KINDS[kind.slug].revises not in SUBTITLES
        ):
            continue
        draft = drafts.open_draft(production, state.subject.slug, state.stage, person, state)
        if draft.has_changes:
            yield Version(
                f"draft-{state.stage.number}", (kind.slug,), 0, draft.people, "", True,
                cues=tuple(draft.subtitles()),
            )  # fmt: skip
