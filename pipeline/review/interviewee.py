"""The interviewee's review of an episode: answers to each cue, voice notes, and the signature.

Answers are saved in a draft at once, voice notes and the signature as deposits. Signing deposits
the draft as a correction and a withholding request, runs the stage again, and approves it in the
interviewee's name.

Longer than other modules: what an interviewee may do is one list, so that it is seen whole.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.captions.formats.markup import clean
from pipeline.captions.formats.reader import read
from pipeline.captions.revision.diff import changes
from pipeline.core.artefacts.restrictions import Restrictions
from pipeline.documents.proof_sheet import format_minutes
from pipeline.errors import InputError, NotFoundError, NotReadyError, SignOffError
from pipeline.i18n import _
from pipeline.kinds import KINDS
from pipeline.repository.evidence import Evidence
from pipeline.repository.people import name_key
from pipeline.repository.records import find_subject, load_records
from pipeline.repository.tables import SignOffRow
from pipeline.review import drafts, notes
from pipeline.review.access.invitations import interviewee_state
from pipeline.review.drafts import Change, Draft, DraftCue, EditConflictError
from pipeline.review.proofreading import apply_draft
from pipeline.review.quota import require_answers, require_note, require_upload
from pipeline.review.redaction_marks import passages_to_withhold
from pipeline.review.signoff import approve
from pipeline.stage import Artefact, Subject
from pipeline.workflow.approvals import pending_registration
from pipeline.workflow.ingest.deposits import Deposited, deposit
from pipeline.workflow.ingest.signature_images import signature_suffix
from pipeline.workflow.ingest.voice_notes import suffix_of
from pipeline.workflow.production import Production
from pipeline.workflow.stage_state import StageState

__all__ = [
    "VOICE_NOTE", "CueAnswer", "Summary", "add_signature", "add_voice_note", "count_voice_notes",
    "draft_of", "film_of", "is_signed", "request_call", "save_answers", "sign", "summary",
    "withheld_passages",
]  # fmt: skip

VOICE_NOTE = "受访者有一段录音说明"
"""How a note begins that sends the editor to a voice note."""

_CALL = "受访者请求打电话"
_ONE_AT_A_TIME = threading.Lock()  # so that what came today is counted before more is kept


@dataclass(frozen=True)
class CueAnswer:
    """The answer to one cue: `mark` as in drafts.MARKS, the right text where it is wrong."""

    cue: str
    mark: str
    text: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    """What is signed: changed text as (time, before, after), withheld passages, open cues."""

    changed: tuple[tuple[int, str, str], ...]
    passages: tuple[dict[str, Any], ...]
    unseen: int
    number: int


def film_of(state: StageState) -> Artefact:
    """Return the film the interviewee watches; raises NotReadyError where there is none."""
    film = next((a for a in state.inputs if a.kind == "subtitled_video"), None)
    if film is None:
        raise NotReadyError(
            _("The film is being worked on."), remedy=_("Please come back tomorrow.")
        )
    return film


def draft_of(production: Production, state: StageState) -> Draft:
    """Return the interviewee's work as it stands."""
    subject = state.subject
    return drafts.open_draft(production, subject.slug, state.stage, subject.interviewee)


def withheld_passages(state: StageState) -> list[dict[str, Any]]:
    """Return the passages already to be withheld."""
    made = next((a for a in state.outputs if a.kind == "restrictions"), None)
    withheld = Restrictions.read(made.path).withheld if made is not None else ()
    return [passage.model_dump() for passage in withheld]


def save_answers(
    production: Production, state: StageState, base: str, answers: Sequence[CueAnswer], *, key: str
) -> Draft:
    """Save the interviewee's answers to some cues of the version they saw; the latest counts.

    Answers to an earlier version are rebased onto the current one. Of several to one cue the last
    counts. Raises QuotaError for more than anybody gives in a day; then none of them is saved.
    """
    answers = list({answer.cue: answer for answer in answers}.values())
    draft = drafts.draft_on(production, state.subject.slug, state.stage, base)
    for _attempt in range(5):
        draft_changes = [
            change for answer in answers if (change := _change(draft, answer)) is not None
        ]
        require_answers(production, state.subject.slug, state.subject.interviewee, draft_changes)
        try:
            draft = drafts.save(
                production, draft, draft_changes, state.subject.interviewee, key=key
            )
            break
        except EditConflictError:  # somebody of the crew saved first: save upon that
            draft = drafts.refresh(production, draft)
    else:
        raise SignOffError(_("That did not work just now."), remedy=_("Please try again."))
    return draft_of(production, state)


