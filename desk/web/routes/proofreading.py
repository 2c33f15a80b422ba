"""The proofreading page of stages 7, 10 and 12: what it shows, saves, checks and signs.

The page keeps its own copy of the cues and sends what changed; see static/js/proofread.js.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from desk.web.access import CREW, Visitor
from desk.web.event_stream import EventStream, room_name
from desk.web.js_messages import js_messages
from desk.web.presence import Presence
from desk.web.render import render
from desk.web.routes.media import episode_of
from desk.web.views import proofreading
from pipeline.captions.cues import Cue
from pipeline.queues import Queue
from pipeline.review import drafts
from pipeline.review.drafts import Change, Draft, DraftCue
from pipeline.review.proofreading import apply_draft, deposit_draft, must_be_as_seen, sign_draft
from pipeline.review.signoff_rules import signing_refusal
from pipeline.stage import AnyStage
from pipeline.workflow.executor import state_of

__all__ = ["router"]

router = APIRouter(prefix="/episode/{slug}/{number}/proofread/{stage}")

_ID = r"^[\w.:-]{1,64}$"
_DOUBT_ID = r"^[^\x00]{1,64}$"
_MAX_NUMBER = 2**53
_MAX_CUES = 5_000  # cues in one save: replacing something in a whole episode
_presence = Presence()


class CueBody(BaseModel):
    """A cue as the page has it."""

    start_ms: int = Field(ge=-(10**9), le=10**9)
    end_ms: int = Field(ge=-(10**9), le=10**9)
    text: str = Field(max_length=20_000)
    speaker: str = Field(default="", max_length=200)
    mark: str = Field(default="", max_length=2100)  # with the reason given for it

    def draft(self) -> DraftCue:
        """Return it as drafts know it."""
        return DraftCue(self.start_ms, self.end_ms, self.text, self.speaker, self.mark)

    def cue(self) -> Cue:
        """Return it as the rules know it."""
        return Cue(self.start_ms, self.end_ms, self.text.strip(), self.speaker)


class ChangeBody(BaseModel):
    """What became of a cue."""

    cue: str = Field(pattern=_ID)
    before: CueBody | None
    after: CueBody | None

    def change(self) -> Change:
        """Return it as drafts know it."""
        before, after = (c.draft() if c else None for c in (self.before, self.after))
        return Change(self.cue, before, after)


class SaveBody(BaseModel):
    """Changes to be kept, made upon the version `base` with all up to the change `since`."""

    base: str = Field(max_length=64)
    since: int = Field(ge=0, le=_MAX_NUMBER)
    key: str = Field(pattern=_ID, min_length=8)
    changes: list[ChangeBody] = Field(max_length=_MAX_CUES)
    settled: list[Annotated[str, Field(pattern=_DOUBT_ID)]] = Field(
        default=[], max_length=_MAX_CUES
    )


class CheckedBody(BaseModel):
    """A cue to be checked and the one before it."""

    id: str = Field(pattern=_ID)
    cue: CueBody
    before: CueBody | None = None


class CheckBody(BaseModel):
    """Cues to be held against the rules."""

    cues: list[CheckedBody] = Field(max_length=_MAX_CUES)


class SignBody(BaseModel):
    """What was seen by whoever signs."""

    seen: int = Field(ge=0, le=_MAX_NUMBER)
    reason: str = Field(default="", max_length=2_000)


@router.get("")
def page(
    request: Request, visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str
) -> Response:
    """Show the page, with all the cues in it."""
    episode, at = _episode_and_stage(visitor, slug, number, stage)
    state = state_of(visitor.production, episode, at)
    draft = drafts.open_draft(visitor.production, episode, at, visitor.name, state)
    data = proofreading.page_data(visitor.production, state, draft, visitor.name)
    data["address"] = f"/episode/{slug}/{int(number)}"
    return render(
        request, "proofread.html", stage=at, subject=state.subject, data=data,
        words=js_messages(), back=data["address"],
    )  # fmt: skip


@router.post("/save")
def save(
    request: Request, visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str,
    body: SaveBody,
) -> dict[str, Any]:  # fmt: skip
    """Keep changes; answer with those of others that the page does not know yet."""
    episode, at = _episode_and_stage(visitor, slug, number, stage)
    draft = proofreading.cached_draft(visitor.production, episode, at, body.base)
    proofreading.must_be_open(visitor.production, episode, at)
    changes = [each.change() for each in body.changes]
    now = drafts.save(
        visitor.production, draft, changes, visitor.name, key=body.key, settled=body.settled
    )
    proofreading.cache_draft(visitor.production, now)
    _event_stream(request).notify(room_name(episode, now.kind.slug), now.number)
    return _changes_json(visitor, now, body.since)


@router.get("/changes")
def changes(
    request: Request, visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str,
    base: str, since: Annotated[int, Query(ge=0, le=_MAX_NUMBER)] = 0, tab: str = "", cue: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Tell what others changed since, and who else is here at which cue."""
    episode, at = _episode_and_stage(visitor, slug, number, stage)
    draft = proofreading.cached_draft(visitor.production, episode, at, base[:64])
    now = drafts.refresh(visitor.production, draft)
    proofreading.cache_draft(visitor.production, now)
    room = room_name(episode, now.kind.slug)
    if _presence.update(room, tab[:64], visitor.name, cue[:64]):
        _event_stream(request).notify(room)
    changes_json = _changes_json(visitor, now, since)
    changes_json["others"] = _presence.others(room, tab[:64])
    base = now.base.sha256
    changes_json["moved"] = not proofreading.is_current(visitor.production, episode, at, base)
    return changes_json


