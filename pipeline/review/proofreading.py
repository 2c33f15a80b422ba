"""Turn a draft into a deposit, run its stage again, and sign the result.

Nothing is signed that the person has not seen: where the stage's result differs from the draft,
signing is refused.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from pipeline.captions.cues import Cue, validate
from pipeline.captions.formats.reader import read
from pipeline.captions.formats.writer import write_srt
from pipeline.errors import BusyError, SignOffError
from pipeline.i18n import _
from pipeline.repository.records import find_subject
from pipeline.repository.tables import SignOffRow
from pipeline.review import drafts
from pipeline.review.drafts import Draft
from pipeline.review.signoff import approve
from pipeline.stage import AnyStage
from pipeline.workflow.executor import find_state, run_stage
from pipeline.workflow.ingest.deposits import deposit, revised_version
from pipeline.workflow.ingest.version_conflicts import latest_deposit
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = ["apply_draft", "deposit_draft", "must_be_as_seen", "run_when_free", "sign_draft"]

_TIMEOUT_S = 30.0


def sign_draft(
    production: Production,
    slug: str,
    stage: AnyStage,
    person: str,
    *,
    seen: int,
    via: str = "desk",
    reason: str = "",
) -> SignOffRow:
    """Apply the draft, sign its stage, and return the signature.

    `seen` is the number of the draft the person had before them. Raises SignOffError where it has
    changed since, where the stage's result differs, or where it may not be signed.
    """
    states = production.states(slug)
    draft = drafts.open_draft(production, slug, stage, person, find_state(states, stage))
    must_be_as_seen(draft, seen)
    base = revised_version(states, draft.kind)
    state = apply_draft(production, stage, draft, person, base)
    return approve(production, slug, stage, person, via=via, reason=reason, seen=state.signs)


def must_be_as_seen(draft: Draft, seen: int) -> None:
    """Raise SignOffError where the draft has changed since change number `seen`."""
    if draft.number != seen:
        raise SignOffError(
            _("{people} changed the subtitles since you looked.").format(
                people=", ".join(draft.people) or _("Somebody")
            ),
            remedy=_("Look at the changes, then sign."),
        )


def apply_draft(
    production: Production, stage: AnyStage, draft: Draft, person: str, base: str | None = None
) -> StageState:
    """Deposit a draft, if it has changes, and run its stage; return the stage's state.

    `base` is the digest of the version the correction is of, where the caller knows it.
    """
    subtitles = draft.subtitles()
    deposit_draft(production, draft, person, base)
    state = run_when_free(production, stage, draft.slug)
    new_version = drafts.base_version(state)
    if new_version is None or _texts(read(new_version.path)) != _texts(subtitles):
        raise SignOffError(
            _("{stage} has made something else of it: look at it again before you sign.").format(
                stage=stage.label
            )
        )
    return state


def deposit_draft(
    production: Production, draft: Draft, person: str, base: str | None = None
) -> None:
    """Deposit a draft, if there is anything in it; its stage is done again by whoever runs it."""
    if not draft.has_changes:
        return
    subtitles = draft.subtitles()
    validate(subtitles)
    with tempfile.TemporaryDirectory() as folder:
        path = write_srt(subtitles, Path(folder) / f"{draft.kind.slug}.srt")
        with production.ledger.read() as session:
            last = latest_deposit(session, find_subject(session, draft.slug).id, draft.kind.slug)
        (deposited,) = deposit(
            production, draft.slug, draft.kind, path, person, base=base,
            supersedes=last.sha256 if last is not None else "",
        )  # fmt: skip
    with production.ledger.write() as session:
        drafts.close_draft(session, draft, person, deposited.sha256)


def run_when_free(production: Production, stage: AnyStage, slug: str) -> StageState:
    """Have the stage done now; a flow that is at it already is waited for."""
    deadline = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            return run_stage(production, stage, slug).state
        except BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _texts(cues: list[Cue]) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in cues]