def _change(draft: Draft, answer: CueAnswer) -> Change | None:
    before = draft.cues.get(answer.cue)
    if before is None:
        return None
    mark = (
        f"{answer.mark}: {answer.reason}" if answer.mark and answer.reason.strip() else answer.mark
    )
    text = before.text if answer.text is None else _keep_lines(answer.text, before.text)
    after = replace(before, text=text, mark=mark.strip())
    # What the draft would hold, characters nobody sees left out: equal words are no change.
    equal = drafts.without_hidden_characters(after) == drafts.without_hidden_characters(before)
    return None if equal else Change(answer.cue, before, after)


def _keep_lines(text: str, before: str) -> str:
    """Return the text as it was, with its line breaks, where only line breaks differ."""
    return before if clean(text).split() == clean(before).split() else text


def count_voice_notes(production: Production, state: StageState) -> dict[int, int]:
    """Count the voice notes by the time of the cue they are about."""
    count: dict[int, int] = {}
    with production.ledger.read() as session:
        for note in notes.notes(session, state.subject.slug):
            if note.text.startswith(VOICE_NOTE):
                count[note.start_ms] = count.get(note.start_ms, 0) + 1
    return count


def add_voice_note(production: Production, state: StageState, cue: str, sound: bytes) -> str:
    """Deposit a recording about a cue, with a note for the editor. Return its name.

    The same recording about the same cue is kept once. Raises InputError for what is no recording,
    NotFoundError for an unknown cue, QuotaError.
    """
    suffix = suffix_of(sound[:16])
    if not suffix:
        raise InputError(_("This is no sound recording."), remedy=_("Please record it again."))
    spoken_cue = draft_of(production, state).cues.get(cue)
    if spoken_cue is None:
        raise NotFoundError(
            _("This subtitle is no longer there."), remedy=_("Load the page again.")
        )
    subject, film = state.subject, film_of(state)
    with _ONE_AT_A_TIME:
        return _keep_voice_note(production, subject, film, spoken_cue, sound, suffix)


def _keep_voice_note(
    production: Production, subject: Subject, film: Artefact, spoken_cue: DraftCue, sound: bytes,
    suffix: str,
) -> str:  # fmt: skip
    sha256 = hashlib.sha256(sound).hexdigest()
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, subject.slug))
        same = {d.name for d in own.deposits if d.kind == "voice_note" and d.sha256 == sha256}
        spoken = [
            note for note in notes.notes(session, subject.slug) if note.text.startswith(VOICE_NOTE)
        ]
    about = (
        n.text.removeprefix(f"{VOICE_NOTE}：") for n in spoken if n.start_ms == spoken_cue.start_ms
    )
    if known := next((name for name in about if name in same), ""):
        return known
    require_note(production, subject.slug, subject.interviewee)
    require_upload(production, subject.slug, subject.interviewee, len(sound))
    n = len(spoken) + 1
    name = f"录音说明-{format_minutes(spoken_cue.start_ms).replace(':', '分')}秒-{n}{suffix}"
    deposited = _deposit(production, subject.slug, "voice_note", name, sound, subject.interviewee)
    if deposited.new:
        notes.add_note(
            production, subject.slug, subject.interviewee, f"{VOICE_NOTE}：{name}", kind=film.kind,
            sha256=film.sha256, start_ms=spoken_cue.start_ms, end_ms=spoken_cue.end_ms,
            quote=spoken_cue.text,
        )  # fmt: skip
    return name


def add_signature(production: Production, state: StageState, picture: bytes) -> str:
    """Deposit a drawn or photographed signature and return its digest. Raises InputError."""
    subject = state.subject
    require_upload(production, subject.slug, subject.interviewee, len(picture))
    suffix = signature_suffix(picture)
    name = f"签名-{subject.number:02d}{suffix}"
    deposited = _deposit(production, subject.slug, "signature", name, picture, subject.interviewee)
    return deposited.sha256


def _deposit(
    production: Production, slug: str, kind: str, name: str, content: bytes, person: str,
    base: str | None = None,
) -> Deposited:  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        (deposited,) = deposit(production, slug, KINDS[kind], path, person, base=base)
    return deposited