@router.post("/check")
def check(
    visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str, body: CheckBody
) -> dict[str, Any]:
    """Hold cues against the rules: the same code that a signature is held to."""
    episode, _at = _episode_and_stage(visitor, slug, number, stage)
    rules = proofreading.rules_of(visitor.production, episode)
    found = {}
    for each in body.cues:
        found[each.id] = rules.breaches(each.cue.cue(), each.before.cue() if each.before else None)
    return {"breaches": found}


@router.get("/terms")
def terms(
    visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str
) -> dict[str, list[str]]:
    """List the names and terms that may be inserted."""
    episode, at = _episode_and_stage(visitor, slug, number, stage)
    return {
        "terms": proofreading.terms(visitor.production, state_of(visitor.production, episode, at))
    }


@router.post("/sign")
def sign(
    visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str, body: SignBody
) -> dict[str, Any]:
    """Sign the stage with the draft as the person saw it."""
    episode, at = _episode_and_stage(visitor, slug, number, stage)
    proofreading.must_be_signed_here(at)
    refusal = signing_refusal(visitor.production, episode, at, visitor.name)
    if refusal is not None:  # before anything is deposited
        raise refusal
    row = sign_draft(
        visitor.production, episode, at, visitor.name, seen=body.seen, reason=body.reason
    )
    return {"signed": row.person, "at_ms": row.at_ms}


@router.post("/hand-over")
def hand_over(
    visitor: Annotated[Visitor, CREW], slug: str, number: str, stage: str, body: SignBody
) -> Response:
    """Have the stage done again with the draft; somebody signs what it makes, elsewhere."""
    episode, at = _episode_and_stage(visitor, slug, number, stage)
    proofreading.must_be_open(visitor.production, episode, at)
    draft = drafts.open_draft(visitor.production, episode, at, visitor.name)
    must_be_as_seen(draft, body.seen)
    proofreading.must_have_no_errors(visitor.production, draft)
    if at.queue is Queue.RENDER:  # it takes long, so whoever runs the stages does it
        deposit_draft(visitor.production, draft, visitor.name)
    else:
        apply_draft(visitor.production, at, draft, visitor.name)
    return JSONResponse({"handed_over": True})


def _episode_and_stage(
    visitor: Visitor, slug: str, number: str, stage: str
) -> tuple[str, AnyStage]:
    episode = episode_of(visitor.production, slug, number)
    visitor.may_see(episode)
    return episode, visitor.production.stage(stage)


def _event_stream(request: Request) -> EventStream:
    found: EventStream = request.app.state.watch
    return found


def _changes_json(visitor: Visitor, now: Draft, since: int) -> dict[str, Any]:
    rows = drafts.changes_since(visitor.production, now, since) if since < now.number else []
    return {
        "number": now.number,
        "rows": [
            {"cue": r.cue, "after": r.after, "person": r.person, "key": r.key}
            for r in rows
            if r.cue
        ],
        "settled": sorted(now.settled),
        "conflicts": [asdict(c) for c in now.conflicts],
    }