def request_call(production: Production, state: StageState, text: str) -> None:
    """Ask the crew for a call; until somebody has answered, the final review is not signed.

    The same request is not made twice while nobody has answered. Raises QuotaError.
    """
    film, subject = film_of(state), state.subject
    topic = " ".join(text.split())
    text = f"{_CALL}：{topic}" if topic else _CALL
    with _ONE_AT_A_TIME:
        with production.ledger.read() as session:
            if any(note.open and note.text == text for note in notes.notes(session, subject.slug)):
                return
        require_note(production, subject.slug, subject.interviewee)
        notes.add_note(
            production, subject.slug, subject.interviewee, text, kind=film.kind, sha256=film.sha256,
            start_ms=0, end_ms=0,
        )  # fmt: skip


def summary(state: StageState, draft: Draft) -> Summary:
    """Return what would be signed now, against the editor's words."""
    before = next((a for a in state.inputs if a.kind == "proofread_subtitles"), draft.base)
    cue_changes = changes(read(before.path), draft.subtitles())
    reworded = (
        (c.start_ms, c.old_text, c.new_text) for c in cue_changes if c.old_text != c.new_text
    )
    passages = passages_to_withhold(draft.cues, withheld_passages(state))
    unseen = sum(not _answered(cue, passages) for cue in draft.cues.values())
    return Summary(tuple(reworded), tuple(passages), unseen, draft.number)


def _answered(cue: DraftCue, passages: Sequence[dict[str, Any]]) -> bool:
    inside = (w["start_ms"] <= cue.start_ms and cue.end_ms <= w["end_ms"] for w in passages)
    return bool(cue.mark) or any(inside)


def is_signed(state: StageState) -> bool:
    """Tell whether the interviewee signed, even where one of the crew must still confirm it."""
    pending = pending_registration(state)
    return state.passed or (pending is not None and pending.via == "link")


def sign(
    production: Production, slug: str, *, seen: int, name: str, signature: str,
    evidence: Evidence | None = None,
) -> SignOffRow:  # fmt: skip
    """Sign as the interviewee what they have seen; `signature` is the digest of its picture.

    `evidence` says how they came to sign (see `signoff.approve`). Raises
    SignOffError where something is missing or has changed since they looked.
    """
    state = interviewee_state(production, slug)
    subject, draft = state.subject, draft_of(production, state)
    if is_signed(state):
        raise SignOffError(_("You have signed already."))
    if name_key(name) not in (name_key(subject.interviewee), name_key(subject.plain_name)):
        raise SignOffError(
            _("Please write your name as it stands here: {name}").format(name=subject.plain_name)
        )
    if not _has_signature(production, subject.slug, signature):
        raise SignOffError(_("The signature is missing."), remedy=_("Please sign once more."))
    shown = summary(state, draft)
    if shown.number != seen:
        raise SignOffError(
            _("The subtitles have changed since you looked."),
            remedy=_("Please look at the list once more."),
        )
    if shown.unseen:
        raise SignOffError(_("{n} subtitles have not been looked at.").format(n=shown.unseen))
    _withhold(production, state, list(shown.passages))
    new_state = apply_draft(production, state.stage, draft, subject.interviewee)
    # The stage made a new version: the marks of the draft hold for it too.
    drafts.restore_marks(
        production, draft_of(production, new_state), draft.cues, subject.interviewee
    )
    return approve(
        production, subject.slug, state.stage, subject.interviewee, via="link",
        reason=f"signature {signature}", seen=new_state.signs, evidence=evidence,
    )  # fmt: skip


def _has_signature(production: Production, slug: str, sha256: str) -> bool:
    with production.ledger.read() as session:
        own, _parent = load_records(session, find_subject(session, slug))
    return any(d.kind == "signature" and d.sha256 == sha256 for d in own.deposits)


def _withhold(production: Production, state: StageState, passages: list[dict[str, Any]]) -> None:
    """Deposit a withholding request, where it differs from what is withheld already.

    Its times are those of the subtitles that lie before the interviewee now.
    """
    before = [{k: v for k, v in w.items() if v is not None} for w in withheld_passages(state)]
    if passages == before:
        return
    text = json.dumps({"withheld": passages}, ensure_ascii=False, indent=1)
    words = next(a.sha256 for a in state.inputs if a.kind == "proofread_subtitles")
    _deposit(
        production, state.subject.slug, "withholding_request", "不公开请求.json", text.encode(),
        state.subject.interviewee, base=words,
    )  # fmt: skip
